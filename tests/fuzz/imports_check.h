/* Reads any bytes as one import format: no crash; rows speak of possible days and counts; nothing is read without being
 * told. */
#pragma once
#include <stdlib.h>

#include "base/clock.h"
#include "imports/imports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    volatile unsigned sum;
    uint64_t rows;
};

static void touch(struct seen *seen, str s)
{
    for (size_t i = 0; i < s.n; i++)
        seen->sum += (unsigned char)s.p[i];
}

static void must_hold(bool truth)
{
    if (!truth)
        abort();
}

static void check_failure(struct seen *seen, const struct tls_failure *f)
{
    must_hold(f->sessions >= 0 && f->policy && f->policy->report);
    touch(seen, f->result_type);
    touch(seen, f->sending_ip);
    touch(seen, f->receiving_mx);
    touch(seen, f->receiving_helo);
    touch(seen, f->receiving_ip);
    touch(seen, f->information);
    touch(seen, f->reason_code);
}

static void check_row(void *self, const struct import_row *row)
{
    struct seen *seen = self;

    seen->rows++;
    switch (row->kind) {
    case IMPORT_SNDS_DAY:
        must_hold(row->snds_day.ip.n > 0 && row->snds_day.recipients >= 0 && row->snds_day.trap_hits >= 0 &&
                  row->snds_day.complaint_rate <= 1 && row->snds_day.day > 0);
        touch(seen, row->snds_day.comments);
        touch(seen, row->snds_day.sample_sender_domain);
        break;
    case IMPORT_SNDS_STATUS:
        must_hold(row->snds_status.first_ip.n > 0 && row->snds_status.last_ip.n > 0);
        touch(seen, row->snds_status.details);
        break;
    case IMPORT_POSTMASTER:
        must_hold(row->figure.domain.n > 0 && row->figure.metric.n > 0 && row->figure.value >= -1);
        touch(seen, row->figure.detail);
        touch(seen, row->figure.said);
        break;
    case IMPORT_TLS_REPORT:
        must_hold(row->report.organization.n > 0 && row->report.report_id.n > 0 &&
                  row->report.to_us >= row->report.from_us);
        break;
    case IMPORT_TLS_POLICY:
        must_hold(row->policy.successful >= 0 && row->policy.failed >= 0);
        touch(seen, row->policy.policy_text);
        touch(seen, row->policy.mx_hosts);
        break;
    case IMPORT_TLS_FAILURE:
        check_failure(seen, &row->failure);
    }
}

static void check_unread(void *self, uint64_t offset, str sample, const char *why)
{
    (void)offset;
    must_hold(why && why[0]);
    touch(self, sample);
}

static inline int check_import(const char *format, const uint8_t *data, size_t size)
{
    struct seen seen = {0};
    struct arena *arena = arena_new();
    struct err err = {0};
    struct import_reading r = {.text = {(const char *)data, size},
                               .now_us = CLOCK_DAY * 20600,
                               .as_of_us = CLOCK_DAY * 20599,
                               .arena = arena,
                               .row = check_row,
                               .unread = check_unread,
                               .self = &seen};

    import_format_detect(r.text);
    import_read(import_format_named(str_of(format)), &r, &err);
    must_hold((r.counts.read > 0) == (seen.rows > 0) && seen.rows >= r.counts.read);
    arena_free(arena);
    return 0;
}
