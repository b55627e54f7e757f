/* Other people's figures on our mail: a whole file is read, and kept in one transaction. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/zone.h"
#include "bounces/attached.h"
#include "intake/whole.h"
#include "pipeline_parts.h"

enum { SAMPLES = 20, SAMPLE_BYTES = 512, TRIES = 100, REPORTS_A_MAIL = 8 };

struct import_run {
    struct pipeline *p;
    struct arena *arena;
    struct import_file file;
    struct {
        uint64_t offset;
        str text;
        const char *why;
    } samples[SAMPLES];
    size_t sample_count;
};

/* ---------------------------------------------------------------- what the parser tells */

/* Free text is the only place where an address of a person could stand. */
static void scrub_row(struct arena *arena, struct import_row *row)
{
    if (row->kind == IMPORT_SNDS_DAY)
        row->snds_day.comments = scrub_all(arena, row->snds_day.comments);
    if (row->kind == IMPORT_SNDS_STATUS)
        row->snds_status.details = scrub_all(arena, row->snds_status.details);
    if (row->kind == IMPORT_TLS_FAILURE) {
        row->failure.information = scrub_all(arena, row->failure.information);
        row->failure.reason_code = scrub_all(arena, row->failure.reason_code);
    }
}

static void keep_row(void *self, const struct import_row *row)
{
    struct import_run *run = self;
    struct import_row clean = *row;

    if (!run->p->imports)
        return;
    scrub_row(run->arena, &clean);
    import_store_add(run->p->imports, &clean);
}

static void keep_sample(void *self, uint64_t offset, str sample, const char *why)
{
    struct import_run *run = self;

    if (run->sample_count == SAMPLES)
        return;
    run->samples[run->sample_count].offset = offset;
    run->samples[run->sample_count].text = scrub_all(run->arena, str_to(sample, SAMPLE_BYTES));
    run->samples[run->sample_count++].why = why;
}

static bool parse(struct import_run *run, const struct import_format *format, str text, struct err *err)
{
    struct pipeline *p = run->p;
    struct zone *zone = p->settings.zone ? zone_new(p->settings.zone) : NULL;
    struct import_reading reading = {
        .text = text,
        .now_us = p->settings.now_us,
        .as_of_us = run->file.as_of_us,
        .zone = zone,
        .arena = run->arena,
        .row = keep_row,
        .unread = keep_sample,
        .self = run,
    };

    if (p->imports)
        import_store_begin(p->imports, &run->file);
    const bool ok = import_read(format, &reading, err);
    zone_free(zone);
    run->file.read = reading.counts.read;
    run->file.irrelevant = reading.counts.irrelevant;
    run->file.unread = reading.counts.unread;
    run->file.first_day = reading.counts.first_day;
    run->file.last_day = reading.counts.last_day;
    return ok;
}

/* ---------------------------------------------------------------- what is kept */

static void quarantine(struct import_run *run)
{
    for (size_t i = 0; i < run->sample_count; i++) {
        writer_at(run->p->writer, import_file_id(&run->file), run->samples[i].offset);
        writer_quarantine(run->p->writer, "import", str_of(run->samples[i].why), run->samples[i].text);
    }
}

static void count(struct pipeline_summary *s, const struct import_run *run, bool fresh)
{
    s->imports++;
    s->imports_old += !fresh;
    if (!fresh)
        return;
    s->import_records += run->file.read;
    s->import_irrelevant += run->file.irrelevant;
    s->import_unread += run->file.unread;
}

/* In the transaction at hand. */
static bool write_rows(struct import_run *run, bool *fresh, struct err *err)
{
    struct pipeline *p = run->p;

    *fresh = true;
    if (p->writer && !import_store_write(p->imports, p->facts, &run->file, fresh, err))
        return false;
    if (p->writer && *fresh)
        quarantine(run);
    return true;
}

static bool write_all(struct import_run *run, bool *fresh, struct err *err)
{
    struct pipeline *p = run->p;

    if (!p->writer)
        return write_rows(run, fresh, err);
    if (writer_begin(p->writer, err) && write_rows(run, fresh, err) && writer_flush(p->writer, err) &&
        writer_commit(p->writer, err))
        return true;
    writer_rollback(p->writer);
    return false;
}

/* A file of which nothing could be read leaves a sample, so that it can be looked at. */
static bool set_aside(struct import_run *run, str text, const struct err *why)
{
    struct pipeline *p = run->p;
    struct err ignored;

    if (run->sample_count == 0)
        keep_sample(run, 0, text, why->text);
    p->summary.import_unread += run->file.unread ? run->file.unread : 1;
    if (!p->writer)
        return false;
    if (writer_begin(p->writer, &ignored)) {
        quarantine(run);
        if (writer_flush(p->writer, &ignored) && writer_commit(p->writer, &ignored))
            return false;
    }
    writer_rollback(p->writer);
    return false;
}

static bool read_text(struct import_run *run, const struct import_format *format, str text, struct err *err)
{
    bool fresh = true;

    for (int tries = 0; tries < TRIES; tries++) {
        run->sample_count = 0;
        *err = (struct err){0};
        if (!parse(run, format, text, err))
            return set_aside(run, text, err);
        if (!stop_check(err))
            return false;
        if (write_all(run, &fresh, err)) {
            count(&run->p->summary, run, fresh);
            run->p->summary.inputs_old += !fresh;
            return true;
        }
        if (err->kind != ERR_DB_RETRY)
            return false;
    }
    return err_set(err, ERR_DB, "another rebound was always quicker; run it again");
}

/* A file says when it was made; a pipe comes now. */
static int64_t as_of(const struct pipeline *p, const struct input *in)
{
    const int64_t modified_us = input_is_file(in) && !input_is_stdin(in) ? input_modified_us(in) : CLOCK_NONE;

    return modified_us != CLOCK_NONE && modified_us > 0 && modified_us < p->settings.now_us ? modified_us
                                                                                            : p->settings.now_us;
}

const struct import_format *import_of(const struct pipeline *p, str head)
{
    return p->settings.format ? import_format_named(str_of(p->settings.format)) : import_format_detect(head);
}

bool ingest_import(struct pipeline *p, struct input *in, const struct import_format *format, struct err *err)
{
    struct import_run run = {.p = p, .arena = arena_new()};
    struct buf text = {0};
    bool ok = input_whole(in, IMPORT_BYTES_MAX, &text, err);

    if (ok) {
        run.file = (struct import_file){
            .digest = hash128(buf_str(&text)),
            .format = str_of(format->name),
            .as_of_us = as_of(p, in),
        };
        ok = read_text(&run, format, buf_str(&text), err);
    }
    buf_free(&text);
    arena_free(run.arena);
    return ok;
}

/* ---------------------------------------------------------------- TLS reports that came as a mail */

static bool read_attached(struct import_run *run, str bytes, struct pipeline_summary *counted, struct err *err)
{
    const struct import_format *format = import_format_named(STR("tls-rpt"));
    struct buf text = {0};
    bool fresh = true, ok = input_whole_of(bytes, "attachment", IMPORT_BYTES_MAX, &text, err);

    run->sample_count = 0;
    run->file.digest = hash128(buf_str(&text));
    run->file.format = str_of(format->name);
    ok = ok && parse(run, format, buf_str(&text), err) && write_rows(run, &fresh, err);
    if (ok)
        count(counted, run, fresh);
    buf_free(&text);
    return ok;
}

bool import_attached(struct pipeline *p, str mail, int64_t as_of_us, struct pipeline_summary *counted, struct err *err)
{
    struct import_run run = {.p = p, .arena = arena_new(), .file = {.as_of_us = as_of_us}};
    str reports[REPORTS_A_MAIL];
    const size_t n = attached_tls_reports(mail, p->arena, reports, REPORTS_A_MAIL);
    bool ok = true;

    for (size_t i = 0; i < n && ok; i++)
        ok = read_attached(&run, reports[i], counted, err);
    arena_free(run.arena);
    return ok;
}
