/* command.c - a copy of a command, what it accesses, and whether it is well-formed. */
#include "proto/command.h"

#include <string.h>

#include "base/memory.h"

struct group_set command_places(const struct command *c)
{
    struct group_set places = {{0}};
    for (uint32_t i = 0; i < c->access_count; i++) group_set_add(&places, c->accesses[i].group);
    return places;
}

struct command *command_copy(const struct command *c)
{
    struct command *copy = allocate(c->bytes);
    memcpy(copy, c, c->bytes);
    return copy;
}

bool command_creates_or_deletes(const struct command *c)
{
    uint8_t modes = 0;
    for (uint32_t i = 0; i < c->access_count; i++) modes |= c->accesses[i].mode;
    return modes & (ACCESS_CREATE | ACCESS_DELETE);
}

bool command_valid(const struct command *c, uint64_t room)
{
    if (room < sizeof(*c) || c->bytes > room || c->access_count > COMMAND_ACCESSES_MAX)
        return false;
    if (c->purpose >= PURPOSE_COUNT || c->execution > EXECUTION_MOVE) return false;
    bool hints = c->purpose == PURPOSE_HINT;
    if (hints ? c->access_count > 0 : c->follows > c->id.round) return false;
    if (c->hint_count > (hints ? COMMAND_HINTS_MAX : COMMAND_ACCESSES_MAX)) return false;
    if (c->cost_ns > COMMAND_COST_NS_MAX) return false;
    uint64_t bytes = command_bytes(c->access_count);
    if (hints) bytes += (uint64_t)c->hint_count * sizeof(struct hint_item);
    if (c->bytes != bytes) return false;
    if (c->id.seq == 0 || group_set_next(&c->dests, 0) == GROUPS_MAX) return false;
    if (c->target >= GROUPS_MAX) return false;
    bool placed = c->purpose == PURPOSE_EXECUTE || c->purpose == PURPOSE_MOVE;
    if (placed && !group_set_has(&c->dests, c->target)) return false;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (a->group >= GROUPS_MAX) return false;
        if (placed && !group_set_has(&c->dests, a->group)) return false;
        if (i > 0 && c->accesses[i - 1].variable >= a->variable) return false;
        if (a->mode == 0 || a->mode > 15) return false;
    }
    return true;
}
