/*
 * record - one recipient's fate as people and programs get to see it: `classify` and `parse`.
 *
 * Ownership  views into the mail's or line's arena and the classifier; valid as long as both.
 */
#pragma once
#include "base/clock.h"
#include "base/json.h"
#include "classify/classify.h"
#include "cli/out.h"
#include "model/log_event.h"
#include "model/returned.h"

struct record {
    str source; /* the path as given */
    const char *kind;
    str recipient, original_recipient;
    str category, severity, fault;
    str action;
    struct esc enhanced_status;
    int reply_code;
    str diagnostic;
    enum phase phase;
    str reporting_mta, remote_mta;
    str provider, blocklist, listed_item;
    bool has_sender; /* "" is then the null sender */
    str envelope_sender, envelope_id, message_id, queue_id;
    str feedback_type, rule, decoded_by;
    int64_t occurred_at_us;
};

/* An item of a returned mail, judged. */
struct record record_of_item(struct classifier *classifier, str source, const struct returned *mail,
                             const struct returned_item *item);
/* What a log line says; judged when it tells of a failure (LOG_ATTEMPT, LOG_RETURNED) or refusal (LOG_REJECTED). */
struct record record_of_event(struct classifier *classifier, str source, const char *format,
                              const struct log_event *event);
/* A mail that says nothing of a delivery, not even enough to be read. */
struct record record_of_nothing(str source);

/* The members of INTERFACE.md, all of them; between json_begin_object() and json_end_object(). */
void record_members(struct json_out *to, const struct record *record);
/* One line of JSON, or one for people that begins with lead: a path, or a time. */
void record_json(struct out *out, const struct record *record);
void record_text(struct out *out, str lead, const struct record *record);
