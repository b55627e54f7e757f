#include "store/wire.h"

#include <endian.h>

#include "base/clock.h"

/* What PostgreSQL calls a type (pg_type.oid, fixed for ever), and what an array of it holds. */
static const struct {
    enum db_type type;
    uint32_t oid;
    enum db_type element; /* of an array */
} types[] = {
    {DB_INT8, 20, DB_INT8},
    {DB_INT4, 23, DB_INT4},
    {DB_INT2, 21, DB_INT2},
    {DB_BOOL, 16, DB_BOOL},
    {DB_CHAR, 18, DB_CHAR},
    {DB_TEXT, 25, DB_TEXT},
    {DB_BYTEA, 17, DB_BYTEA},
    {DB_TIME, 1184, DB_TIME},
    {DB_DATE, 1082, DB_DATE},
    {DB_FLOAT8, 701, DB_FLOAT8},
    {DB_INT8_ARRAY, 1016, DB_INT8},
    {DB_INT4_ARRAY, 1007, DB_INT4},
    {DB_INT2_ARRAY, 1005, DB_INT2},
    {DB_BOOL_ARRAY, 1000, DB_BOOL},
    {DB_CHAR_ARRAY, 1002, DB_CHAR},
    {DB_TEXT_ARRAY, 1009, DB_TEXT},
    {DB_BYTEA_ARRAY, 1001, DB_BYTEA},
    {DB_TIME_ARRAY, 1185, DB_TIME},
    {DB_DATE_ARRAY, 1182, DB_DATE},
    /* only in answers */
    {DB_INT8, 26, DB_INT8},       /* oid */
    {DB_TIME, 1114, DB_TIME},     /* timestamp: the session's zone is UTC */
    {DB_FLOAT8, 700, DB_FLOAT8},  /* float4 */
    {DB_FLOAT8, 1700, DB_FLOAT8}, /* numeric */
};
enum { TYPES = sizeof types / sizeof *types };

uint32_t wire_oid(enum db_type type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].oid;
    return 0;
}

enum db_type wire_type(uint32_t oid)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].oid == oid)
            return types[i].type;
    return DB_TEXT;
}

static enum db_type element_of(enum db_type type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].element;
    return DB_TEXT;
}

void wire_u16(struct buf *out, uint16_t value)
{
    value = htobe16(value);
    buf_add(out, (str){(const char *)&value, sizeof value});
}

void wire_u32(struct buf *out, uint32_t value)
{
    value = htobe32(value);
    buf_add(out, (str){(const char *)&value, sizeof value});
}

void wire_u64(struct buf *out, uint64_t value)
{
    value = htobe64(value);
    buf_add(out, (str){(const char *)&value, sizeof value});
}

int64_t wire_time(int64_t at_us)
{
    return at_us - WIRE_EPOCH_DAYS * CLOCK_DAY;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static void add_number(struct buf *out, enum db_type type, int64_t value)
{
    switch (type) {
    case DB_INT8:
        wire_u64(out, (uint64_t)value);
        break;
    case DB_TIME:
        wire_u64(out, (uint64_t)wire_time(value));
        break;
    case DB_INT4:
        wire_u32(out, (uint32_t)clamp(value, INT32_MIN, INT32_MAX));
        break;
    case DB_DATE:
        wire_u32(out, (uint32_t)clamp(value - WIRE_EPOCH_DAYS, INT32_MIN + 1, INT32_MAX - 1));
        break;
    case DB_INT2:
        wire_u16(out, (uint16_t)clamp(value, INT16_MIN, INT16_MAX));
        break;
    case DB_BOOL:
        buf_add_char(out, value ? 1 : 0);
        break;
    default: /* DB_CHAR */
        buf_add_char(out, (char)value);
    }
}

static void add_float(struct buf *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    wire_u64(out, bits);
}

static str text_of(enum db_type type, str s, struct arena *scratch)
{
    return type == DB_TEXT ? db_clean(s, scratch) : s;
}

/* An element with its length in front. */
static void add_element(struct buf *out, enum db_type element, const struct db_arg *arg, size_t i,
                        struct arena *scratch)
{
    static const uint32_t width[] = {
        [DB_INT8] = 8, [DB_INT4] = 4, [DB_INT2] = 2, [DB_BOOL] = 1, [DB_CHAR] = 1, [DB_TIME] = 8, [DB_DATE] = 4,
    };

    if (element == DB_TEXT || element == DB_BYTEA) {
        const str s = text_of(element, arg->texts[i], scratch);
        wire_u32(out, (uint32_t)s.n);
        buf_add(out, s);
    } else if (element == DB_TIME && arg->ints[i] == CLOCK_NONE) {
        wire_u32(out, (uint32_t)WIRE_NULL);
    } else {
        wire_u32(out, width[element]);
        add_number(out, element, arg->ints[i]);
    }
}

static bool holds_null(enum db_type element, const struct db_arg *arg)
{
    for (size_t i = 0; element == DB_TIME && i < arg->count; i++)
        if (arg->ints[i] == CLOCK_NONE)
            return true;
    return false;
}

/* array_recv(): dimensions, has-null flag, element type, then length and lower bound of each dimension. */
static void add_array(struct buf *out, const struct db_arg *arg, struct arena *scratch)
{
    const enum db_type element = element_of(arg->type);

    wire_u32(out, arg->count ? 1 : 0);
    wire_u32(out, holds_null(element, arg));
    wire_u32(out, wire_oid(element));
    if (arg->count == 0)
        return;
    wire_u32(out, (uint32_t)arg->count);
    wire_u32(out, 1);
    for (size_t i = 0; i < arg->count; i++)
        add_element(out, element, arg, i, scratch);
}

void wire_value(struct buf *out, const struct db_arg *arg, struct arena *scratch)
{
    if (arg->type >= DB_INT8_ARRAY)
        add_array(out, arg, scratch);
    else if (arg->type == DB_TEXT || arg->type == DB_BYTEA)
        buf_add(out, text_of(arg->type, arg->s, scratch));
    else if (arg->type == DB_FLOAT8)
        add_float(out, arg->d);
    else
        add_number(out, arg->type, arg->i);
}
