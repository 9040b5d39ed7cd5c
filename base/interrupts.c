/* interrupts.c - see interrupts.h. */
#include "base/interrupts.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;
static struct sigaction before;

static void on_interrupt(int number)
{
    (void)number;
    seen = 1;
}

/* Without SA_RESTART, so that it ends a wait. */
void interrupts_watch(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    seen = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before);
}

void interrupts_unwatch(void)
{
    sigaction(SIGINT, &before, NULL);
}

bool interrupted(void)
{
    return seen;
}
