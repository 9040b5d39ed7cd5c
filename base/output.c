/* output.c - writes plain and packed files (output.h): one table entry per packing. */
#include "base/output.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"
#include "base/memory.h"

enum { PIECE_BYTES = 1 << 16, XZ_PRESET = 1, ZSTD_LEVEL = 3 };

/* Packs. pack: all of `data`, or with `last` also the end of the packed data; writes by emit(). */
struct packing {
    const char *suffix;
    void (*start)(struct output *out);
    int (*pack)(struct output *out, const void *data, size_t bytes, bool last);
    void (*stop)(struct output *out);
};

struct output {
    FILE *file;
    char *path, *temporary;        /* temporary: NULL where the path is written directly */
    const struct packing *packing; /* NULL: plain */
    bool committed;
    union {
        z_stream gzip;
        lzma_stream xz;
        ZSTD_CCtx *zstd;
    } state;
    uint8_t piece[PIECE_BYTES];
};

static int emit(struct output *out, const void *data, size_t bytes)
{
    return bytes == 0 || fwrite(data, 1, bytes, out->file) == bytes ? 0 : -1;
}

/* --- gzip ------------------------------------------------------------------------------------- */

static void gzip_start(struct output *out)
{
    out->state.gzip = (z_stream){0};
    int got = deflateInit2(&out->state.gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                           Z_DEFAULT_STRATEGY);
    ASSERT(got == Z_OK);
}

static int gzip_pack(struct output *out, const void *data, size_t bytes, bool last)
{
    z_stream *z = &out->state.gzip;
    ASSERT(bytes <= UINT32_MAX);
    z->next_in = (Bytef *)(uintptr_t)data;
    z->avail_in = (uInt)bytes;
    do {
        z->next_out = out->piece;
        z->avail_out = PIECE_BYTES;
        deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
        if (emit(out, out->piece, PIECE_BYTES - z->avail_out) < 0) return -1;
    } while (z->avail_out == 0);
    return 0;
}

static void gzip_stop(struct output *out)
{
    deflateEnd(&out->state.gzip);
}

/* --- xz --------------------------------------------------------------------------------------- */

static void xz_start(struct output *out)
{
    out->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    lzma_ret got = lzma_easy_encoder(&out->state.xz, XZ_PRESET, LZMA_CHECK_CRC64);
    ASSERT(got == LZMA_OK);
}

static int xz_pack(struct output *out, const void *data, size_t bytes, bool last)
{
    lzma_stream *x = &out->state.xz;
    x->next_in = data;
    x->avail_in = bytes;
    do {
        x->next_out = out->piece;
        x->avail_out = PIECE_BYTES;
        lzma_ret got = lzma_code(x, last ? LZMA_FINISH : LZMA_RUN);
        if (got != LZMA_OK && got != LZMA_STREAM_END && got != LZMA_BUF_ERROR) return -1;
        if (emit(out, out->piece, PIECE_BYTES - x->avail_out) < 0) return -1;
    } while (x->avail_out == 0);
    return 0;
}

static void xz_stop(struct output *out)
{
    lzma_end(&out->state.xz);
}

/* --- zstd ------------------------------------------------------------------------------------- */

static void zstd_start(struct output *out)
{
    out->state.zstd = ZSTD_createCCtx();
    ASSERT(out->state.zstd);
    ZSTD_CCtx_setParameter(out->state.zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(out->state.zstd, ZSTD_c_checksumFlag, 1);
}

static int zstd_pack(struct output *out, const void *data, size_t bytes, bool last)
{
    ZSTD_inBuffer source = {data, bytes, 0};
    for (;;) {
        ZSTD_outBuffer target = {out->piece, PIECE_BYTES, 0};
        size_t got = ZSTD_compressStream2(out->state.zstd, &target, &source,
                                          last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(got) || emit(out, out->piece, target.pos) < 0) return -1;
        if (last ? got == 0 : source.pos == source.size) return 0;
    }
}

static void zstd_stop(struct output *out)
{
    ZSTD_freeCCtx(out->state.zstd);
}

/* ---------------------------------------------------------------------------------------------- */

static const struct packing packings[] = {
    {".gz", gzip_start, gzip_pack, gzip_stop},
    {".xz", xz_start, xz_pack, xz_stop},
    {".zst", zstd_start, zstd_pack, zstd_stop},
};

static const struct packing *find_packing(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        size_t suffix = strlen(packings[i].suffix);
        if (length > suffix && strcmp(path + length - suffix, packings[i].suffix) == 0)
            return &packings[i];
    }
    return NULL;
}

/* A new file beside the path, with the rights that fopen would give it. */
static FILE *open_temporary(struct output *out)
{
    size_t room = strlen(out->path) + sizeof(".XXXXXX");
    out->temporary = allocate_zeroed(room, 1);
    snprintf(out->temporary, room, "%s.XXXXXX", out->path);
    int fd = mkstemp(out->temporary);
    if (fd < 0) {
        free(out->temporary);
        out->temporary = NULL;
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) == 0) return fdopen(fd, "wb");
    close(fd);
    return NULL;
}

static FILE *open_target(struct output *out)
{
    struct stat status;
    if (strcmp(out->path, "-") == 0) return stdout;
    /* A device or a pipe must not be replaced by a file. */
    if (stat(out->path, &status) == 0 && !S_ISREG(status.st_mode)) return fopen(out->path, "wb");
    return open_temporary(out);
}

struct output *output_create(const char *path, struct error *e)
{
    struct output *out = allocate_zeroed(1, sizeof(*out));
    out->path = allocate_text(path);
    out->file = open_target(out);
    if (!out->file) {
        error_errno(e, "%s: cannot write", path);
        output_destroy(out);
        return NULL;
    }
    out->packing = find_packing(path);
    if (out->packing) out->packing->start(out);
    return out;
}

static int close_file(struct output *out)
{
    FILE *file = out->file;
    out->file = NULL;
    return file == stdout ? fflush(file) : fclose(file);
}

void output_destroy(struct output *out)
{
    if (!out) return;
    if (out->packing) out->packing->stop(out);
    if (out->file) close_file(out);
    if (out->temporary && !out->committed) unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    free(out);
}

static int failed(const struct output *out, struct error *e)
{
    return error_errno(e, "%s: cannot write", out->path);
}

int output_write(struct output *out, const void *data, size_t bytes, struct error *e)
{
    int got = out->packing ? out->packing->pack(out, data, bytes, false) : emit(out, data, bytes);
    return got < 0 ? failed(out, e) : 0;
}

int output_commit(struct output *out, struct error *e)
{
    if (out->packing && out->packing->pack(out, NULL, 0, true) < 0) return failed(out, e);
    if (close_file(out) != 0) return failed(out, e);
    if (out->temporary && rename(out->temporary, out->path) != 0) return failed(out, e);
    out->committed = true;
    return 0;
}
