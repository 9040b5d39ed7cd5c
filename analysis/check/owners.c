/* owners.c - ownership of variables (owners.h). */
#include "analysis/check/owners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

_Static_assert(sizeof(struct owners_variable) == 48, "memory for each variable");

static struct owners_variable new_variable(void)
{
    struct owners_variable v;
    for (int i = 0; i < OWNERS_STEPS; i++)
        v.step[i] = (struct owners_step){.what = i ? OWNERS_UNFILLED : OWNERSHIP_DELETED};
    return v;
}

void owners_init(struct owners *o, const struct ledger *ledger, const struct topology *topology,
                 const struct variables *variables)
{
    *o = (struct owners){.ledger = ledger, .topology = *topology};
    property_init(&o->properties[OWNERS_ONE], "one-owner");
    property_init(&o->properties[OWNERS_LOANS], "loans-closed");
    property_init(&o->properties[OWNERS_MAP], "oracle-map");
    if (!variables) return;
    o->count = o->room = variables->count;
    o->variables = allocate_zeroed(o->count, sizeof(*o->variables));
    for (uint32_t i = 0; i < variables->count; i++) {
        uint16_t place = variables->place[i];
        o->variables[i] = new_variable();
        if (place == PLACE_NONE) continue;
        o->variables[i].step[0] =
            (struct owners_step){.what = OWNERSHIP_CREATED, .group = place, .other = place};
    }
}

void owners_finish(struct owners *o)
{
    free(o->variables);
    free(o->awaited);
    free(o->final_owner);
    free(o->final_place);
}

/* ---- messages ------------------------------------------------------------------------------- */

struct step_text {
    char text[384];
};

static struct step_text describe(const struct owners *o, const struct owners_step *s,
                                 const char *what)
{
    struct step_text t;
    struct ledger_text group = ledger_group_name(&o->topology, s->group);
    struct ledger_text other = ledger_group_name(&o->topology, s->other);
    char when[48];
    snprintf(when, sizeof(when), "under timestamp %llu", (unsigned long long)s->timestamp);
    switch (s->what) {
    case OWNERSHIP_GIVEN:
        snprintf(t.text, sizeof(t.text), "%s gave %s to %s %s", group.text, what, other.text, when);
        break;
    case OWNERSHIP_TAKEN:
        snprintf(t.text, sizeof(t.text), "%s took %s from %s %s", group.text, what, other.text,
                 when);
        break;
    case OWNERSHIP_LENT:
        snprintf(t.text, sizeof(t.text), "%s lent %s to %s %s", group.text, what, other.text, when);
        break;
    case OWNERSHIP_RETURNED:
        snprintf(t.text, sizeof(t.text), "%s had %s back from %s %s", group.text, what, other.text,
                 when);
        break;
    case OWNERSHIP_CREATED:
        snprintf(t.text, sizeof(t.text), s->timestamp ? "%s created %s %s" : "%s had %s%s",
                 group.text, what, s->timestamp ? when : " from the start");
        break;
    default:
        if (s->timestamp)
            snprintf(t.text, sizeof(t.text), "%s deleted %s %s", group.text, what, when);
        else
            snprintf(t.text, sizeof(t.text), "%s did not exist at the start", what);
    }
    return t;
}

/* ---- step by step --------------------------------------------------------------------------- */

static struct owners_variable *variable_of(struct owners *o, uint32_t variable)
{
    if (variable >= o->count) {
        o->variables =
            array_grow(o->variables, &o->room, (uint64_t)variable + 1, sizeof(*o->variables));
        while (o->count <= variable) o->variables[o->count++] = new_variable();
    }
    return &o->variables[variable];
}

static bool owned(const struct owners_step *s)
{
    return s->what == OWNERSHIP_CREATED || s->what == OWNERSHIP_TAKEN ||
           s->what == OWNERSHIP_RETURNED;
}

/* The owner of the variable, or its next one if it is in transit. */
static uint16_t owner_of(const struct owners_step *last)
{
    if (last->what == OWNERSHIP_DELETED) return PLACE_NONE;
    return last->what == OWNERSHIP_GIVEN ? last->other : last->group;
}

static bool equal(const struct owners_step *a, const struct owners_step *b)
{
    return a->what == b->what && a->group == b->group && a->other == b->other &&
           a->timestamp == b->timestamp;
}

/* May `next` follow `last`? Steps decided by one multicast have one timestamp: a give and its take,
 * a loan and its return; and a command may delete a variable that it has just received. */
static bool follows(const struct owners_step *last, const struct owners_step *next)
{
    bool later = next->timestamp > last->timestamp, same = next->timestamp == last->timestamp;
    bool owner = owned(last) && next->group == last->group;
    bool pair = same && next->group == last->group && next->other == last->other;
    switch (next->what) {
    case OWNERSHIP_GIVEN:
    case OWNERSHIP_LENT:
        return owner && later;
    case OWNERSHIP_TAKEN:
        return last->what == OWNERSHIP_GIVEN && same && next->group == last->other &&
               next->other == last->group;
    case OWNERSHIP_RETURNED:
        return last->what == OWNERSHIP_LENT && pair;
    case OWNERSHIP_CREATED:
        return last->what == OWNERSHIP_DELETED && later;
    default:
        return (owner && (later || same)) ||
               (last->what == OWNERSHIP_LENT && same && next->group == last->group);
    }
}

/* Inserts the step by its timestamp, normally first; the oldest is forgotten. */
static void remember(struct owners_variable *v, const struct owners_step *step)
{
    int at = 0;
    while (at < OWNERS_STEPS && v->step[at].what != OWNERS_UNFILLED &&
           v->step[at].timestamp > step->timestamp)
        at++;
    if (at == OWNERS_STEPS) return;
    memmove(&v->step[at + 1], &v->step[at], (size_t)(OWNERS_STEPS - 1 - at) * sizeof(v->step[0]));
    v->step[at] = *step;
}

static uint64_t oldest(const struct owners_variable *v)
{
    int at = OWNERS_STEPS - 1;
    while (v->step[at].what == OWNERS_UNFILLED) at--;
    return v->step[at].timestamp;
}

static void add_awaited(struct owners *o, struct owners_awaited awaited)
{
    if (o->awaited_count == o->awaited_room)
        o->awaited =
            array_grow(o->awaited, &o->awaited_room, o->awaited_count + 1, sizeof(*o->awaited));
    o->awaited[o->awaited_count++] = awaited;
}

/* The newest is the pending report. Older steps may be reported in any order from now on: forget
 * them. */
static void remember_deletion(struct owners_variable *v, const struct owners_step *deletion)
{
    for (int i = 0; i < OWNERS_STEPS; i++)
        if (v->step[i].timestamp <= deletion->timestamp) v->step[i].what = OWNERS_UNFILLED;
    remember(v, deletion);
}

/* Does a pending report decide the step? It is the step reported, or the step precedes the creation
 * of a variable whose deletion is pending, and cannot be checked. */
static bool settled(struct owners *o, uint32_t variable, const struct owners_step *step)
{
    for (uint64_t i = 0; i < o->awaited_count; i++) {
        struct owners_awaited d = o->awaited[i];
        if (d.variable != variable || step->timestamp > d.before) continue;
        bool due = step->what == d.what && step->timestamp >= d.after;
        if (d.what == OWNERSHIP_GIVEN && !(due && step->group == d.group && step->other == d.other))
            continue;
        if (due) o->awaited[i] = o->awaited[--o->awaited_count];
        if (due && d.what == OWNERSHIP_DELETED) remember_deletion(&o->variables[variable], step);
        return true;
    }
    return false;
}

/* The new owner has it, the old one's report is pending. */
static bool taken_early(struct owners *o, uint32_t variable, const struct owners_step *step)
{
    struct owners_variable *v = &o->variables[variable];
    struct owners_step give = {.timestamp = step->timestamp,
                               .group = step->other,
                               .other = step->group,
                               .what = OWNERSHIP_GIVEN};
    if (step->what != OWNERSHIP_TAKEN || !follows(&v->step[0], &give)) return false;
    add_awaited(o, (struct owners_awaited){.after = step->timestamp,
                                           .before = step->timestamp,
                                           .variable = variable,
                                           .group = step->other,
                                           .other = step->group,
                                           .what = OWNERSHIP_GIVEN});
    remember(v, &give);
    remember(v, step);
    return true;
}

/* It exists again in another group, and the report of its deletion is pending. */
static bool created_early(struct owners *o, uint32_t variable, const struct owners_step *step)
{
    struct owners_variable *v = &o->variables[variable];
    const struct owners_step *last = &v->step[0];
    uint16_t owner = owner_of(last);
    if (step->what != OWNERSHIP_CREATED || last->what == OWNERSHIP_DELETED) return false;
    if (step->group == owner || step->timestamp <= last->timestamp) return false;
    add_awaited(o, (struct owners_awaited){.after = last->timestamp,
                                           .before = step->timestamp - 1,
                                           .variable = variable,
                                           .group = owner,
                                           .other = owner,
                                           .what = OWNERSHIP_DELETED});
    remember(v, step);
    return true;
}

/* The step breaks a rule; reports which step it contradicts. */
static void report(struct owners *o, uint64_t now_ns, uint32_t variable,
                   const struct owners_step *step)
{
    struct owners_variable *v = &o->variables[variable];
    const struct owners_step *before = &v->step[0];
    for (int i = 1; i < OWNERS_STEPS && before->timestamp > step->timestamp; i++)
        if (v->step[i].what != OWNERS_UNFILLED && v->step[i].timestamp >= step->timestamp)
            before = &v->step[i];
    bool loan = step->what == OWNERSHIP_LENT || step->what == OWNERSHIP_RETURNED ||
                before->what == OWNERSHIP_LENT;
    property_fail(&o->properties[loan ? OWNERS_LOANS : OWNERS_ONE], "%s, at %.9f s, but %s",
                  describe(o, step, ledger_variable_name(o->ledger, variable).text).text,
                  (double)now_ns / 1e9, describe(o, before, "it").text);
    v->step[0].broken = true;
}

bool owners_event(struct owners *o, uint64_t now_ns, const struct ownership_event *e)
{
    struct owners_variable *v = variable_of(o, e->variable);
    const struct owners_step *last = &v->step[0];
    struct owners_step step = {.timestamp = e->timestamp,
                               .group = (uint16_t)e->group,
                               .other = (uint16_t)e->other,
                               .what = (uint8_t)e->what};
    if (last->broken) return false;
    if (o->awaited_count && settled(o, e->variable, &step)) return false;
    for (int i = 0; i < OWNERS_STEPS; i++)
        if (equal(&v->step[i], &step)) return false;
    if (follows(last, &step)) {
        remember(v, &step);
        return e->what == OWNERSHIP_TAKEN;
    }
    if (taken_early(o, e->variable, &step)) return true;
    if (!created_early(o, e->variable, &step) && step.timestamp > oldest(v))
        report(o, now_ns, e->variable, &step);
    return false;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void note_final(struct owners *o, uint16_t **array, uint32_t variable, uint16_t group)
{
    if (!*array) {
        *array = allocate_zeroed(o->count, sizeof(**array));
        memset(*array, 0xff, o->count * sizeof(**array)); /* PLACE_NONE everywhere */
    }
    (*array)[variable] = group;
}

void owners_final_owner(struct owners *o, uint32_t group, uint32_t variable)
{
    uint16_t *known = o->final_owner ? &o->final_owner[variable] : NULL;
    ASSERT(group < o->topology.groups);
    ASSERT(variable < o->count); /* all events are in by now */
    o->reported[group] = true;
    if (known && *known != PLACE_NONE && *known != group)
        property_fail(&o->properties[OWNERS_ONE], "in the end %s and %s both own %s",
                      ledger_group_name(&o->topology, *known).text,
                      ledger_group_name(&o->topology, group).text,
                      ledger_variable_name(o->ledger, variable).text);
    else
        note_final(o, &o->final_owner, variable, (uint16_t)group);
}

void owners_final_place(struct owners *o, uint32_t variable, uint16_t place)
{
    ASSERT(variable < o->count);
    note_final(o, &o->final_place, variable, place);
}

/* No variable is in transit or lent any more. */
static void check_rest(struct owners *o, uint32_t variable, bool drained)
{
    const struct owners_step *last = &o->variables[variable].step[0];
    struct property *p = &o->properties[last->what == OWNERSHIP_GIVEN ? OWNERS_ONE : OWNERS_LOANS];
    struct step_text what = describe(o, last, ledger_variable_name(o->ledger, variable).text);
    if (drained)
        property_fail(p, "%s, and that was its end", what.text);
    else
        property_unknown(p, "the run was cut off after %s", what.text);
}

/* The variable is where its last step leads. */
static void check_owner(struct owners *o, const bool *operational, uint32_t variable)
{
    const struct owners_step *last = &o->variables[variable].step[0];
    uint16_t is = o->final_owner[variable];
    uint16_t should = owner_of(last);
    if (is == should) return;
    if (is == PLACE_NONE && !o->reported[should] && !operational[should]) return;
    struct step_text why = describe(o, last, "it");
    struct ledger_text name = ledger_variable_name(o->ledger, variable);
    if (is == PLACE_NONE)
        property_fail(&o->properties[OWNERS_ONE], "in the end no group owns %s, but %s", name.text,
                      why.text);
    else
        property_fail(&o->properties[OWNERS_ONE], "in the end %s owns %s, but %s",
                      ledger_group_name(&o->topology, is).text, name.text, why.text);
}

static void check_place(struct owners *o, const bool *operational, uint32_t variable)
{
    const struct owners_step *last = &o->variables[variable].step[0];
    uint16_t believed = o->final_place[variable];
    uint16_t is = owner_of(last);
    if (is == believed) return;
    /* A group may have crashed within a move. */
    if (is != PLACE_NONE && !operational[is]) return;
    if (believed != PLACE_NONE && believed < o->topology.groups && !operational[believed]) return;
    struct step_text why = describe(o, last, "it");
    struct ledger_text name = ledger_variable_name(o->ledger, variable);
    if (believed == PLACE_NONE)
        property_fail(&o->properties[OWNERS_MAP], "the oracle knows no place of %s, but %s",
                      name.text, why.text);
    else
        property_fail(&o->properties[OWNERS_MAP], "the oracle believes %s in %s, but %s", name.text,
                      ledger_group_name(&o->topology, believed).text, why.text);
}

static void check_debts(struct owners *o, const bool *operational, bool drained)
{
    for (uint64_t i = 0; i < o->awaited_count; i++) {
        const struct owners_awaited *d = &o->awaited[i];
        struct ledger_text name = ledger_variable_name(o->ledger, d->variable);
        struct ledger_text group = ledger_group_name(&o->topology, d->group);
        struct ledger_text other = ledger_group_name(&o->topology, d->other);
        struct property *p = &o->properties[OWNERS_ONE];
        if (!operational[d->group] || o->variables[d->variable].step[0].broken) continue;
        if (!drained)
            property_unknown(p, "the run was cut off before %s reported what it did with %s",
                             group.text, name.text);
        else if (d->what == OWNERSHIP_GIVEN)
            property_fail(p, "%s took %s from %s under timestamp %llu, but %s never gave it",
                          other.text, name.text, group.text, (unsigned long long)d->after,
                          group.text);
        else
            property_fail(p,
                          "%s was created under timestamp %llu, but %s had it and never "
                          "deleted it",
                          name.text, (unsigned long long)d->before + 1, group.text);
    }
}

void owners_check(struct owners *o, const bool *operational, bool drained)
{
    for (uint32_t i = 0; i < o->count; i++) {
        const struct owners_step *last = &o->variables[i].step[0];
        bool moving = last->what == OWNERSHIP_LENT || (last->what == OWNERSHIP_GIVEN && !o->lazy);
        if (last->broken) continue;
        if (moving && operational[last->group] && operational[last->other])
            check_rest(o, i, drained);
        if (moving || !drained) continue;
        if (o->final_owner) check_owner(o, operational, i);
        if (o->final_place) check_place(o, operational, i);
    }
    check_debts(o, operational, drained);
    if (!drained)
        property_unknown(&o->properties[OWNERS_MAP], "the run was cut off");
    else if (!o->final_place)
        property_unknown(&o->properties[OWNERS_MAP], "the oracle's map was not reported");
}
