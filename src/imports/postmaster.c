/*
 * postmaster - Google Postmaster Tools: what its API answers, as saved by a script.
 *
 * v1: a TrafficStats object ("name": "domains/D/trafficStats/YYYYMMDD"), or the list of them ("trafficStats": [...]).
 * v2: the answer of domainStats.query ("domainStats": [{"date", "metric", "value"}]) and a domain's compliance status
 * ("complianceData"), which names no day: that of the file is taken. A field left out is a figure not told (there was
 * too little mail), not a nought.
 *
 * Source  Gmail Postmaster Tools API reference, v1 and v2.
 */
#include <math.h>

#include "imports/formats.h"
#include "imports/reading.h"

enum { LIST_MOST = 1000, IPS_SHOWN = 10, WORD_BYTES = 64 };

struct teller {
    struct import_reading *reading;
    struct import_row row; /* domain, day and part of what is told next */
    bool full;
};

static void tell(struct teller *t, str metric, str detail, double value, str said)
{
    struct postmaster_figure *f = &t->row.figure;

    f->metric = metric;
    f->detail = detail;
    f->value = value;
    f->said = said;
    t->full = !reading_tell(t->reading, &t->row) || t->full;
}

static struct teller teller_of(struct import_reading *reading, str domain, int64_t day, str part)
{
    return (struct teller){
        .reading = reading,
        .row = {.kind = IMPORT_POSTMASTER,
                .piece = reading->pieces++,
                .figure = {.domain = domain, .day = day, .part = part}},
    };
}

static bool is_said(str word)
{
    return value_word(word, WORD_BYTES) && !str_ends(word, STR("_UNSPECIFIED"));
}

/* "domains/example.org/..." */
static bool take_domain(const struct import_reading *reading, str *name, str *domain)
{
    str piece;

    if (!str_take(name, STR("domains/")))
        return false;
    if (!str_take_until(name, '/', &piece)) {
        piece = *name;
        *name = STR("");
    }
    return value_domain(piece, reading->arena, domain);
}

/* ---------------------------------------------------------------- v1 */

static const struct {
    const char *key;
    str metric;
} ratios[] = {
    {"userReportedSpamRatio", STR("spam_rate")},
    {"userReportedSpamRatioLowerBound", STR("spam_rate_low")},
    {"userReportedSpamRatioUpperBound", STR("spam_rate_high")},
    {"spfSuccessRatio", STR("spf_rate")},
    {"dkimSuccessRatio", STR("dkim_rate")},
    {"dmarcSuccessRatio", STR("dmarc_rate")},
    {"inboundEncryptionRatio", STR("inbound_tls_rate")},
    {"outboundEncryptionRatio", STR("outbound_tls_rate")},
};
enum { RATIOS = sizeof ratios / sizeof *ratios };

/* A list whose elements have a share each; false when one is out of range. */
static bool shares_are_possible(const struct json_value *list, const char *key)
{
    double share;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *value = json_get(json_at(list, i), key);
        if (value && !value_ratio(value, &share))
            return false;
    }
    return json_count(list) <= LIST_MOST;
}

static bool reputations_are_possible(const struct json_value *list)
{
    int64_t n;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *value = json_get(json_at(list, i), "ipCount");
        if (value && !value_count(value, &n))
            return false;
    }
    return json_count(list) <= LIST_MOST;
}

/* All or nothing: a document with one impossible figure is not believed in the others. */
static const char *impossible(const struct json_value *v)
{
    double share;

    for (size_t i = 0; i < RATIOS; i++) {
        const struct json_value *value = json_get(v, ratios[i].key);
        if (value && !value_ratio(value, &share))
            return "a share that is not between 0 and 1";
    }
    if (!shares_are_possible(json_get(v, "deliveryErrors"), "errorRatio") ||
        !shares_are_possible(json_get(v, "spammyFeedbackLoops"), "spamRatio"))
        return "a list with a share that is not between 0 and 1, or longer than 1000";
    return reputations_are_possible(json_get(v, "ipReputations")) ? NULL : "a count of addresses that cannot be";
}

static void tell_ratios(struct teller *t, const struct json_value *v)
{
    double share;

    for (size_t i = 0; i < RATIOS; i++)
        if (value_ratio(json_get(v, ratios[i].key), &share))
            tell(t, ratios[i].metric, STR(""), share, STR(""));
    const str word = json_get_text(v, "domainReputation");
    if (is_said(word))
        tell(t, STR("domain_reputation"), STR(""), -1, word);
}

static void tell_errors(struct teller *t, const struct json_value *list)
{
    double share;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *e = json_at(list, i);
        const str class = json_get_text(e, "errorClass"), type = json_get_text(e, "errorType");
        if (value_ratio(json_get(e, "errorRatio"), &share) && value_word(class, WORD_BYTES) &&
            value_word(type, WORD_BYTES))
            tell(t, STR("delivery_error"), arena_printf(t->reading->arena, "%.*s %.*s", STR_ARG(class), STR_ARG(type)),
                 share, STR(""));
    }
}

static void tell_loops(struct teller *t, const struct json_value *list)
{
    double share;

    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *loop = json_at(list, i);
        const str id = value_clip(json_get_text(loop, "id"), TEXT_BYTES);
        if (id.n > 0 && value_ratio(json_get(loop, "spamRatio"), &share))
            tell(t, STR("feedback_loop"), id, share, STR(""));
    }
}

static str some_addresses(struct teller *t, const struct json_value *list)
{
    str all = STR(""), ip;

    for (size_t i = 0; i < json_count(list) && i < IPS_SHOWN; i++)
        if (value_ip(json_text(json_at(list, i)), t->reading->arena, &ip))
            all = arena_printf(t->reading->arena, "%.*s%s%.*s", STR_ARG(all), all.n ? " " : "", STR_ARG(ip));
    return all;
}

static void tell_addresses(struct teller *t, const struct json_value *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *one = json_at(list, i);
        const str word = json_get_text(one, "reputation");
        int64_t n = 0;
        if (is_said(word) && (value_count(json_get(one, "ipCount"), &n) || value_count(json_get(one, "numIps"), &n)))
            tell(t, STR("ip_reputation"), word, (double)n, some_addresses(t, json_get(one, "sampleIps")));
    }
}

/* "domains/example.org/trafficStats/20260301" */
static bool take_name(const struct import_reading *reading, str name, str *domain, int64_t *day)
{
    uint64_t n;

    return take_domain(reading, &name, domain) && str_take(&name, STR("trafficStats/")) && name.n == 8 &&
           str_take_u64(&name, &n) && name.n == 0 &&
           value_day(reading, (int)(n / 10000), (int)(n / 100 % 100), (int)(n % 100), day);
}

static const char *take_traffic(struct import_reading *reading, const struct json_value *v)
{
    const char *why = impossible(v);
    const uint64_t before = reading->rows;
    str domain;
    int64_t day;

    if (!take_name(reading, json_get_text(v, "name"), &domain, &day))
        return "no domain and possible day in its name";
    if (why)
        return why;
    struct teller t = teller_of(reading, domain, day, STR("traffic"));
    tell_ratios(&t, v);
    tell_errors(&t, json_get(v, "deliveryErrors"));
    tell_loops(&t, json_get(v, "spammyFeedbackLoops"));
    tell_addresses(&t, json_get(v, "ipReputations"));
    if (t.full)
        return "too many rows (limit 200000)";
    if (reading->rows > before)
        reading_read(reading, day);
    else
        reading->counts.irrelevant++; /* Google tells nothing of days with little mail */
    return NULL;
}

/* ---------------------------------------------------------------- v2 */

static bool take_date(const struct import_reading *reading, const struct json_value *date, int64_t *day)
{
    int64_t year, month, date_of;

    return value_count(json_get(date, "year"), &year) && value_count(json_get(date, "month"), &month) &&
           value_count(json_get(date, "day"), &date_of) && year <= 9999 && month <= 12 && date_of <= 31 &&
           value_day(reading, (int)year, (int)month, (int)date_of, day);
}

/* {"intValue": "12"}, {"doubleValue": 0.1}, {"stringValue": "..."}, {"stringList": {"values": [...]}}; also a bare
 * number. */
static bool take_figure(struct import_reading *reading, const struct json_value *v, double *number, str *said)
{
    static const char *const kinds[] = {"doubleValue", "floatValue", "intValue"};
    int64_t whole;

    *said = STR("");
    if (json_number(v, number))
        return isfinite(*number);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (json_number(json_get(v, kinds[i]), number))
            return isfinite(*number);
        if (json_whole(json_get(v, kinds[i]), &whole)) {
            *number = (double)whole;
            return true;
        }
    }
    *number = -1;
    *said = value_clip(json_get_text(v, "stringValue"), TEXT_BYTES);
    if (said->n == 0)
        *said = value_list(json_get(json_get(v, "stringList"), "values"), " ", TEXT_BYTES, reading->arena);
    return said->n > 0;
}

/* Whoever asked named the metric: SPAM_RATE, spamRate and spam_rate are one. */
static str snake(struct arena *arena, str name)
{
    char *out = arena_alloc(arena, 2 * name.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        if (i > 0 && c >= 'A' && c <= 'Z' && name.p[i - 1] >= 'a' && name.p[i - 1] <= 'z')
            out[n++] = '_';
        out[n++] = str_lower_char(c);
    }
    return (str){out, n};
}

static const char *take_stat(struct import_reading *reading, const struct json_value *v)
{
    str name = json_get_text(v, "name"), domain, said;
    const str metric = snake(reading->arena, str_to(json_get_text(v, "metric"), WORD_BYTES + 1));
    double value;
    int64_t day;

    if (!take_domain(reading, &name, &domain))
        return "no domain in its name";
    if (!take_date(reading, json_get(v, "date"), &day))
        return "no possible date";
    if (!value_word(metric, WORD_BYTES) || !take_figure(reading, json_get(v, "value"), &value, &said))
        return "no metric with a value";
    if (said.n == 0 && (value < 0 || (str_ends(metric, STR("_rate")) && value > 1)))
        return "a value that cannot be";
    struct teller t = teller_of(reading, domain, day, metric);
    tell(&t, metric, STR(""), value, said);
    if (t.full)
        return "too many rows (limit 200000)";
    reading_read(reading, day);
    return NULL;
}

static str state_of(const struct json_value *verdict)
{
    const struct json_value *status = json_get(verdict, "status");
    const str nested = json_get_text(status, "status");

    return nested.n ? nested : json_text(status);
}

static void tell_requirement(struct teller *t, str requirement, const struct json_value *verdict)
{
    const str state = state_of(verdict), reason = json_get_text(verdict, "reason");

    if (!is_said(state) || !value_word(requirement, WORD_BYTES))
        return;
    tell(t, STR("compliance"), requirement, -1,
         is_said(reason) ? arena_printf(t->reading->arena, "%.*s %.*s", STR_ARG(state), STR_ARG(reason)) : state);
}

static const char *take_compliance(struct import_reading *reading, const struct json_value *data)
{
    const struct json_value *rows = json_get(data, "rowData");
    const int64_t day = clock_floor(reading->as_of_us, CLOCK_DAY) / CLOCK_DAY;
    const uint64_t before = reading->rows;
    str domain;

    if (!value_domain(json_get_text(data, "domainId"), reading->arena, &domain))
        return "no domain";
    if (json_count(rows) > LIST_MOST)
        return "more than 1000 requirements";
    struct teller t = teller_of(reading, domain, day, STR("compliance"));
    for (size_t i = 0; i < json_count(rows); i++)
        tell_requirement(&t, json_get_text(json_at(rows, i), "requirement"), json_at(rows, i));
    tell_requirement(&t, STR("ONE_CLICK_UNSUBSCRIBE"), json_get(data, "oneClickUnsubscribeVerdict"));
    tell_requirement(&t, STR("HONOR_UNSUBSCRIBE"), json_get(data, "honorUnsubscribeVerdict"));
    if (t.full)
        return "too many rows (limit 200000)";
    if (reading->rows > before)
        reading_read(reading, day);
    else
        reading->counts.irrelevant++;
    return NULL;
}

/* ---------------------------------------------------------------- a file */

static void take_list(struct import_reading *reading, const struct json_value *list,
                      const char *(*take)(struct import_reading *, const struct json_value *))
{
    for (size_t i = 0; i < json_count(list); i++) {
        const char *why = take(reading, json_at(list, i));
        if (why)
            reading_unread(reading, reading->document, why);
    }
    if (json_count(list) == 0)
        reading->counts.irrelevant++;
}

static const char *take_document(struct import_reading *reading, const struct json_value *v)
{
    const struct json_value *traffic = json_get(v, "trafficStats"), *stats = json_get(v, "domainStats");

    if (json_kind_of(traffic) == VALUE_ARRAY || json_kind_of(stats) == VALUE_ARRAY) {
        take_list(reading, traffic ? traffic : stats, traffic ? take_traffic : take_stat);
        return NULL;
    }
    if (json_get(v, "complianceData"))
        return take_compliance(reading, json_get(v, "complianceData"));
    if (json_get(v, "metric"))
        return take_stat(reading, v);
    return take_traffic(reading, v);
}

/* Keys of the API's answers, or the names of its objects. */
bool postmaster_recognise(str head)
{
    static const str keys[] = {STR("\"trafficStats\""), STR("\"domainStats\""), STR("\"complianceData\"")};

    head = str_trim(head);
    if (head.n == 0 || (head.p[0] != '{' && head.p[0] != '['))
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_find(head, keys[i]) != STR_NONE)
            return true;
    return str_find(head, STR("\"domains/")) != STR_NONE &&
           (str_find(head, STR("/trafficStats/")) != STR_NONE || str_find(head, STR("/domainStats/")) != STR_NONE);
}

bool postmaster_parse(struct import_reading *reading, struct err *err)
{
    return reading_documents(reading, take_document, err);
}
