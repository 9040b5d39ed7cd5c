/* message_options.c - the options of a trace of messages (message_trace.h). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/cluster_options.h"
#include "analysis/experiment/message_trace.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"

const char *const message_one_sided_names[ONE_SIDED_COUNT] = {
    [ONE_SIDED_WRITE] = "write", [ONE_SIDED_READ] = "read",     [ONE_SIDED_SWAP] = "cas",
    [ONE_SIDED_GRANT] = "grant", [ONE_SIDED_REVOKE] = "revoke",
};

/* A name that can be given: of a kind that all runs have, of one that a multicast has, of one-sided
 * operations, or of marks. */
struct named {
    const char *name; /* NULL: there are no more */
    uint32_t kind;
};

static struct named named_at(uint32_t i)
{
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        const char *name = multicast_kind_name(NULL, kind);
        if (name && i-- == 0) return (struct named){name, kind};
    }
    for (uint32_t j = 0; multicast_at(j); j++) {
        const struct multicast_ops *ops = multicast_at(j);
        if (i < ops->message_count)
            return (struct named){ops->messages[i].name, ops->messages[i].kind};
        i -= ops->message_count;
    }
    if (i < ONE_SIDED_COUNT)
        return (struct named){message_one_sided_names[i], MESSAGE_KIND_ONE_SIDED + i};
    return (struct named){i == ONE_SIDED_COUNT ? "mark" : NULL, MESSAGE_KIND_MARK};
}

static const char *kind_name(uint32_t i)
{
    return named_at(i).name;
}

/* A word after a `-` leaves that kind out of all others, or of those that were named before. */
static int add_kind(void *context, const char *word, struct error *e)
{
    uint64_t *kinds = context;
    uint32_t i;
    bool without = *word == '-';
    if (lookup("kind of messages", kind_name, word + without, &i, e) < 0) return -1;
    uint32_t kind = named_at(i).kind;
    if (without && *kinds == 0) *kinds = UINT64_MAX;
    *kinds = without ? *kinds & ~(UINT64_C(1) << kind) : *kinds | UINT64_C(1) << kind;
    return 0;
}

static int read_kinds(const struct option *o, const char *text, void *place, struct error *e)
{
    uint64_t *kinds = place;
    (void)o;
    *kinds = 0;
    if (strcmp(text, "all") == 0) *kinds = UINT64_MAX;
    return *kinds ? 0 : options_each(text, place, add_kind, e);
}

/* FROM-UNTIL. */
static int read_times(const struct option *o, const char *text, void *place, struct error *e)
{
    struct message_filter *f = place;
    (void)o;
    char *from = allocate_text(text), *until = strchr(from, '-');
    if (until) *until++ = '\0';
    int got = until ? units_time(from, &f->from_ns, e) : -1;
    if (got == 0) got = units_time(until, &f->until_ns, e);
    bool ordered = got == 0 && f->from_ns < f->until_ns;
    free(from);
    if (ordered) return 0;
    return error_set(e, "expected two increasing times such as 100ms-200ms, found '%s'", text);
}

#define AT(member) .place = offsetof(struct message_filter, member)

const struct option message_options[MESSAGE_OPTIONS] = {
    {"messages", 0, "FILE", NULL, "write every message, a line each, to this file", option_text,
     AT(file), .section = EXPERIMENT_MESSAGES},
    {"message-nodes", 0, "LIST", NULL, "of these nodes only, such as p0.*,c0", option_text,
     AT(nodes), .list = true},
    {"message-kinds", 0, "LIST", "all", "of these kinds only; -KIND leaves one out", read_kinds,
     AT(kinds), .list = true},
    {"message-times", 0, "SPAN", NULL, "in this span of the run only, such as 5ms-8ms", read_times,
     .place = 0},
};
