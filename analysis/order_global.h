/* order_global.h - the two properties of order.h that speak of several groups; called by
 * order_check() only. */
#ifndef AVIARY_ANALYSIS_ORDER_GLOBAL_H
#define AVIARY_ANALYSIS_ORDER_GLOBAL_H

#include "analysis/order.h"

void order_check_acyclic(struct order *o);
void order_check_prefix(struct order *o);

#endif
