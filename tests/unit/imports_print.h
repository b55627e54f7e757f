/* Rows of an import as text, one a line: what the .expect files hold. */
#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "imports/imports.h"

static const char *print_day(int64_t day, char out[CLOCK_TEXT])
{
    return clock_date_text(day * CLOCK_DAY, out);
}

static void print_period(struct buf *to, int64_t day, int64_t from_us, int64_t to_us)
{
    char a[CLOCK_TEXT], b[CLOCK_TEXT], c[CLOCK_TEXT];

    buf_printf(to, " %s %s..%s", print_day(day, a), clock_text(from_us, b), clock_text(to_us, c));
}

static void print_snds_day(struct buf *to, const struct snds_day *d)
{
    buf_printf(to, " %.*s", STR_ARG(d->ip));
    print_period(to, d->day, d->from_us, d->to_us);
    buf_printf(to, " rcpt %lld data %lld recipients %lld %.*s \"%.*s\" %g traps %lld helo %.*s sender %.*s \"%.*s\"",
               (long long)d->rcpt_commands, (long long)d->data_commands, (long long)d->recipients,
               STR_ARG(d->filter_result), STR_ARG(d->complaint_said), d->complaint_rate, (long long)d->trap_hits,
               STR_ARG(d->sample_helo), STR_ARG(d->sample_sender_domain), STR_ARG(d->comments));
}

static void print_snds_status(struct buf *to, const struct snds_status *d)
{
    char day[CLOCK_TEXT];

    buf_printf(to, " %.*s..%.*s %s %s \"%.*s\"", STR_ARG(d->first_ip), STR_ARG(d->last_ip), print_day(d->day, day),
               d->blocked ? "blocked" : "open", STR_ARG(d->details));
}

static void print_figure(struct buf *to, const struct postmaster_figure *f)
{
    char day[CLOCK_TEXT];

    buf_printf(to, " %.*s %s %.*s %.*s \"%.*s\" %g \"%.*s\"", STR_ARG(f->domain), print_day(f->day, day),
               STR_ARG(f->part), STR_ARG(f->metric), STR_ARG(f->detail), f->value, STR_ARG(f->said));
}

static void print_policy(struct buf *to, const struct tls_policy *p)
{
    buf_printf(to, " %d %.*s %.*s \"%.*s\" \"%.*s\" %lld %lld", p->policy, STR_ARG(p->policy_type),
               STR_ARG(p->policy_domain), STR_ARG(p->policy_text), STR_ARG(p->mx_hosts), (long long)p->successful,
               (long long)p->failed);
}

static void print_failure(struct buf *to, const struct tls_failure *f)
{
    buf_printf(to, " %d %d %.*s %.*s \"%.*s\" \"%.*s\" \"%.*s\" %lld \"%.*s\" \"%.*s\"", f->policy->policy, f->failure,
               STR_ARG(f->result_type), STR_ARG(f->sending_ip), STR_ARG(f->receiving_mx), STR_ARG(f->receiving_helo),
               STR_ARG(f->receiving_ip), (long long)f->sessions, STR_ARG(f->information), STR_ARG(f->reason_code));
}

static void print_report(struct buf *to, const struct tls_report *r)
{
    buf_printf(to, " \"%.*s\" \"%.*s\"", STR_ARG(r->organization), STR_ARG(r->report_id));
    print_period(to, r->day, r->from_us, r->to_us);
}

static void print_import_row(struct buf *to, const struct import_row *row)
{
    static const char *const kinds[] = {
        [IMPORT_SNDS_DAY] = "snds_day",     [IMPORT_SNDS_STATUS] = "snds_status", [IMPORT_POSTMASTER] = "postmaster",
        [IMPORT_TLS_REPORT] = "tls_report", [IMPORT_TLS_POLICY] = "tls_policy",   [IMPORT_TLS_FAILURE] = "tls_failure",
    };

    buf_printf(to, "%s %d", kinds[row->kind], row->piece);
    switch (row->kind) {
    case IMPORT_SNDS_DAY: print_snds_day(to, &row->snds_day); break;
    case IMPORT_SNDS_STATUS: print_snds_status(to, &row->snds_status); break;
    case IMPORT_POSTMASTER: print_figure(to, &row->figure); break;
    case IMPORT_TLS_REPORT: print_report(to, &row->report); break;
    case IMPORT_TLS_POLICY: print_policy(to, &row->policy); break;
    case IMPORT_TLS_FAILURE: print_failure(to, &row->failure); break;
    }
    buf_add_char(to, '\n');
}
