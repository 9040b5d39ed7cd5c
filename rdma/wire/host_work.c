/* host_work.c - the side thread: computations that would block a node's thread.
 *
 * One for the whole process, and one computation at a time: METIS keeps a random state that all its
 * callers in a process share, so two at a time would disturb each other. The thread lives as long
 * as there is something to compute. */
#include <pthread.h>
#include <signal.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/hosting.h"

struct job {
    struct job *next;
    struct host *host;
    void (*compute)(void *argument);
    void *argument;
    uint32_t node;
    uint64_t cookie;
};

static struct {
    pthread_mutex_t lock; /* also of each host's finished jobs */
    pthread_cond_t ended; /* a computation has */
    bool alive;
    struct job *first, **last;
    struct job *current;
} side = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, NULL, &side.first, NULL};

static void lock_side(void)
{
    int failed = pthread_mutex_lock(&side.lock);
    ASSERT(!failed);
}

static void unlock_side(void)
{
    pthread_mutex_unlock(&side.lock);
}

/* Takes the first job out of a list. */
static struct job *pop(struct job **first, struct job ***last)
{
    struct job *j = *first;
    *first = j->next;
    if (!*first) *last = first;
    j->next = NULL;
    return j;
}

static void push(struct job ***last, struct job *j)
{
    **last = j;
    *last = &j->next;
}

static void *compute_all(void *unused)
{
    (void)unused;
    lock_side();
    while (side.first) {
        struct job *j = side.current = pop(&side.first, &side.last);
        unlock_side();
        j->compute(j->argument);
        lock_side();
        push(&j->host->finished_last, j);
        atomic_fetch_add(&j->host->finished_count, 1);
        j->host->wire->ops->wake(j->host->wire);
        side.current = NULL;
        pthread_cond_broadcast(&side.ended);
    }
    side.alive = false;
    unlock_side();
    return NULL;
}

/* Signals are for the program's own threads. */
static void start_thread(void)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, compute_all, NULL);
    ASSERT(!failed);
    if (!failed) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    side.alive = true;
}

void work_start(struct transport *t, void (*compute)(void *argument), void *argument,
                uint64_t modelled_ns, uint64_t cookie)
{
    (void)modelled_ns;
    struct job *j = allocate(sizeof *j);
    *j = (struct job){.host = node_of(t)->host,
                      .compute = compute,
                      .argument = argument,
                      .node = t->self,
                      .cookie = cookie};
    node_of(t)->host->working++;
    lock_side();
    push(&side.last, j);
    if (!side.alive) start_thread();
    unlock_side();
}

bool work_take(struct host *h, uint32_t *node, uint64_t *cookie)
{
    if (atomic_load_explicit(&h->finished_count, memory_order_relaxed) == 0) return false;
    lock_side();
    struct job *j = pop(&h->finished, &h->finished_last);
    atomic_fetch_sub(&h->finished_count, 1);
    unlock_side();
    *node = j->node;
    *cookie = j->cookie;
    h->working--;
    free(j);
    return true;
}

void work_finish(struct host *h)
{
    lock_side();
    for (struct job **j = &side.first; *j;) {
        struct job *next = (*j)->next;
        if ((*j)->host == h) {
            free(*j);
            *j = next;
        } else {
            j = &(*j)->next;
        }
    }
    for (side.last = &side.first; *side.last;) side.last = &(*side.last)->next;
    while (side.current && side.current->host == h) pthread_cond_wait(&side.ended, &side.lock);
    while (h->finished) free(pop(&h->finished, &h->finished_last));
    unlock_side();
}
