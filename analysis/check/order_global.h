/* order_global.h - the two properties of order.h about several groups; called by order_check()
 * only. */
#ifndef AVIARY_ANALYSIS_CHECK_ORDER_GLOBAL_H
#define AVIARY_ANALYSIS_CHECK_ORDER_GLOBAL_H

#include "analysis/check/order.h"

void order_check_acyclic(struct order *o);
void order_check_prefix(struct order *o);

#endif
