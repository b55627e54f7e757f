/*
 * wire - values in PostgreSQL's binary format, as bound parameters and COPY columns carry them.
 *
 * Network byte order; times and dates count from 2000-01-01. Private to store/.
 *
 * Errors     none: what does not fit an int4 or int2 is clamped, text is cleaned on the way.
 */
#pragma once
#include "base/buf.h"
#include "store/db.h"

enum { WIRE_EPOCH_DAYS = 10957 /* 2000-01-01 */, WIRE_NULL = -1 };

uint32_t wire_oid(enum db_type type);
enum db_type wire_type(uint32_t oid); /* DB_TEXT for what it does not know; numeric is DB_FLOAT8 */

void wire_u16(struct buf *out, uint16_t value);
void wire_u32(struct buf *out, uint32_t value);
void wire_u64(struct buf *out, uint64_t value);
int64_t wire_time(int64_t at_us);
/* Appends the value alone, without its length. */
void wire_value(struct buf *out, const struct db_arg *arg, struct arena *scratch);
