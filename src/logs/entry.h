/*
 * entry - what formats share that write one JSON value a line: relays that log JSON, and the
 * events that sending services post.
 *
 * Such a record tells a whole life or a piece of it. It becomes events in the order in which
 * correlate/ wants them: LOG_QUEUED with sender and size, LOG_ATTEMPT, and LOG_REMOVED when the
 * record says that nothing is left to be done.
 *
 * Ownership  the parsed value belongs to the state and lives until the next line; events are views of it.
 */
#pragma once
#include "base/clock.h"
#include "base/json.h"
#include "logs/parsers.h"
#include "logs/replies.h"

void *entry_state_new(void);
void entry_state_free(void *state);
/* What was delivered lately: see entry.state. */
void entry_pack(const void *state, struct buf *out);
void entry_unpack(void *state, str packed);
/* The value of a line; NULL when it is no JSON object or array. */
const struct json_value *entry_read(void *state, str text);
/* Unix seconds (a number, or a text of one) or RFC 3339; false when it is neither. */
bool entry_time(const struct json_value *value, int64_t *at_us);
/* json_whole() within a range; otherwise `unsaid`. */
int64_t entry_number(const struct json_value *value, int64_t unsaid, int64_t most);
/* The address of "Name <a@b>" or "a@b". */
str entry_address(str text);
/* "5.1.1" or 511 written with dots elsewhere: the code a text begins with. */
struct esc entry_status(str text);
/* Enhanced status of a reply "550 5.1.1 text" that has one. */
void entry_reply(struct log_event *e, str reply);

/* A queue id for services whose id all recipients share: the id and a hash of the recipient, which must not show in it.
 */
str entry_key(struct arena *arena, str id, str recipient);

/* One record on its way to events: what all of them have in common. */
struct entry {
    struct log_sink *sink;
    void *state; /* set: a bounce behind a delivery of the same message is LOG_RETURNED; some tell both alike */
    struct log_line line; /* with the record's own time */
    str instance;
    bool endless; /* as in struct log_event */
    str queue_id;
    bool has_sender;
    str sender;
    str message_id, stream, sasl_user;
    int64_t size_bytes;
    int32_t recipients;
};

struct log_event *entry_event(struct entry *r, enum log_kind kind);
/* LOG_QUEUED: sender, size, recipients. */
void entry_queued(struct entry *r);
struct log_event *entry_attempt(struct entry *r, str recipient, enum log_status status, str reply);
void entry_removed(struct entry *r);
