#include "cli/import_reader.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/stop.h"
#include "intake/whole.h"

enum member_type { END = 0, TEXT, COUNT, PLACE, SHARE, DAY, TIME, TRUTH };

struct member {
    const char *name;
    enum member_type type;
    size_t at; /* in its struct */
};

#define AT(type, member) offsetof(struct type, member)
static const struct member snds_day[] = {
    {"ip", TEXT, AT(snds_day, ip)},
    {"day", DAY, AT(snds_day, day)},
    {"activity_from", TIME, AT(snds_day, from_us)},
    {"activity_to", TIME, AT(snds_day, to_us)},
    {"filter_result", TEXT, AT(snds_day, filter_result)},
    {"complaint_rate", SHARE, AT(snds_day, complaint_rate)},
    {"complaint_said", TEXT, AT(snds_day, complaint_said)},
    {"trap_hits", COUNT, AT(snds_day, trap_hits)},
    {"recipients", COUNT, AT(snds_day, recipients)},
    {"rcpt_commands", COUNT, AT(snds_day, rcpt_commands)},
    {"data_commands", COUNT, AT(snds_day, data_commands)},
    {"sample_helo", TEXT, AT(snds_day, sample_helo)},
    {"sample_sender_domain", TEXT, AT(snds_day, sample_sender_domain)},
    {"comments", TEXT, AT(snds_day, comments)},
    {NULL, END, 0},
};
static const struct member snds_status[] = {
    {"first_ip", TEXT, AT(snds_status, first_ip)},
    {"last_ip", TEXT, AT(snds_status, last_ip)},
    {"day", DAY, AT(snds_status, day)},
    {"blocked", TRUTH, AT(snds_status, blocked)},
    {"details", TEXT, AT(snds_status, details)},
    {NULL, END, 0},
};
static const struct member figure[] = {
    {"domain", TEXT, AT(postmaster_figure, domain)},
    {"day", DAY, AT(postmaster_figure, day)},
    {"metric", TEXT, AT(postmaster_figure, metric)},
    {"detail", TEXT, AT(postmaster_figure, detail)},
    {"value", SHARE, AT(postmaster_figure, value)},
    {"said", TEXT, AT(postmaster_figure, said)},
    {NULL, END, 0},
};
static const struct member report[] = {
    {"organization", TEXT, AT(tls_report, organization)},
    {"report_id", TEXT, AT(tls_report, report_id)},
    {"day", DAY, AT(tls_report, day)},
    {"from", TIME, AT(tls_report, from_us)},
    {"to", TIME, AT(tls_report, to_us)},
    {NULL, END, 0},
};
static const struct member policy[] = {
    {"policy", PLACE, AT(tls_policy, policy)},
    {"policy_type", TEXT, AT(tls_policy, policy_type)},
    {"policy_domain", TEXT, AT(tls_policy, policy_domain)},
    {"successful_sessions", COUNT, AT(tls_policy, successful)},
    {"failed_sessions", COUNT, AT(tls_policy, failed)},
    {"policy_text", TEXT, AT(tls_policy, policy_text)},
    {"mx_hosts", TEXT, AT(tls_policy, mx_hosts)},
    {NULL, END, 0},
};
static const struct member failure[] = {
    {"result_type", TEXT, AT(tls_failure, result_type)},
    {"sessions", COUNT, AT(tls_failure, sessions)},
    {"sending_ip", TEXT, AT(tls_failure, sending_ip)},
    {"receiving_mx", TEXT, AT(tls_failure, receiving_mx)},
    {"receiving_helo", TEXT, AT(tls_failure, receiving_helo)},
    {"receiving_ip", TEXT, AT(tls_failure, receiving_ip)},
    {"information", TEXT, AT(tls_failure, information)},
    {"reason_code", TEXT, AT(tls_failure, reason_code)},
    {NULL, END, 0},
};

static const struct {
    const char *name;
    const struct member *members;
} kinds[] = {
    [IMPORT_SNDS_DAY] = {"snds_day", snds_day},   [IMPORT_SNDS_STATUS] = {"snds_status", snds_status},
    [IMPORT_POSTMASTER] = {"postmaster", figure}, [IMPORT_TLS_REPORT] = {"tls_report", report},
    [IMPORT_TLS_POLICY] = {"tls_policy", policy}, [IMPORT_TLS_FAILURE] = {"tls_failure", failure},
};

struct printing {
    const struct import_reader *reader;
    const struct import_format *format;
    str path;
};

/* ---------------------------------------------------------------- members */

static str date_text(const void *at, char out[CLOCK_TEXT])
{
    return str_of(clock_date_text(*(const int64_t *)at * CLOCK_DAY, out));
}

static void member_value(struct json_out *to, enum member_type type, const void *at)
{
    char date[CLOCK_TEXT];

    switch (type) {
    case TEXT:
        json_str_or_none(to, *(const str *)at);
        break;
    case COUNT:
        json_int(to, *(const int64_t *)at);
        break;
    case PLACE:
        json_int(to, *(const int *)at);
        break;
    case SHARE:
        if (*(const double *)at < 0)
            json_none(to);
        else
            json_double(to, *(const double *)at);
        break;
    case DAY:
        json_str(to, date_text(at, date));
        break;
    case TIME:
        json_time(to, *(const int64_t *)at);
        break;
    default:
        json_bool(to, *(const bool *)at);
    }
}

enum { NAME_OF_REPORT = 2, NAME_OF_POLICY = 3, ALL = 100 };

static void add_members(struct json_out *to, const struct member *member, const void *of, size_t most)
{
    for (; member->type != END && most > 0; member++, most--) {
        json_key(to, member->name);
        member_value(to, member->type, (const char *)of + member->at);
    }
}

/* A policy says whose it is, a failure of which policy: each line stands alone. */
static void add_row(struct json_out *to, const struct import_row *row)
{
    if (row->kind == IMPORT_TLS_POLICY)
        add_members(to, report, row->policy.report, NAME_OF_REPORT);
    if (row->kind == IMPORT_TLS_FAILURE) {
        add_members(to, report, row->failure.policy->report, NAME_OF_REPORT);
        add_members(to, policy, row->failure.policy, NAME_OF_POLICY);
    }
    add_members(to, kinds[row->kind].members, &row->snds_day, ALL); /* a union: all its members begin there */
}

/* ---------------------------------------------------------------- a row */

static void print_json(const struct printing *p, const struct import_row *row)
{
    struct out *out = p->reader->out;
    struct json_out to = {.to = &out->buf};

    json_begin_object(&to);
    json_key(&to, "source");
    json_str(&to, p->path);
    json_key(&to, "kind");
    json_str(&to, str_of(kinds[row->kind].name));
    json_key(&to, "format");
    json_str(&to, str_of(p->format->name));
    add_row(&to, row);
    json_end_object(&to);
    buf_add_char(&out->buf, '\n');
}

static bool has_something(enum member_type type, const void *at)
{
    return type == TEXT ? ((const str *)at)->n > 0 : type != SHARE || *(const double *)at >= 0;
}

static void print_members(struct out *out, const struct member *member, const void *of)
{
    struct buf value = {0};

    for (; member->type != END; member++) {
        const void *at = (const char *)of + member->at;
        if (!has_something(member->type, at))
            continue;
        struct json_out to = {.to = &value};
        buf_clear(&value);
        member_value(&to, member->type, at);
        out_printf(out, " %s=", member->name);
        out_show(out, buf_str(&value));
    }
    buf_free(&value);
}

static void print_text(const struct printing *p, const struct import_row *row)
{
    struct out *out = p->reader->out;

    out_show(out, p->path);
    out_printf(out, ": %s", kinds[row->kind].name);
    print_members(out, kinds[row->kind].members, &row->snds_day);
    out_add(out, STR("\n"));
}

static void print_row(void *self, const struct import_row *row)
{
    const struct printing *p = self;

    if (p->reader->json)
        print_json(p, row);
    else
        print_text(p, row);
    out_line_done(p->reader->out);
}

static void print_unread(void *self, uint64_t offset, str sample, const char *why)
{
    const struct printing *p = self;
    struct out *out = p->reader->out;
    struct json_out to = {.to = &out->buf};

    if (!p->reader->show_unread)
        return;
    if (!p->reader->json) {
        out_show(out, p->path);
        out_printf(out, ": unread at byte %llu: %s: ", (unsigned long long)offset, why);
        out_show(out, str_trim(sample));
        out_add(out, STR("\n"));
    } else {
        json_begin_object(&to);
        json_key(&to, "source");
        json_str(&to, p->path);
        json_key(&to, "kind");
        json_str(&to, STR("unread"));
        json_key(&to, "format");
        json_str(&to, str_of(p->format->name));
        json_key(&to, "offset");
        json_int(&to, (int64_t)offset);
        json_key(&to, "why");
        json_str(&to, str_of(why));
        json_key(&to, "line");
        json_str(&to, str_trim(sample));
        json_end_object(&to);
        buf_add_char(&out->buf, '\n');
    }
    out_line_done(out);
}

/* ---------------------------------------------------------------- a file */

bool import_reader_read(const struct import_reader *reader, struct input *in, const struct import_format *format,
                        struct import_counts *counts, struct err *err)
{
    struct printing printing = {reader, format, str_of(input_path(in))};
    struct zone *zone = reader->zone ? zone_new(reader->zone) : NULL;
    const int64_t now_us = clock_now_us(), modified_us = input_modified_us(in);
    struct arena *arena = arena_new();
    struct buf text = {0};
    bool ok = input_whole(in, IMPORT_BYTES_MAX, &text, err);
    struct import_reading reading = {
        .text = buf_str(&text),
        .now_us = now_us,
        .as_of_us = modified_us != CLOCK_NONE && modified_us > 0 && modified_us < now_us ? modified_us : now_us,
        .zone = zone,
        .arena = arena,
        .row = print_row,
        .unread = print_unread,
        .self = &printing,
    };

    ok = ok && import_read(format, &reading, err) && stop_check(err);
    *counts = reading.counts;
    zone_free(zone);
    arena_free(arena);
    buf_free(&text);
    return ok;
}
