/* objects.c - reads recorded accesses to objects: big-endian words of 32 bits, one an access.
 *
 * A word holds the object's type (5 bits), its number (18 bits) and an index in it (9 bits); all
 * together are a variable, `tTYPE.NUMBER.INDEX`. The recording has no requests: `batch` consecutive
 * accesses are a command. Those to the types that `writes` names read and write, all others
 * read. */
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/keys.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/trace/source.h"

enum { WORD_BYTES = 4, BUFFER_BYTES = 1 << 16, TYPES = 32 };

struct config {
    const char *file, *writes;
    uint64_t batch, size;
};

static const struct key config_keys[] = {
    {"file", KEY_TEXT, NULL, offsetof(struct config, file)},
    {"batch", KEY_COUNT, "8", offsetof(struct config, batch)},
    {"writes", KEY_TEXT, "", offsetof(struct config, writes)},
    {"size", KEY_SIZE, "64B", offsetof(struct config, size)},
};
static const struct key_table table = {"objects", config_keys,
                                       sizeof(config_keys) / sizeof(config_keys[0])};

struct objects {
    struct workload workload;
    struct input *input;
    uint32_t batch, size;
    uint32_t written; /* a bit for each type */
    uint64_t offset;  /* in the unpacked bytes, of the next word */
    uint32_t at, count;
    struct accesses accesses;
    uint8_t buffer[BUFFER_BYTES];
};

static int bad_input(const struct objects *o, const char *what, struct error *e)
{
    return error_set(e, "%s: byte %llu: %s", input_name(o->input), (unsigned long long)o->offset,
                     what);
}

/* Reads a whole word into the buffer: 1, 0 at the end, -1. */
static int fill(struct objects *o, struct error *e)
{
    struct error what;
    uint32_t kept = o->count - o->at;
    memmove(o->buffer, o->buffer + o->at, kept);
    o->at = 0;
    o->count = kept;
    while (o->count < WORD_BYTES) {
        long got = input_read(o->input, o->buffer + o->count, BUFFER_BYTES - o->count, &what);
        if (got < 0) return bad_input(o, what.text, e);
        if (got == 0 && o->count == 0) return 0;
        if (got == 0)
            return bad_input(o, "expected a word of 4 bytes: the file seems to be cut off", e);
        o->count += (uint32_t)got;
    }
    return 1;
}

static int read_word(struct objects *o, uint32_t *word, struct error *e)
{
    if (o->count - o->at < WORD_BYTES) {
        int got = fill(o, e);
        if (got <= 0) return got;
    }
    const uint8_t *b = o->buffer + o->at;
    *word = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    o->at += WORD_BYTES;
    o->offset += WORD_BYTES;
    return 1;
}

static void add_word(struct objects *o, uint32_t word)
{
    char name[32];
    uint32_t type = word >> 27;
    int length = snprintf(name, sizeof(name), "t%u.%u.%u", type, word >> 9 & 0x3ffff, word & 0x1ff);
    uint32_t variable = source_variable(&o->workload, name, (uint32_t)length);
    o->workload.catalogue.variable_bytes[variable] = o->size;
    accesses_add(&o->accesses, variable,
                 o->written >> type & 1 ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ);
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct objects *o = (struct objects *)w;
    uint32_t word;
    uint8_t modes = 0;
    int got = 1;
    o->accesses.count = 0;
    for (uint32_t i = 0; i < o->batch && (got = read_word(o, &word, e)) > 0; i++) add_word(o, word);
    if (got < 0) return -1;
    if (o->accesses.count == 0) return 0;
    accesses_settle(&o->accesses);
    for (uint32_t i = 0; i < o->accesses.count; i++) modes |= o->accesses.access[i].mode;
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .kind = modes & ACCESS_WRITE ? source_kind(w, "update", 6)
                                                               : source_kind(w, "get", 3),
                                  .at_ns = TIME_NONE,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = REQUEST_BYTES_DEFAULT,
                                  .reply_bytes = REPLY_BYTES_DEFAULT,
                                  .access_count = o->accesses.count,
                                  .accesses = o->accesses.access};
    return 1;
}

static int rewind_objects(struct workload *w, struct error *e)
{
    struct objects *o = (struct objects *)w;
    o->offset = 0;
    o->at = o->count = 0;
    return input_rewind(o->input, e);
}

static void close_objects(struct workload *w)
{
    struct objects *o = (struct objects *)w;
    source_finish(w);
    input_close(o->input);
    free(o->accesses.access);
    free(o);
}

static const struct workload_ops objects_ops = {next, rewind_objects, close_objects};

/* `3+17`: these types. */
static int set_written(struct objects *o, const char *text, struct error *e)
{
    char number[8];
    struct error what;
    uint64_t type;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "+");
        snprintf(number, sizeof(number), "%.*s", length < 7 ? (int)length : 7, at);
        if (units_count(number, &type, &what) < 0 || type >= TYPES)
            return error_set(e, "objects: writes: expected types below %d such as 3+17, found '%s'",
                             TYPES, text);
        o->written |= UINT32_C(1) << type;
        at += length + (at[length] == '+');
    }
    return 0;
}

static int configure(struct objects *o, const struct config *g, struct error *e)
{
    if (!g->file) return error_set(e, "objects: expected file=PATH");
    if (source_set_bytes("objects", g->size, &o->size, e) < 0) return -1;
    if (g->batch < 1 || g->batch > COMMAND_ACCESSES_MAX)
        return error_set(e, "objects: batch: expected 1 to %d, found %llu", COMMAND_ACCESSES_MAX,
                         (unsigned long long)g->batch);
    o->batch = (uint32_t)g->batch;
    if (set_written(o, g->writes, e) < 0) return -1;
    o->input = input_open(g->file, e);
    return o->input ? 0 : -1;
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct config config = {0};
    uint64_t given;
    (void)seed;
    if (keys_read(&table, keys, &config, &given, e) < 0) return NULL;
    struct objects *o = allocate_zeroed(1, sizeof(*o));
    source_init(&o->workload, &objects_ops);
    o->workload.recorded = true;
    if (configure(o, &config, e) == 0) return &o->workload;
    close_objects(&o->workload);
    return NULL;
}

const struct generator objects_workload = {
    .name = "objects",
    .open = open_keys,
    .help = {"object accesses: big-endian words of type, number, index",
             "file=PATH batch=8  accesses a command", "writes=TYPE+TYPE size=64B"},
};
