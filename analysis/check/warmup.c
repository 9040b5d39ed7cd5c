/* warmup.c - MSER-5 (warmup.h). */
#include "analysis/check/warmup.h"

#include <stddef.h>

#include "base/assert.h"

const char *warmup_name(uint32_t rule)
{
    static const char *const names[WARMUP_RULES] = {
        [WARMUP_MSER] = "mser-5", [WARMUP_TENTH] = "tenth"};
    return rule < WARMUP_RULES ? names[rule] : NULL;
}

uint32_t warmup_mser(const double *batch, uint32_t count)
{
    uint32_t cut = 0;
    double least = 0, mean = 0, squares = 0;
    ASSERT(count > 1);
    /* From the end: each batch is added to the mean and the squares of those after it (Welford). */
    for (uint32_t i = count; i-- > 0;) {
        double left = count - i, distance = batch[i] - mean;
        mean += distance / left;
        squares += distance * (batch[i] - mean);
        double error = squares / (left * left);
        if (i > count / 2) continue;
        if (i == count / 2 || error <= least) {
            least = error;
            cut = i;
        }
    }
    return cut;
}

bool warmup_determine(const struct ledger *l, uint64_t end_ns, uint64_t *warmup_ns)
{
    double answers[WARMUP_BATCHES] = {0}, latency[WARMUP_BATCHES] = {0};
    uint64_t all = 0;
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->returned_ns >= end_ns) continue;
        uint32_t batch = (uint32_t)((unsigned __int128)c->returned_ns * WARMUP_BATCHES / end_ns);
        answers[batch]++;
        latency[batch] += (double)ledger_latency_ns(c);
        all++;
    }
    if (all < WARMUP_ANSWERS_LEAST) return false;
    /* A batch without answers is as slow as the one before it. */
    for (uint32_t i = 0; i < WARMUP_BATCHES; i++) {
        if (answers[i] > 0)
            latency[i] /= answers[i];
        else if (i > 0)
            latency[i] = latency[i - 1];
    }
    uint32_t cut = warmup_mser(answers, WARMUP_BATCHES);
    uint32_t slower = warmup_mser(latency, WARMUP_BATCHES);
    if (cut < slower) cut = slower;
    *warmup_ns = (uint64_t)((unsigned __int128)end_ns * cut / WARMUP_BATCHES);
    return true;
}
