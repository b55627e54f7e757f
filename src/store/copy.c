#include "store/copy.h"

#include <endian.h>
#include <stdlib.h>

#include "store/wire.h"

enum { PIECE_BYTES = 64 * 1024, TEXT_MOST = 8 * 1024, END_OF_ROWS = 0xffff };

static char *reserve(struct copier *copier, size_t more)
{
    if (copier->room < copier->used + more) {
        copier->room = (copier->used + more) * 3 / 2;
        copier->buffer = mem_grow(copier->buffer, copier->room);
    }
    char *at = copier->buffer + copier->used;
    copier->used += more;
    return at;
}

static void add_u16(struct copier *copier, uint16_t value)
{
    value = htobe16(value);
    memcpy(reserve(copier, sizeof value), &value, sizeof value);
}

static void add_u32(struct copier *copier, uint32_t value)
{
    value = htobe32(value);
    memcpy(reserve(copier, sizeof value), &value, sizeof value);
}

static bool send_piece(struct copier *copier, struct err *err)
{
    const str piece = {copier->buffer, copier->used};

    copier->used = 0;
    return db_copy_put(copier->db, piece, err);
}

/* File header: signature, flags, length of the extension (PostgreSQL manual, "COPY", Binary Format). */
bool copy_begin(struct copier *copier, struct db *db, const char *query, struct err *err)
{
    static const char signature[] = "PGCOPY\n\377\r\n"; /* its last byte is the literal's NUL */

    copier->db = db;
    copier->used = 0;
    copier->rows = 0;
    memcpy(reserve(copier, PIECE_BYTES + TEXT_MOST), signature, sizeof signature);
    copier->used = sizeof signature;
    add_u32(copier, 0);
    add_u32(copier, 0);
    return db_copy_begin(db, query, err);
}

bool copy_row(struct copier *copier, uint16_t columns, struct err *err)
{
    if (copier->used >= PIECE_BYTES && !send_piece(copier, err))
        return false;
    add_u16(copier, columns);
    copier->rows++;
    return true;
}

void copy_int8(struct copier *copier, int64_t value)
{
    const uint32_t length = htobe32(8);
    const uint64_t bits = htobe64((uint64_t)value);
    char *at = reserve(copier, 12);

    memcpy(at, &length, 4);
    memcpy(at + 4, &bits, 8);
}

void copy_int4(struct copier *copier, int32_t value)
{
    const uint32_t words[2] = {htobe32(4), htobe32((uint32_t)value)};

    memcpy(reserve(copier, sizeof words), words, sizeof words);
}

void copy_int2(struct copier *copier, int16_t value)
{
    add_u32(copier, 2);
    add_u16(copier, (uint16_t)value);
}

void copy_char(struct copier *copier, char value)
{
    add_u32(copier, 1);
    *reserve(copier, 1) = value;
}

void copy_time(struct copier *copier, int64_t at_us)
{
    copy_int8(copier, wire_time(at_us));
}

void copy_date(struct copier *copier, int64_t days)
{
    copy_int4(copier, (int32_t)(days - WIRE_EPOCH_DAYS));
}

/* Cut in front of a character, never inside one. */
static str cut(str value)
{
    size_t n = TEXT_MOST;

    if (value.n <= TEXT_MOST)
        return value;
    while (n > 0 && (value.p[n] & 0xc0) == 0x80)
        n--;
    return str_to(value, n);
}

void copy_text(struct copier *copier, str value)
{
    const str kept = cut(value);

    add_u32(copier, (uint32_t)kept.n);
    if (kept.n)
        memcpy(reserve(copier, kept.n), kept.p, kept.n);
}

void copy_null(struct copier *copier)
{
    add_u32(copier, (uint32_t)WIRE_NULL);
}

bool copy_end(struct copier *copier, struct err *err)
{
    add_u16(copier, END_OF_ROWS);
    return send_piece(copier, err) && db_copy_end(copier->db, err);
}

void copy_free(struct copier *copier)
{
    free(copier->buffer);
    copier->buffer = NULL;
    copier->used = copier->room = 0;
}
