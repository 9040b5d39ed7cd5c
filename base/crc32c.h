/* crc32c.h - CRC32C, the checksum of iSCSI (RFC 3720) and of RDMA's own frames.
 *
 * The reflected Castagnoli polynomial, 0x1EDC6F41: it detects every error of up to five bits in a
 * frame of 500 bytes, of up to three in any that is sent here, and every burst of up to 32 bits.
 * With the processor's instruction where there is one, else by tables. */
#ifndef AVIARY_BASE_CRC32C_H
#define AVIARY_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of `bytes` behind data whose checksum is `before` (0: of nothing). */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);
/* The same by tables alone, for machines without the instruction, and for the test of both. */
uint32_t crc32c_by_tables(uint32_t before, const void *data, size_t bytes);

#endif
