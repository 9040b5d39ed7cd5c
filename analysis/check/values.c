/* values.c - executes a serial order again (values.h). */
#include "analysis/check/values.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/check/history_graph.h"
#include "base/memory.h"

void values_init(struct values *v, const struct ledger *ledger,
                 const struct application *application)
{
    *v = (struct values){
        .ledger = ledger, .application = application, .forgets = ledger->topology.oracle};
    property_init(&v->property, "serial-values");
}

void values_finish(struct values *v)
{
    free(v->finals);
}

/* ---- final values -------------------------------------------------------------------------- */

static struct values_final *final_of(struct values *v, uint32_t variable)
{
    if (variable >= v->final_count) {
        v->finals =
            array_grow(v->finals, &v->final_room, (uint64_t)variable + 1, sizeof(*v->finals));
        memset(&v->finals[v->final_count], 0,
               (v->final_room - v->final_count) * sizeof(*v->finals));
        v->final_count = v->final_room;
    }
    return &v->finals[variable];
}

void values_final(struct values *v, uint32_t group, uint32_t variable, struct variable_state state)
{
    struct values_final *f = final_of(v, variable);
    bool same = f->reported && f->state.version == state.version;
    if (same && f->state.value != state.value)
        property_fail(
            &v->property, "in the end version %llu of %s is %016llx in %s, %016llx in %s",
            (unsigned long long)state.version, ledger_variable_name(v->ledger, variable).text,
            (unsigned long long)f->state.value,
            ledger_group_name(&v->ledger->topology, f->group).text, (unsigned long long)state.value,
            ledger_group_name(&v->ledger->topology, group).text);
    if (!f->reported || f->state.version < state.version)
        *f = (struct values_final){state, (uint16_t)group, true};
}

/* ---- executing again ------------------------------------------------------------------------ */

struct rerun {
    struct values *values;
    struct variable_state *states; /* by variable */
    bool *uncertain;               /* by variable: its value is undecided, */
    bool *deleted;                 /* or it is deleted */
    uint32_t count;                /* variables */
    uint64_t undecided;            /* commands */
    struct command *command;       /* the present one, as passed to the application */
    struct variable_state *accessed;
};

static void doubt(struct rerun *r, const struct ledger_command *c)
{
    const struct ledger_access *access = &r->values->ledger->accesses[c->access_first];
    for (uint32_t i = 0; i < c->access_count; i++)
        if (access[i].version == VERSION_UNSEEN) r->uncertain[access[i].variable] = true;
}

static void rerun_init(struct rerun *r, struct values *v)
{
    const struct ledger *l = v->ledger;
    *r = (struct rerun){.values = v};
    for (uint64_t i = 0; i < l->access_count; i++)
        if (l->accesses[i].variable >= r->count) r->count = l->accesses[i].variable + 1;
    if (v->final_count > r->count) r->count = (uint32_t)v->final_count;
    r->states = allocate_zeroed(r->count, sizeof(*r->states));
    r->uncertain = allocate_zeroed(r->count, sizeof(*r->uncertain));
    r->deleted = allocate_zeroed(r->count, sizeof(*r->deleted));
    r->command = allocate_zeroed(1, command_bytes(UINT16_MAX));
    r->accessed = allocate_zeroed(UINT16_MAX, sizeof(*r->accessed));
    for (uint64_t i = 0; i < l->command_count; i++)
        if (history_includes(&l->commands[i])) doubt(r, &l->commands[i]);
}

static void rerun_finish(struct rerun *r)
{
    free(r->states);
    free(r->uncertain);
    free(r->deleted);
    free(r->command);
    free(r->accessed);
}

static void load(struct rerun *r, const struct ledger_command *c)
{
    const struct ledger_access *access = &r->values->ledger->accesses[c->access_first];
    const uint32_t *numbers = r->values->numbers;
    r->command->bytes = command_bytes(c->access_count);
    r->command->kind = c->kind;
    r->command->access_count = c->access_count;
    r->command->id = (struct command_id){.client = c->client, .seq = c->seq};
    for (uint32_t i = 0; i < c->access_count; i++) {
        uint32_t variable = numbers ? numbers[access[i].variable] : access[i].variable;
        r->command->accesses[i] = (struct access){.variable = variable, .mode = access[i].mode};
        r->accessed[i] = r->states[access[i].variable];
    }
}

static bool depends_on_uncertain(const struct rerun *r, const struct ledger_command *c)
{
    const struct ledger_access *access = &r->values->ledger->accesses[c->access_first];
    for (uint32_t i = 0; i < c->access_count; i++)
        if (access[i].mode & ACCESS_READ && r->uncertain[access[i].variable]) return true;
    return false;
}

static void keep(struct rerun *r, const struct ledger_command *c, bool uncertain)
{
    const struct ledger_access *access = &r->values->ledger->accesses[c->access_first];
    for (uint32_t i = 0; i < c->access_count; i++) {
        uint32_t variable = access[i].variable;
        if (!history_writes(&access[i])) continue;
        r->states[variable] = r->accessed[i];
        r->deleted[variable] = r->values->forgets && access[i].mode & ACCESS_DELETE;
        if (r->deleted[variable]) r->states[variable].value = 0;
        if (uncertain) r->uncertain[variable] = true;
    }
}

static void execute(struct rerun *r, uint32_t number)
{
    const struct ledger *l = r->values->ledger;
    const struct ledger_command *c = &l->commands[number];
    const struct application *a = r->values->application;
    bool uncertain = depends_on_uncertain(r, c);
    load(r, c);
    uint64_t digest = a->ops->execute(a, r->command, r->accessed);
    if (uncertain || !c->digested)
        r->undecided++;
    else if (digest != c->digest)
        property_fail(
            &r->values->property,
            "%s was executed with digest %016llx, but in the serial order it has %016llx: "
            "a value that it read is wrong",
            ledger_name(l, number).text, (unsigned long long)c->digest, (unsigned long long)digest);
    keep(r, c, uncertain);
}

static void compare_final(struct rerun *r, uint32_t variable, const struct values_final *f)
{
    struct values *v = r->values;
    const struct variable_state *s = &r->states[variable];
    struct ledger_text name = ledger_variable_name(v->ledger, variable);
    if (!f || !f->reported)
        property_unknown(&v->property, "no replica reported the final value of %s", name.text);
    else if (f->state.version != s->version || f->state.value != s->value)
        property_fail(&v->property,
                      "in the end %s has version %llu of %s, %016llx; the serial order leaves "
                      "version %llu, %016llx",
                      ledger_group_name(&v->ledger->topology, f->group).text,
                      (unsigned long long)f->state.version, name.text,
                      (unsigned long long)f->state.value, (unsigned long long)s->version,
                      (unsigned long long)s->value);
}

static void compare_finals(struct rerun *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct values_final *f = i < r->values->final_count ? &r->values->finals[i] : NULL;
        bool there = r->states[i].version > 0 || (f && f->reported);
        if (there && !r->uncertain[i] && !r->deleted[i]) compare_final(r, i, f);
    }
}

void values_check(struct values *v, const uint32_t *order, uint64_t count, bool rested)
{
    struct rerun r;
    if (!order) {
        property_unknown(&v->property, "there is no serial order");
        return;
    }
    rerun_init(&r, v);
    for (uint64_t i = 0; i < count; i++) execute(&r, order[i]);
    if (r.undecided)
        property_unknown(&v->property,
                         "%llu commands depend on writes whose version no replica reported",
                         (unsigned long long)r.undecided);
    if (rested)
        compare_finals(&r);
    else
        property_unknown(&v->property, "the replicas did not become quiescent");
    rerun_finish(&r);
}
