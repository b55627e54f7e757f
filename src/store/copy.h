/*
 * copy - rows in PostgreSQL's binary COPY format, built in one buffer and sent in 64 KiB pieces.
 *
 * Ownership  a copier begins as {0}, serves one COPY after the other and keeps its buffer until copy_free();
 *            it borrows the db between copy_begin() and copy_end().
 * Errors     told by copy_row() when a piece is sent, and by copy_end().
 */
#pragma once
#include "store/db.h"

struct copier {
    struct db *db;
    char *buffer;
    size_t used;
    size_t room;
    uint64_t rows;
};

bool copy_begin(struct copier *copier, struct db *db, const char *query, struct err *err);
bool copy_row(struct copier *copier, uint16_t columns, struct err *err); /* starts a row; its columns follow */
void copy_int8(struct copier *copier, int64_t value);
void copy_int4(struct copier *copier, int32_t value);
void copy_int2(struct copier *copier, int16_t value);
void copy_char(struct copier *copier, char value);
void copy_time(struct copier *copier, int64_t at_us);
void copy_date(struct copier *copier, int64_t days); /* since 1970 */
void copy_text(struct copier *copier, str value);    /* at most 8 KiB; the caller cleaned it */
void copy_null(struct copier *copier);
bool copy_end(struct copier *copier, struct err *err);
void copy_free(struct copier *copier);
