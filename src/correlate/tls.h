/*
 * tls - which connections are encrypted: Postfix says so on a line of its own.
 *
 * "TLS connection established to HOST" belongs to the next deliveries of that process to that host;
 * a connection that another process takes over from the cache is found by node and host.
 *
 * Limits     what a line said holds for 10 minutes (Postfix reuses a connection for 300 s at most), so
 *            that a run which was interrupted remembers the same; at most 64,000 connections.
 */
#pragma once
#include "base/buf.h"
#include "model/log_event.h"

struct tls_memory;

struct tls_memory *tls_memory_new(void);
void tls_memory_free(struct tls_memory *memory);
void tls_memory_clear(struct tls_memory *memory);
void tls_memory_add(struct tls_memory *memory, uint64_t node_id, uint32_t pid, uint64_t remote_host_id,
                    enum tls_grade grade, int64_t at_us);
/* TLS_NONE only on nodes that have been seen to log TLS at all; else TLS_UNKNOWN. */
enum tls_grade tls_memory_grade(const struct tls_memory *memory, uint64_t node_id, uint32_t pid,
                                uint64_t remote_host_id, int64_t at_us);
/* What is still good at newest_at_us for one node, and back. */
void tls_memory_pack(const struct tls_memory *memory, uint64_t node_id, int64_t newest_at_us, struct buf *out);
void tls_memory_unpack(struct tls_memory *memory, uint64_t node_id, str packed);
