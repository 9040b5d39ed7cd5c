/* digest.c - the digest application (application.h). */
#include "base/assert.h"
#include "base/random.h"
#include "proto/application.h"
#include "proto/observer.h"

uint64_t application_digest(const struct command *c, const struct variable_state *states)
{
    uint64_t digest = hash_add(hash_mix(c->id.client + 1), c->id.seq);
    for (uint32_t i = 0; i < c->access_count; i++) {
        if (!(c->accesses[i].mode & ACCESS_READ)) continue;
        digest = hash_add(digest, c->accesses[i].variable);
        digest = hash_add(digest, states[i].version);
        digest = hash_add(digest, states[i].value);
    }
    return digest;
}

void application_write(struct variable_state *state, uint64_t value)
{
    if (state->version == VERSION_UNSEEN) return;
    state->version++;
    ASSERT(state->version != VERSION_UNSEEN);
    state->value = value;
}

static uint64_t execute(const struct application *a, const struct command *c,
                        struct variable_state *states)
{
    uint64_t digest = application_digest(c, states);
    (void)a;
    for (uint32_t i = 0; i < c->access_count; i++)
        if (c->accesses[i].mode & ~ACCESS_READ)
            application_write(&states[i], hash_add(digest, c->accesses[i].variable));
    return digest;
}

static const struct application_ops digest_ops = {.name = "digest", .execute = execute};
const struct application digest_application = {&digest_ops};
