/*
 * json - JSON (RFC 8259) out and in; jansson reads, and this is its only door.
 *
 * Out        a writer appends to a buf and puts the commas itself; the caller pairs begin and end.
 *            Text is made valid on the way: bytes that are no UTF-8 become U+FFFD, control
 *            characters \u escapes. `for_html` also escapes < > & U+2028 U+2029, so that the
 *            result may stand inside a <script> element.
 * In         one text, one value. Accessors take NULL and answer "nothing", so that
 *            json_text(json_get(json_get(v, "mail"), "messageId")) needs no checks between.
 *
 * Ownership  json_parse() hands out a value that the caller gives to json_free(); views into it
 *            live as long. Values answered by accessors are borrowed.
 * Errors     json_parse() answers NULL with ERR_INPUT and the place. Invalid UTF-8 is mended first.
 * Limits     64 MiB a text, 64 levels. Of a key that comes twice the last one counts.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct json_out {
    struct buf *to;
    bool for_html;
    bool comma; /* the next key or value needs one in front */
};

void json_begin_object(struct json_out *out);
void json_end_object(struct json_out *out);
void json_begin_array(struct json_out *out);
void json_end_array(struct json_out *out);
void json_key(struct json_out *out, const char *key);
void json_key_str(struct json_out *out, str key);
void json_str(struct json_out *out, str value);
void json_int(struct json_out *out, int64_t value);
void json_double(struct json_out *out, double value); /* shortest that reads back the same; null for NaN and infinity */
void json_bool(struct json_out *out, bool value);
void json_none(struct json_out *out);                   /* null */
void json_str_or_none(struct json_out *out, str value); /* null for "" */
void json_time(struct json_out *out, int64_t at_us);    /* "2026-03-03T09:05:01Z"; null for CLOCK_NONE */

struct json_value;

enum json_kind { VALUE_NOTHING = 0, VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_ARRAY, VALUE_OBJECT };

struct json_value *json_parse(str text, struct err *err);
void json_free(struct json_value *value);

enum json_kind json_kind_of(const struct json_value *value); /* VALUE_NOTHING for NULL */
const struct json_value *json_get(const struct json_value *object, const char *key);
size_t json_count(const struct json_value *array); /* elements of an array, members of an object */
const struct json_value *json_at(const struct json_value *array, size_t i);
str json_text(const struct json_value *value); /* "" when it is no text */
str json_get_text(const struct json_value *object, const char *key);
bool json_number(const struct json_value *value, double *out); /* numbers only */
bool json_whole(const struct json_value *value, int64_t *out); /* a number without fraction, or a text of digits */
bool json_truth(const struct json_value *value);               /* true only for true */

/* Walks an object in its written order: at starts as NULL; false at the end. */
bool json_next(const struct json_value *object, void **at, str *key, const struct json_value **value);
