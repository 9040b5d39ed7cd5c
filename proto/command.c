/* command.c - what a command touches, and whether its bytes can be believed. */
#include "proto/command.h"

struct group_set command_places(const struct command *c)
{
    struct group_set places = {{0}};
    for (uint32_t i = 0; i < c->access_count; i++) group_set_add(&places, c->accesses[i].group);
    return places;
}

bool command_valid(const struct command *c, uint64_t room)
{
    if (room < sizeof(*c) || c->bytes > room || c->access_count > COMMAND_ACCESSES_MAX)
        return false;
    if (c->bytes != command_bytes(c->access_count) || c->id.seq == 0) return false;
    if (group_set_next(&c->dests, 0) == GROUPS_MAX) return false;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (a->group >= GROUPS_MAX || !group_set_has(&c->dests, a->group)) return false;
        if (i > 0 && c->accesses[i - 1].variable >= a->variable) return false;
        if (a->mode == 0 || a->mode > 15) return false;
    }
    return true;
}
