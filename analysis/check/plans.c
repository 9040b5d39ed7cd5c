/* plans.c - plans: agreement, order, and stored data (plans.h). */
#include "analysis/check/plans.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void plans_init(struct plans *p, const struct ledger *ledger, const struct topology *topology)
{
    uint64_t nodes = (uint64_t)topology->groups * topology->replicas;
    *p = (struct plans){.ledger = ledger, .topology = *topology};
    p->planned = allocate_zeroed(nodes, sizeof(*p->planned));
    p->delivered = allocate_zeroed(nodes, sizeof(*p->delivered));
    property_init(&p->property, "plan-order");
}

void plans_finish(struct plans *p)
{
    free(p->versions);
    free(p->rows);
    free(p->spans);
    free(p->planned);
    free(p->delivered);
}

static void append(struct plans *p, uint32_t node, uint64_t now_ns, const struct plan_report *plan)
{
    if (p->count == p->version_room)
        p->versions = array_grow(p->versions, &p->version_room, p->count + 1, sizeof(*p->versions));
    if (p->count == p->row_room)
        p->rows = array_grow(p->rows, &p->row_room, p->count + 1, sizeof(*p->rows));
    p->versions[p->count] = (struct plans_version){plan->timestamp, plan->hash, node, now_ns};
    p->rows[p->count++] = (struct result_plan){
        .id = plan->version,
        .t_s = (double)now_ns / 1e9,
        .vertices = plan->vertices,
        .edges = plan->edges,
        .edge_cut = plan->edge_cut,
        .imbalance = plan->imbalance_permille / 1e3,
        .moved = plan->moved,
        .modelled_ms = (double)plan->modelled_ns / 1e6,
        .announced = plan->announced,
        .edge_cut_before = plan->edge_cut_before,
        .imbalance_before = plan->imbalance_before_permille / 1e3,
        .work = plan->work,
        .work_before = plan->work_before,
    };
}

void plans_planned(struct plans *p, uint32_t node, uint64_t now_ns, const struct plan_report *plan)
{
    struct ledger_text name = ledger_node_name(&p->topology, node);
    unsigned long long version = plan->version;
    if (plan->version != p->planned[node] + 1) {
        property_fail(&p->property, "%s reported version %llu of the plan after version %llu",
                      name.text, version, (unsigned long long)p->planned[node]);
        return;
    }
    p->planned[node] = plan->version;
    if (plan->version > p->count) {
        append(p, node, now_ns, plan);
        return;
    }
    const struct plans_version *known = &p->versions[plan->version - 1];
    struct ledger_text other = ledger_node_name(&p->topology, known->node);
    if (known->hash != plan->hash)
        property_fail(&p->property, "version %llu of the plan is %016llx at %s, but %016llx at %s",
                      version, (unsigned long long)known->hash, other.text,
                      (unsigned long long)plan->hash, name.text);
    else if (known->timestamp != plan->timestamp)
        property_fail(&p->property,
                      "version %llu of the plan has timestamp %llu at %s, but %llu at %s", version,
                      (unsigned long long)known->timestamp, other.text,
                      (unsigned long long)plan->timestamp, name.text);
}

static struct plans_span *span_of(struct plans *p, uint64_t seq, uint64_t now_ns)
{
    uint64_t at = p->span_count;
    while (at > 0 && p->spans[at - 1].seq > seq) at--;
    if (at > 0 && p->spans[at - 1].seq == seq) return &p->spans[at - 1];
    if (p->span_count == p->span_room)
        p->spans = array_grow(p->spans, &p->span_room, p->span_count + 1, sizeof(*p->spans));
    memmove(&p->spans[at + 1], &p->spans[at], (p->span_count - at) * sizeof(*p->spans));
    p->span_count++;
    p->spans[at] = (struct plans_span){.seq = seq, .first_ns = now_ns, .last_ns = now_ns};
    return &p->spans[at];
}

void plans_delivered(struct plans *p, uint32_t node, uint64_t now_ns, uint64_t seq)
{
    struct plans_span *span = span_of(p, seq, now_ns);
    if (now_ns < span->first_ns) span->first_ns = now_ns;
    if (now_ns > span->last_ns) span->last_ns = now_ns;
    if (seq <= p->delivered[node])
        property_fail(&p->property, "%s delivered plan %llu after plan %llu",
                      ledger_node_name(&p->topology, node).text, (unsigned long long)seq,
                      (unsigned long long)p->delivered[node]);
    p->delivered[node] = seq;
}

uint32_t plans_between(const struct plans *p, uint64_t from_ns, uint64_t to_ns)
{
    uint32_t count = 0;
    uint64_t doubt_ns = p->ledger->clock_error_ns;
    for (uint64_t i = 0; i < p->span_count; i++)
        count +=
            p->spans[i].first_ns <= to_ns + doubt_ns && p->spans[i].last_ns + doubt_ns >= from_ns;
    return count;
}
