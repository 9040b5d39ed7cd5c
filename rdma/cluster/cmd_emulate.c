/* cmd_emulate.c - `aviary emulate`: one emulated run, which signals may end early. */
#include <signal.h>

#include "analysis/experiment/commands.h"
#include "analysis/experiment/replay.h"
#include "base/last_words.h"
#include "rdma/cluster/emulation.h"
#include "rdma/cluster/signals.h"

int cmd_emulate(int argc, char **argv);

enum { STATUS_INTERRUPTED = 130 }; /* as shells have it */

static void on_signal(int number)
{
    (void)number;
    emulation_interrupt();
}

static void on_end_of_load(int number)
{
    (void)number;
    emulation_end_load(); /* NOLINT(bugprone-signal-handler): it sets a sig_atomic_t, no more */
}

int cmd_emulate(int argc, char **argv)
{
    signals_watch(on_signal);
    signal(SIGUSR1, on_end_of_load);
    int status = cmd_run(argc, argv, &emulation_command);
    return status == 2 && emulation_interrupted() ? STATUS_INTERRUPTED : status;
}
