#include "logs/entry.h"

#include <stdlib.h>

#include "base/hash.h"
#include "logs/kept.h"

enum { DELIVERED_SLOTS = 64 * 1024, PACKED_VERSION = 1 };

struct entry_state {
    struct json_value *value;
    uint64_t *delivered; /* by its own lowest bits: what was delivered lately */
};

void *entry_state_new(void)
{
    return mem_zero(1, sizeof(struct entry_state));
}

void entry_state_free(void *state)
{
    struct entry_state *s = state;

    if (s) {
        json_free(s->value);
        free(s->delivered);
    }
    free(s);
}

const struct json_value *entry_read(void *state, str text)
{
    struct entry_state *s = state;
    struct err err;

    text = str_trim(text);
    if (text.n == 0 || (text.p[0] != '{' && text.p[0] != '['))
        return NULL;
    json_free(s->value);
    s->value = json_parse(text, &err);
    return s->value;
}

static bool seconds_time(double seconds, int64_t *at_us)
{
    if (!(seconds > 0 && seconds < 1e11)) /* also refuses NaN */
        return false;
    *at_us = (int64_t)(seconds * 1e6);
    return true;
}

bool entry_time(const struct json_value *value, int64_t *at_us)
{
    str text = json_text(value);
    int64_t whole;
    double seconds;

    if (json_number(value, &seconds))
        return seconds_time(seconds, at_us);
    if (json_whole(value, &whole))
        return seconds_time((double)whole, at_us);
    return clock_take_rfc3339(&text, at_us);
}

int64_t entry_number(const struct json_value *value, int64_t unsaid, int64_t most)
{
    int64_t n;
    double d;

    if (json_whole(value, &n))
        return n >= 0 && n <= most ? n : unsaid;
    return json_number(value, &d) && d >= 0 && d <= (double)most ? (int64_t)d : unsaid;
}

str entry_address(str text)
{
    text = str_trim(text);
    const size_t open = str_rfind_char(text, '<');
    if (open == STR_NONE || text.p[text.n - 1] != '>')
        return text;
    return str_trim((str){text.p + open + 1, text.n - open - 2});
}

struct esc entry_status(str text)
{
    struct esc code = {0};

    esc_take(&text, &code);
    return code;
}

void entry_reply(struct log_event *e, str reply)
{
    str_take_nocase(&reply, STR("smtp;"));
    reply = str_skip_blanks(reply);
    e->reply = reply;
    if (logged_code(reply))
        reply = str_from(reply, 4);
    if (e->enhanced_status.class == 0)
        esc_take(&reply, &e->enhanced_status);
}

struct log_event *entry_event(struct entry *r, enum log_kind kind)
{
    struct log_event *e = log_sink_add(r->sink, &r->line, kind);

    e->instance = r->instance;
    e->endless = r->endless;
    e->queue_id = r->queue_id;
    e->stream = r->stream;
    e->message_id = r->message_id;
    e->has_sender = r->has_sender;
    e->envelope_sender = r->sender;
    e->sasl_user = r->sasl_user;
    return e;
}

void entry_queued(struct entry *r)
{
    struct log_event *e = entry_event(r, LOG_QUEUED);

    e->size_bytes = r->size_bytes;
    e->recipients = r->recipients;
}

static uint64_t *delivered_slot(struct entry_state *s, uint64_t key)
{
    if (!s->delivered)
        s->delivered = mem_zero(DELIVERED_SLOTS, sizeof *s->delivered);
    return &s->delivered[key % DELIVERED_SLOTS];
}

void entry_pack(const void *state, struct buf *out)
{
    const struct entry_state *s = state;

    kept_add_number(out, PACKED_VERSION);
    for (size_t i = 0; s->delivered && i < DELIVERED_SLOTS; i++)
        if (s->delivered[i])
            kept_add_number(out, s->delivered[i]);
}

void entry_unpack(void *state, str packed)
{
    uint64_t version, key;

    if (!kept_take_number(&packed, &version) || version != PACKED_VERSION)
        return;
    while (kept_take_number(&packed, &key))
        *delivered_slot(state, key) = key;
}

/* Whether this failure comes after a delivery. */
static bool came_back(const struct entry *r, str recipient, enum log_status status)
{
    if (!r->state || (status != STATUS_SENT && status != STATUS_BOUNCED))
        return false;
    const uint64_t key = hash64_more(hash64(r->queue_id, 0), arena_lower(r->sink->arena, recipient));
    uint64_t *slot = delivered_slot(r->state, key);
    if (status == STATUS_SENT)
        *slot = key;
    return status == STATUS_BOUNCED && *slot == key;
}

struct log_event *entry_attempt(struct entry *r, str recipient, enum log_status status, str reply)
{
    const bool returned = came_back(r, entry_address(recipient), status);
    struct log_event *e = entry_event(r, returned ? LOG_RETURNED : LOG_ATTEMPT);

    e->recipient = entry_address(recipient);
    e->status = returned ? STATUS_NONE : status;
    entry_reply(e, reply);
    if (status == STATUS_SENT)
        e->next_queue_id = reply_queue_id(reply);
    return e;
}

void entry_removed(struct entry *r)
{
    entry_event(r, LOG_REMOVED);
}

str entry_key(struct arena *arena, str id, str recipient)
{
    const uint64_t hash = hash64(arena_lower(arena, recipient), 0);

    return arena_printf(arena, "%.*s/%08x", STR_ARG(id), (unsigned)(hash & 0xffffffffu));
}
