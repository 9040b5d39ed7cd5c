/* crashes.c - see crashes.h. */
#include "rdma/cluster/crashes.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"

static int read_one(struct crashes *c, char *text, const struct launched *launched,
                    uint32_t replicas, struct error *e)
{
    struct crash crash = {0};
    char *time = strchr(text, '@');
    struct error why;
    if (!time) return error_set(e, "--crash: expected REPLICA@TIME, found '%s'", text);
    *time++ = 0;
    while (crash.member < replicas && strcmp(launched[crash.member].where.name, text) != 0)
        crash.member++;
    if (crash.member == replicas)
        return error_set(e, "--crash: no replica is called '%s'; p0.r0 is one", text);
    if (units_time(time, &crash.at_ns, &why) < 0) return error_set(e, "--crash: %.200s", why.text);
    if (c->count == CRASHES_MAX) return error_set(e, "--crash: at most %d", CRASHES_MAX);
    c->crash[c->count++] = crash;
    return 0;
}

int crashes_read(struct crashes *c, const char *text, const struct launched *launched,
                 uint32_t replicas, struct error *e)
{
    char copy[1024], *rest = copy, *one;
    c->count = 0;
    if (!text) return 0;
    if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
        return error_set(e, "--crash: too long");
    while ((one = strtok_r(rest, ",", &rest)))
        if (read_one(c, one, launched, replicas, e) < 0) return -1;
    return 0;
}

void crashes_carry_out(struct crashes *c, uint64_t now_ns, const struct launch_ops *ops,
                       struct launch *l)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct crash *crash = &c->crash[i];
        if (crash->done || crash->at_ns > now_ns) continue;
        crash->done = true;
        ops->crash(l, crash->member);
    }
}
