/*
 * tlsrpt - SMTP TLS reports (RFC 8460): what others met who wanted to send mail to our domains over TLS.
 *
 * A report is one JSON document, usually packed (.json.gz); its name is its organization and its report-id. Its
 * policies are those of our domains (MTA-STS, DANE, or none found), each with sessions that went well or failed, and
 * why.
 *
 * Source  RFC 8460 4.4 (the schema), 4.3 (result types).
 */
#include "imports/formats.h"
#include "imports/reading.h"

enum { POLICIES_MOST = 1000, FAILURES_MOST = 10000, WORD_BYTES = 64, PERIOD_DAYS_MOST = 366 };

/* ---------------------------------------------------------------- failures */

/* An address as it is, in its shortest form where it is one: some reporters write names here. */
static str address_of(const struct import_reading *reading, str text)
{
    str ip;

    return value_ip(text, reading->arena, &ip) ? ip : value_clip(text, TEXT_BYTES);
}

static const char *tell_failure(struct import_reading *reading, const struct tls_policy *policy,
                                const struct json_value *v, int place)
{
    struct import_row row = {.kind = IMPORT_TLS_FAILURE, .piece = reading->pieces};
    struct tls_failure *f = &row.failure;

    *f = (struct tls_failure){
        .policy = policy,
        .failure = place,
        .result_type = json_get_text(v, "result-type"),
        .sending_ip = address_of(reading, json_get_text(v, "sending-mta-ip")),
        .receiving_mx = value_clip(json_get_text(v, "receiving-mx-hostname"), TEXT_BYTES),
        .receiving_helo = value_clip(json_get_text(v, "receiving-mx-helo"), TEXT_BYTES),
        .receiving_ip = address_of(reading, json_get_text(v, "receiving-ip")),
        .information = value_clip(json_get_text(v, "additional-information"), LONG_BYTES),
        .reason_code = value_clip(json_get_text(v, "failure-reason-code"), LONG_BYTES),
    };
    if (!value_word(f->result_type, WORD_BYTES))
        return "a failure without its type";
    if (!value_count(json_get(v, "failed-session-count"), &f->sessions))
        return "a failure without a possible count of sessions";
    return reading_tell(reading, &row) ? NULL : "too many rows (limit 200000)";
}

static const char *tell_failures(struct import_reading *reading, const struct tls_policy *policy,
                                 const struct json_value *list)
{
    if (json_count(list) > FAILURES_MOST)
        return "more than 10000 failures";
    for (size_t i = 0; i < json_count(list); i++) {
        const char *why = tell_failure(reading, policy, json_at(list, i), (int)i);
        if (why)
            return why;
    }
    return NULL;
}

/* ---------------------------------------------------------------- policies */

static bool take_counts(const struct json_value *summary, struct tls_policy *policy)
{
    return value_count(json_get(summary, "total-successful-session-count"), &policy->successful) &&
           value_count(json_get(summary, "total-failure-session-count"), &policy->failed);
}

static const char *tell_policy(struct import_reading *reading, const struct tls_report *report,
                               const struct json_value *v, int place)
{
    const struct json_value *policy = json_get(v, "policy");
    struct import_row row = {.kind = IMPORT_TLS_POLICY, .piece = reading->pieces};
    struct tls_policy *p = &row.policy;

    *p = (struct tls_policy){
        .report = report,
        .policy = place,
        .policy_type = json_get_text(policy, "policy-type"),
        .policy_text = value_list(json_get(policy, "policy-string"), "; ", LONG_BYTES, reading->arena),
        .mx_hosts = value_list(json_get(policy, "mx-host"), "; ", LONG_BYTES, reading->arena),
    };
    if (!value_word(p->policy_type, WORD_BYTES))
        return "a policy without its type";
    if (!value_domain(json_get_text(policy, "policy-domain"), reading->arena, &p->policy_domain))
        return "a policy without its domain";
    if (!take_counts(json_get(v, "summary"), p))
        return "a policy without possible counts of sessions";
    if (!reading_tell(reading, &row))
        return "too many rows (limit 200000)";
    return tell_failures(reading, p, json_get(v, "failure-details"));
}

/* ---------------------------------------------------------------- a report */

static bool take_time(const struct import_reading *reading, str text, int64_t *at_us)
{
    return clock_take_rfc3339(&text, at_us) && text.n == 0 && value_possible(reading, *at_us);
}

static const char *take_head(const struct import_reading *reading, const struct json_value *v,
                             struct tls_report *report)
{
    const struct json_value *range = json_get(v, "date-range");

    report->organization = value_clip(json_get_text(v, "organization-name"), TEXT_BYTES);
    report->report_id = value_clip(json_get_text(v, "report-id"), TEXT_BYTES);
    if (report->organization.n == 0 || report->report_id.n == 0)
        return "no organization-name and report-id";
    if (!take_time(reading, json_get_text(range, "start-datetime"), &report->from_us) ||
        !take_time(reading, json_get_text(range, "end-datetime"), &report->to_us))
        return "no possible date-range";
    if (report->to_us < report->from_us || report->to_us - report->from_us > PERIOD_DAYS_MOST * CLOCK_DAY)
        return "its period ends before it starts, or is longer than a year";
    report->day = clock_floor(report->from_us, CLOCK_DAY) / CLOCK_DAY;
    return NULL;
}

/* A first pass with nobody listening: a report of which one piece would not read is not told in part. */
static const char *tell_policies(struct import_reading *reading, const struct tls_report *report,
                                 const struct json_value *policies)
{
    if (json_kind_of(policies) != VALUE_ARRAY || json_count(policies) > POLICIES_MOST)
        return "no list of policies, or more than 1000";
    for (size_t i = 0; i < json_count(policies); i++) {
        const char *why = tell_policy(reading, report, json_at(policies, i), (int)i);
        if (why)
            return why;
    }
    return NULL;
}

static void nobody(void *self, const struct import_row *row)
{
    (void)self;
    (void)row;
}

static const char *rehearse(struct import_reading *reading, const struct tls_report *report,
                            const struct json_value *policies)
{
    struct import_reading alone = *reading;

    alone.row = nobody;
    alone.rows++; /* the report itself */
    return tell_policies(&alone, report, policies);
}

static const char *take_report(struct import_reading *reading, const struct json_value *v)
{
    struct import_row row = {.kind = IMPORT_TLS_REPORT, .piece = reading->pieces};
    const struct json_value *policies = json_get(v, "policies");
    const char *why = take_head(reading, v, &row.report);

    if (!why)
        why = rehearse(reading, &row.report, policies);
    if (why)
        return why;
    if (!reading_tell(reading, &row))
        return "too many rows (limit 200000)";
    tell_policies(reading, &row.report, policies);
    reading->pieces++;
    reading_read(reading, row.report.day);
    return NULL;
}

bool tlsrpt_recognise(str head)
{
    head = str_trim(head);
    return head.n > 0 && (head.p[0] == '{' || head.p[0] == '[') &&
           str_find(head, STR("\"organization-name\"")) != STR_NONE &&
           (str_find(head, STR("\"date-range\"")) != STR_NONE || str_find(head, STR("\"report-id\"")) != STR_NONE);
}

bool tlsrpt_parse(struct import_reading *reading, struct err *err)
{
    return reading_documents(reading, take_report, err);
}
