/* input.c - reads plain and packed files (input.h): one table entry per packing. */
#include "base/input.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"
#include "base/memory.h"

enum { RAW_BYTES = 1 << 16 };

struct input;

/* Undoes one packing. unpack: reads in->raw, writes `out`; returns the bytes written, or -1 for
 * damaged data. in->inside stays true until the packed data end. */
struct packing {
    const char *name, *suffix, *magic;
    size_t magic_bytes;
    void (*start)(struct input *in);
    long (*unpack)(struct input *in, uint8_t *out, size_t room);
    void (*stop)(struct input *in);
};

struct input {
    FILE *file;
    char *name;
    bool regular; /* a file that is read at this place, whatever others do with it: */
    off_t place;  /* processes that are forked from this one share the descriptor */
    const struct packing *packing; /* NULL: plain */
    size_t raw_at, raw_count;
    bool raw_ended;
    bool inside;
    union {
        z_stream gzip;
        lzma_stream xz;
        ZSTD_DCtx *zstd;
    } state;
    uint8_t raw[RAW_BYTES];
};

/* --- gzip ------------------------------------------------------------------------------------- */

static void gzip_start(struct input *in)
{
    in->state.gzip = (z_stream){0};
    int got = inflateInit2(&in->state.gzip, 15 + 16);
    ASSERT(got == Z_OK);
    in->inside = true;
}

static long gzip_unpack(struct input *in, uint8_t *out, size_t room)
{
    z_stream *z = &in->state.gzip;
    if (!in->inside) { /* another member follows */
        if (in->raw_at == in->raw_count) return 0;
        inflateReset(z);
        in->inside = true;
    }
    z->next_in = in->raw + in->raw_at;
    z->avail_in = (uInt)(in->raw_count - in->raw_at);
    z->next_out = out;
    z->avail_out = (uInt)room;
    int got = inflate(z, Z_NO_FLUSH);
    in->raw_at = in->raw_count - z->avail_in;
    if (got == Z_STREAM_END) in->inside = false;
    if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR) return -1;
    return (long)(room - z->avail_out);
}

static void gzip_stop(struct input *in)
{
    inflateEnd(&in->state.gzip);
}

/* --- xz --------------------------------------------------------------------------------------- */

static void xz_start(struct input *in)
{
    in->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    lzma_ret got = lzma_stream_decoder(&in->state.xz, UINT64_MAX, LZMA_CONCATENATED);
    ASSERT(got == LZMA_OK);
    in->inside = true;
}

static long xz_unpack(struct input *in, uint8_t *out, size_t room)
{
    lzma_stream *x = &in->state.xz;
    if (!in->inside) return in->raw_at == in->raw_count ? 0 : -1;
    x->next_in = in->raw + in->raw_at;
    x->avail_in = in->raw_count - in->raw_at;
    x->next_out = out;
    x->avail_out = room;
    lzma_ret got = lzma_code(x, in->raw_ended ? LZMA_FINISH : LZMA_RUN);
    in->raw_at = in->raw_count - x->avail_in;
    if (got == LZMA_STREAM_END) in->inside = false;
    if (got != LZMA_OK && got != LZMA_STREAM_END && got != LZMA_BUF_ERROR) return -1;
    return (long)(room - x->avail_out);
}

static void xz_stop(struct input *in)
{
    lzma_end(&in->state.xz);
}

/* --- zstd ------------------------------------------------------------------------------------- */

static void zstd_start(struct input *in)
{
    in->state.zstd = ZSTD_createDCtx();
    ASSERT(in->state.zstd);
    in->inside = true;
}

static long zstd_unpack(struct input *in, uint8_t *out, size_t room)
{
    ZSTD_inBuffer source = {in->raw, in->raw_count, in->raw_at};
    ZSTD_outBuffer target = {out, room, 0};
    if (!in->inside && in->raw_at == in->raw_count) return 0;
    size_t got = ZSTD_decompressStream(in->state.zstd, &target, &source);
    in->raw_at = source.pos;
    if (ZSTD_isError(got)) return -1;
    in->inside = got != 0;
    return (long)target.pos;
}

static void zstd_stop(struct input *in)
{
    ZSTD_freeDCtx(in->state.zstd);
}

/* ---------------------------------------------------------------------------------------------- */

static const struct packing packings[] = {
    {"gzip", ".gz", "\x1f\x8b", 2, gzip_start, gzip_unpack, gzip_stop},
    {"xz", ".xz", "\xfd\x37zXZ\0", 6, xz_start, xz_unpack, xz_stop},
    {"zstd", ".zst", "\x28\xb5\x2f\xfd", 4, zstd_start, zstd_unpack, zstd_stop},
};
enum { PACKINGS = sizeof(packings) / sizeof(packings[0]) };

/* As fread(). */
static size_t read_raw(struct input *in, bool *failed)
{
    size_t count = 0;
    ssize_t got = 1;
    if (!in->regular) {
        count = fread(in->raw, 1, RAW_BYTES, in->file);
        *failed = ferror(in->file);
        return count;
    }
    while (count < RAW_BYTES && got > 0) {
        got = pread(fileno(in->file), in->raw + count, RAW_BYTES - count, in->place);
        if (got <= 0) continue;
        in->place += got;
        count += (size_t)got;
    }
    *failed = got < 0;
    return count;
}

static int fill(struct input *in, struct error *e)
{
    bool failed;
    in->raw_at = 0;
    in->raw_count = read_raw(in, &failed);
    if (failed) return error_errno(e, "cannot read");
    in->raw_ended = in->raw_count < RAW_BYTES;
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_length = strlen(text), end_length = strlen(end);
    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

/* Detects the packing by the first bytes. */
static int begin(struct input *in, struct error *e)
{
    if (fill(in, e) < 0) return -1;
    for (size_t i = 0; i < PACKINGS; i++) {
        const struct packing *p = &packings[i];
        if (in->raw_count >= p->magic_bytes && memcmp(in->raw, p->magic, p->magic_bytes) == 0)
            in->packing = p;
    }
    for (size_t i = 0; i < PACKINGS && !in->packing; i++)
        if (ends_with(in->name, packings[i].suffix))
            return error_set(e, "expected %s data, as the name says", packings[i].name);
    if (in->packing) in->packing->start(in);
    return 0;
}

static void end(struct input *in)
{
    if (in->packing) in->packing->stop(in);
    in->packing = NULL;
}

struct input *input_attach(FILE *file, const char *name, struct error *e)
{
    struct input *in = allocate_zeroed(1, sizeof(*in));
    in->file = file;
    in->name = allocate_text(name);
    struct stat status;
    in->regular = fileno(file) >= 0 && fstat(fileno(file), &status) == 0 &&
                  S_ISREG(status.st_mode) && (in->place = ftello(file)) >= 0;
    struct error what;
    if (begin(in, &what) < 0) {
        error_set(e, "%s: %s", name, what.text);
        input_close(in);
        return NULL;
    }
    return in;
}

struct input *input_open(const char *path, struct error *e)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        error_errno(e, "%s: cannot open", path);
        return NULL;
    }
    setvbuf(file, NULL, _IONBF, 0); /* read in large pieces anyway */
    return input_attach(file, path, e);
}

void input_close(struct input *in)
{
    if (!in) return;
    end(in);
    fclose(in->file);
    free(in->name);
    free(in);
}

static long read_plain(struct input *in, void *buffer, size_t room, struct error *e)
{
    if (in->raw_at == in->raw_count && !in->raw_ended && fill(in, e) < 0) return -1;
    size_t count = in->raw_count - in->raw_at;
    if (count > room) count = room;
    memcpy(buffer, in->raw + in->raw_at, count);
    in->raw_at += count;
    return (long)count;
}

long input_read(struct input *in, void *buffer, size_t room, struct error *e)
{
    ASSERT(room > 0);
    ASSERT(room <= INT32_MAX);
    if (!in->packing) return read_plain(in, buffer, room, e);
    for (;;) {
        if (in->raw_at == in->raw_count && !in->raw_ended && fill(in, e) < 0) return -1;
        size_t before = in->raw_at;
        long got = in->packing->unpack(in, buffer, room);
        if (got > 0) return got;
        if (got < 0) return error_set(e, "the %s data are damaged", in->packing->name);
        if (in->raw_at < in->raw_count || !in->raw_ended) {
            if (in->raw_at == before && in->raw_at < in->raw_count)
                return error_set(e, "the %s data are damaged", in->packing->name);
            continue;
        }
        if (in->inside)
            return error_set(e, "the %s data stop short: the file is cut off", in->packing->name);
        return 0;
    }
}

int input_rewind(struct input *in, struct error *e)
{
    struct error what;
    end(in);
    in->raw_ended = in->inside = false;
    in->place = 0;
    if (!in->regular && fseek(in->file, 0, SEEK_SET) != 0)
        return error_errno(e, "%s: cannot be read twice", in->name);
    if (begin(in, &what) < 0) return error_set(e, "%s: %s", in->name, what.text);
    return 0;
}

const char *input_name(const struct input *in)
{
    return in->name;
}
