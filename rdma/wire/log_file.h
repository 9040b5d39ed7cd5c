/* log_file.h - the storage of a node on a host: a log of records in a file.
 *
 * Records that are appended gather in memory. A thread of its own writes what a sync covers, syncs
 * the file (fdatasync) and reports the completion, so that a node's handlers never wait for the
 * device; it reads back as well. The file is LOG_FILE_MAGIC and then the records: each its size and
 * the CRC32C of size and content, 32 bits each, and its content. All integers are little-endian.
 *
 * All functions are called by the thread of the node's host. */
#ifndef AVIARY_RDMA_WIRE_LOG_FILE_H
#define AVIARY_RDMA_WIRE_LOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/transport.h"

#define LOG_FILE_MAGIC "aviarylg"
enum { LOG_FILE_HEAD_BYTES = sizeof(LOG_FILE_MAGIC) - 1 };

struct log_file;

/* Opens the file, or makes an empty one, whose name is on the device then; `anew`: it must have no
 * records. NULL with the error: path, and what is wrong with it. */
struct log_file *log_file_open(const char *path, bool anew, struct error *e);
/* Waits for the request under way; no others are begun, and nothing completes any more. */
void log_file_stop(struct log_file *f);
void log_file_close(struct log_file *f); /* stops it; f may be NULL */

/* How long the first sync took, in log_file_open(): about what others take; 0: the log had records.
 */
uint64_t log_file_sync_ns(const struct log_file *f);
/* The error that has ended its service, or NULL: a failed write or sync does not complete. */
const struct error *log_file_error(const struct log_file *f);

/* wake(context) is called from the thread when something has completed, or failed. */
void log_file_begin(struct log_file *f, void (*wake)(void *context), void *context);
/* As in struct transport_ops. */
void log_file_append(struct log_file *f, const void *record, uint32_t bytes);
void log_file_sync(struct log_file *f, uint64_t cookie);
void log_file_read(struct log_file *f, void *target, uint32_t *bytes, uint64_t cookie);
/* Takes a completion; false: there is none. */
bool log_file_take(struct log_file *f, uint64_t *cookie, enum completion *how);

#endif
