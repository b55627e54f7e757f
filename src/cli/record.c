#include "cli/record.h"

#include "model/address.h"

/* ---------------------------------------------------------------- from a returned mail */

static str provider_id(const struct classifier *classifier, str remote_host, str recipient)
{
    return provider_of(classifier_providers(classifier), returned_mta_host(remote_host), address_domain(recipient))->id;
}

static void take_category(struct record *r, str id)
{
    const struct category *category = classify_category(id);

    r->category = id;
    r->severity = category ? category->severity : STR("none");
    r->fault = category ? category->fault : STR("unknown");
}

static void take_verdict(struct record *r, const struct verdict *verdict)
{
    r->category = verdict->category;
    r->severity = verdict->severity;
    r->fault = verdict->fault;
    r->rule = verdict->rule;
    r->blocklist = verdict->blocklist;
    r->listed_item = verdict->listed_item;
    if (r->enhanced_status.class == 0)
        r->enhanced_status = verdict->enhanced_status;
    if (r->reply_code == 0)
        r->reply_code = verdict->reply_code;
    if (r->phase == PHASE_NONE)
        r->phase = verdict->phase;
}

static void judge_item(struct record *r, struct classifier *classifier, const struct returned_item *item)
{
    const bool failed = item->kind == RETURNED_BOUNCE;
    const struct classify_input in = {
        .text = item->diagnostic,
        .reply_code = item->reply_code,
        .enhanced_status = item->enhanced_status,
        .phase = item->phase,
        .provider = r->provider,
        .recipient = item->recipient,
        .expired = returned_gave_up(item),
    };
    struct verdict verdict;

    if (item->category.n > 0) {
        take_category(r, item->category);
    } else if (failed || item->kind == RETURNED_DEFERRAL) {
        classify_text(classifier, &in, &verdict);
        take_verdict(r, &verdict);
    }
    if (item->kind == RETURNED_DEFERRAL)
        r->severity = STR("soft");
}

struct record record_of_item(struct classifier *classifier, str source, const struct returned *mail,
                             const struct returned_item *item)
{
    struct record r = {
        .source = source,
        .kind = returned_kind_name(item->kind),
        .recipient = item->recipient,
        .original_recipient = item->original_recipient,
        .severity = STR("none"),
        .fault = STR("none"),
        .action = item->action,
        .enhanced_status = item->enhanced_status,
        .reply_code = item->reply_code,
        .diagnostic = item->diagnostic,
        .phase = item->phase,
        .reporting_mta = item->reporting_mta,
        .remote_mta = item->remote_mta,
        .has_sender = mail->envelope_sender.n > 0,
        .envelope_sender = mail->envelope_sender,
        .envelope_id = mail->envelope_id,
        .message_id = mail->message_id,
        .queue_id = mail->queue_id,
        .feedback_type = item->feedback_type,
        .decoded_by = str_of(mail->decoded_by),
        .occurred_at_us = item->occurred_at_us == CLOCK_NONE ? mail->date_us : item->occurred_at_us,
    };

    r.provider = provider_id(classifier, item->remote_mta, item->recipient);
    judge_item(&r, classifier, item);
    return r;
}

struct record record_of_nothing(str source)
{
    return (struct record){
        .source = source,
        .kind = returned_kind_name(RETURNED_OTHER),
        .severity = STR("none"),
        .fault = STR("none"),
        .occurred_at_us = CLOCK_NONE,
    };
}

/* ---------------------------------------------------------------- from a log */

static const char *event_kind(const struct log_event *e)
{
    static const char *const of_status[] = {
        [STATUS_NONE] = "other",     [STATUS_SENT] = "delivered", [STATUS_DEFERRED] = "deferral",
        [STATUS_BOUNCED] = "bounce", [STATUS_EXPIRED] = "bounce", [STATUS_SUPPRESSED] = "bounce",
    };

    if (e->kind == LOG_ATTEMPT)
        return of_status[e->status];
    if (e->kind == LOG_RETURNED)
        return e->feedback_type.n > 0 ? "complaint" : "bounce";
    return "other";
}

/* The action of RFC 3464 2.3.3 that a DSN of this attempt would carry. */
static str event_action(const struct log_event *e)
{
    if (e->kind == LOG_RETURNED && e->feedback_type.n == 0)
        return STR("failed");
    if (e->kind != LOG_ATTEMPT || e->status == STATUS_NONE)
        return (str){"", 0};
    if (e->status == STATUS_DEFERRED)
        return STR("delayed");
    return e->status == STATUS_SENT ? STR("delivered") : STR("failed");
}

static int leading_code(str reply)
{
    uint64_t code;
    str rest = reply;

    return str_take_u64(&rest, &code) && reply.n - rest.n == 3 && code >= 200 && code < 600 ? (int)code : 0;
}

static void judge_event(struct record *r, struct classifier *classifier, const struct log_event *e)
{
    const struct classify_input in = {
        .text = e->reply,
        .enhanced_status = e->enhanced_status,
        .phase = e->phase,
        .provider = r->provider,
        .recipient = e->recipient,
        .expired = e->status == STATUS_EXPIRED,
    };
    struct verdict verdict;

    if (e->kind == LOG_RETURNED && e->feedback_type.n > 0) {
        take_category(r, STR("complaint"));
    } else if (e->status == STATUS_SUPPRESSED) {
        take_category(r, STR("suppressed"));
    } else if (e->status == STATUS_SENT) {
        r->reply_code = leading_code(e->reply);
    } else if (e->kind == LOG_ATTEMPT || e->kind == LOG_REJECTED || e->kind == LOG_RETURNED) {
        classify_text(classifier, &in, &verdict);
        take_verdict(r, &verdict);
    }
    if (e->status == STATUS_DEFERRED || e->temporary)
        r->severity = STR("soft");
}

struct record record_of_event(struct classifier *classifier, str source, const char *format, const struct log_event *e)
{
    struct record r = {
        .source = source,
        .kind = event_kind(e),
        .recipient = e->recipient,
        .original_recipient = e->original_recipient,
        .severity = STR("none"),
        .fault = STR("none"),
        .action = event_action(e),
        .enhanced_status = e->enhanced_status,
        .diagnostic = e->reply,
        .phase = e->phase,
        .reporting_mta = e->host,
        .remote_mta = e->remote_host,
        .has_sender = e->has_sender,
        .envelope_sender = e->envelope_sender,
        .message_id = e->message_id,
        .queue_id = e->queue_id,
        .feedback_type = e->feedback_type,
        .decoded_by = str_of(format),
        .occurred_at_us = e->at_us,
    };

    r.provider = provider_id(classifier, e->remote_host, e->recipient);
    judge_event(&r, classifier, e);
    return r;
}

/* ---------------------------------------------------------------- out */

static void member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void number_member(struct json_out *to, const char *key, int value)
{
    json_key(to, key);
    if (value > 0)
        json_int(to, value);
    else
        json_none(to);
}

void record_members(struct json_out *to, const struct record *r)
{
    char status[ESC_TEXT];

    member(to, "source", r->source);
    member(to, "recipient", r->recipient);
    member(to, "original_recipient", r->original_recipient);
    member(to, "kind", str_of(r->kind));
    member(to, "category", r->category);
    member(to, "severity", r->severity);
    member(to, "fault", r->fault);
    member(to, "action", r->action);
    member(to, "enhanced_status", str_of(esc_text(r->enhanced_status, status)));
    number_member(to, "reply_code", r->reply_code);
    member(to, "diagnostic", r->diagnostic);
    member(to, "phase", str_of(phase_name(r->phase)));
    member(to, "reporting_mta", r->reporting_mta);
    member(to, "remote_mta", r->remote_mta);
    member(to, "provider", str_eq(r->provider, STR("other")) ? (str){"", 0} : r->provider);
    member(to, "blocklist", r->blocklist);
    member(to, "listed_item", r->listed_item);
    json_key(to, "envelope_sender");
    if (r->has_sender)
        json_str(to, r->envelope_sender);
    else
        json_none(to);
    member(to, "envelope_id", r->envelope_id);
    member(to, "message_id", r->message_id);
    member(to, "queue_id", r->queue_id);
    member(to, "feedback_type", r->feedback_type);
    member(to, "rule", r->rule);
    member(to, "decoded_by", r->decoded_by);
    json_key(to, "occurred_at");
    json_time(to, r->occurred_at_us);
    member(to, "evidence", (str){"", 0}); /* a grade needs our own logs: the database */
}

void record_json(struct out *out, const struct record *record)
{
    struct json_out to = {.to = &out->buf};

    json_begin_object(&to);
    record_members(&to, record);
    json_end_object(&to);
    buf_add_char(&out->buf, '\n');
    out_line_done(out);
}

static enum colour colour_of(const struct record *r)
{
    if (strcmp(r->kind, "delivered") == 0)
        return COLOUR_GOOD;
    if (str_eq(r->severity, STR("hard")) || strcmp(r->kind, "complaint") == 0)
        return COLOUR_BAD;
    return str_eq(r->severity, STR("soft")) ? COLOUR_WARN : COLOUR_FAINT;
}

/* "ann@example.org: bounce, invalid_recipient (hard, fault of the address): 550 5.1.1 User unknown" */
void record_text(struct out *out, str lead, const struct record *r)
{
    out_show(out, lead);
    out_add(out, STR(": "));
    if (r->recipient.n > 0) {
        out_show(out, r->recipient);
        out_add(out, STR(": "));
    }
    out_printf(out, "%s%s%s", out_colour(out, colour_of(r)), r->kind, out_colour(out, COLOUR_NONE));
    if (r->category.n > 0)
        out_printf(out, ", %.*s (%.*s, fault: %.*s)", STR_ARG(r->category), STR_ARG(r->severity), STR_ARG(r->fault));
    if (r->diagnostic.n > 0) {
        out_add(out, STR(": "));
        out_show(out, r->diagnostic);
    }
    out_add(out, STR("\n"));
    out_line_done(out);
}
