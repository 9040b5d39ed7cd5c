/* digest.c - the digest application (application.h). */
#include "proto/application.h"
#include "proto/observer.h"
#include "proto/random.h"

static uint64_t execute(const struct command *c, struct variable_state *states)
{
    uint64_t digest = hash_add(hash_mix(c->id.client + 1), c->id.seq);
    for (uint32_t i = 0; i < c->access_count; i++) {
        if (!(c->accesses[i].mode & ACCESS_READ)) continue;
        digest = hash_add(digest, c->accesses[i].variable);
        digest = hash_add(digest, states[i].version);
        digest = hash_add(digest, states[i].value);
    }
    for (uint32_t i = 0; i < c->access_count; i++) {
        if (!(c->accesses[i].mode & ~ACCESS_READ)) continue;
        if (states[i].version == VERSION_UNSEEN) continue;
        states[i].version++;
        states[i].value = hash_add(digest, c->accesses[i].variable);
    }
    return digest;
}

const struct application_ops digest_application = {"digest", execute};
