/* crc32c.c - CRC32C eight bytes at a time (crc32c.h). */
#include "base/crc32c.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define POLYNOMIAL UINT32_C(0x82f63b78) /* reflected */

enum { SLICES = 8 };

/* [0]: of one byte; [i]: of one that i zero bytes follow. */
static uint32_t table[SLICES][256];
static bool has_instruction;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int slice = 1; slice < SLICES; slice++) {
            uint32_t before = table[slice - 1][i];
            table[slice][i] = before >> 8 ^ table[0][before & 0xff];
        }
#ifdef __x86_64__
    has_instruction = __builtin_cpu_supports("sse4.2");
#endif
}

static uint32_t add_by_tables(uint32_t crc, const uint8_t *at, size_t bytes)
{
    for (; bytes >= SLICES; at += SLICES, bytes -= SLICES) {
        uint64_t word;
        memcpy(&word, at, sizeof(word)); /* little-endian, as messages are */
        word ^= crc;
        crc = 0;
        for (int i = 0; i < SLICES; i++) crc ^= table[SLICES - 1 - i][word >> 8 * i & 0xff];
    }
    for (; bytes > 0; at++, bytes--) crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
    return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
add_by_instruction(uint32_t crc, const uint8_t *at, size_t bytes)
{
    uint64_t wide = crc;
    for (; bytes >= sizeof(uint64_t); at += sizeof(uint64_t), bytes -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; bytes > 0; at++, bytes--) crc = __builtin_ia32_crc32qi(crc, *at);
    return crc;
}
#else
#define add_by_instruction add_by_tables
#endif

uint32_t crc32c(uint32_t before, const void *data, size_t bytes)
{
    pthread_once(&once, prepare);
    return ~(has_instruction ? add_by_instruction : add_by_tables)(~before, data, bytes);
}

uint32_t crc32c_by_tables(uint32_t before, const void *data, size_t bytes)
{
    pthread_once(&once, prepare);
    return ~add_by_tables(~before, data, bytes);
}
