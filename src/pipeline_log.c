/* One log: who is it, where were we, and its lines in batches of one transaction each. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "model/address.h"
#include "pipeline_parts.h"
#include "store/hops.h"

enum { LINES_AT_ONCE = 256, EVENTS_A_LINE = 8, SAMPLE_LINES = 200, MAX_TRIES = 100, UNREAD_SAMPLES = 20 };

struct log_run {
    struct pipeline *p;
    struct input *in;
    struct lines *lines;
    struct identity *identity;
    struct envelope *envelope;
    const struct log_format *format;
    void *state; /* the format's, of this input; of its nodes: pipeline_memory.c */
    struct position position;
    uint64_t batch_bytes;
    int64_t told_us;  /* of the first line that its format reads a time from, where stamps have none; CLOCK_NONE */
    uint64_t node_id; /* of the line before */
    struct position_span *span; /* the one of p->spans that was counted last */
    size_t unread_samples;
    struct pipeline_summary counted; /* of this batch, until it is committed */
    bool at_end;
};

/* ---------------------------------------------------------------- who is it? */

enum known { KNOWN_SAME, KNOWN_OLD, KNOWN_OTHER };

static bool digest_is(const struct identity *identity, str packed)
{
    const struct hash128 h = identity_now(identity);
    unsigned char bytes[IDENTITY_PACKED_BYTES];

    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(h.high >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(h.low >> (56 - 8 * i));
    }
    return str_eq((str){(const char *)bytes, sizeof bytes}, packed);
}

static bool same_file(struct input *in, const struct position *known)
{
    return input_is_file(in) && !input_is_compressed(in) && input_device(in) == known->device &&
           input_inode(in) == known->inode && input_size(in) >= (int64_t)known->position;
}

/* Leaves the input and its identity behind the known position when it is the same content. */
static enum known compare(struct log_run *run, const struct position *known, struct err *err)
{
    identity_reset(run->identity);
    const uint64_t from = same_file(run->in, known) ? identity_resume(run->identity, known->blocks, known->position) : 0;
    if (from == 0)
        identity_reset(run->identity);
    if (!input_skip_to(run->in, from, err))
        return KNOWN_OTHER;
    if (!identity_read(run->identity, run->in, known->position, err)) /* it breaks off: so far it may be the same */
        return err->kind == ERR_INPUT && identity_agrees(run->identity, known->blocks) ? KNOWN_OLD : KNOWN_OTHER;
    if (identity_length(run->identity) == known->position)
        return digest_is(run->identity, known->digest) ? KNOWN_SAME : KNOWN_OTHER;
    return identity_agrees(run->identity, known->blocks) ? KNOWN_OLD : KNOWN_OTHER;
}

/* Where it lies now, for people and for a quick look next time. */
static void here(struct log_run *run)
{
    run->position.path = str_of(input_path(run->in));
    run->position.device = input_device(run->in);
    run->position.inode = input_inode(run->in);
}

static bool first_year(struct log_run *run, str head, int *year, struct err *err)
{
    enum { TAIL = 64 * 1024 };
    int month, day;
    str line, first = head, last = {NULL, 0};
    size_t got = 0;

    *year = run->p->settings.year;
    if (*year || !str_take_line(&first, &line) || !envelope_yearless(line, &month, &day))
        return true;
    char *tail = arena_alloc(run->p->long_arena, TAIL);
    if (input_is_file(run->in) && !input_tail(run->in, tail, TAIL, &got, err))
        return false;
    str rest = got ? (str){tail, got} : head, piece;
    if (got == TAIL) /* the first one may be cut */
        str_take_line(&rest, &piece);
    while (str_take_line(&rest, &piece))
        if (envelope_yearless(piece, &month, &day))
            last = piece;
    *year = envelope_first_year(line, last.p ? last : line, run->p->settings.now_us);
    return true;
}

static void forget_state(struct log_run *run)
{
    if (run->state)
        run->format->state_free(run->state);
    run->state = NULL;
}

static bool detect(struct log_run *run, str head, str stored, struct err *err)
{
    struct pipeline *p = run->p;
    str lines[SAMPLE_LINES], rest = head;
    size_t count = 0;

    if (p->settings.format)
        run->format = log_format_named(str_of(p->settings.format));
    else if (stored.n)
        run->format = log_format_named(stored);
    while (!run->format && count < SAMPLE_LINES && str_find_char(rest, '\n') != STR_NONE &&
           str_take_line(&rest, &lines[count]))
        count++;
    if (!run->format)
        run->format = log_format_detect(lines, count, NULL);
    if (!run->format)
        return err_set(err, ERR_INPUT, "no log or mail that is known here (\"rebound formats\" lists them, --format forces one)");
    forget_state(run);
    if (run->format->state_new && !run->format->pack)
        run->state = run->format->state_new();
    return true;
}

static bool begin_new(struct log_run *run, uint64_t first_line_hash, int ordinal, str head, struct err *err)
{
    struct pipeline *p = run->p;
    int year;

    if (!first_year(run, head, &year, err))
        return false;
    identity_reset(run->identity);
    run->position = (struct position){
        .input_id = hash64_int(first_line_hash, (uint64_t)ordinal),
        .first_line_hash = first_line_hash,
        .ordinal = ordinal,
        .format = str_of(run->format->name),
        .year = year,
    };
    here(run);
    if (!input_rewind(run->in, err))
        return false;
    return !p->writer || position_claim(p->side, &run->position, err);
}

/* The known input with which this one shares most; leaves the input behind what is known of it. */
static bool take_up(struct log_run *run, const struct position *known, size_t count, bool *old, struct err *err)
{
    const struct position *best = NULL;

    for (size_t i = 0; i < count; i++) {
        struct err broken = {0};
        if (known[i].position == 0 || (best && known[i].position <= best->position))
            continue;
        const enum known is = compare(run, &known[i], &broken);
        if (is == KNOWN_SAME)
            best = &known[i];
        *old = *old || is == KNOWN_OLD;
        if (broken.kind && is == KNOWN_OTHER && !input_is_file(run->in)) {
            *err = broken;
            return false;
        }
    }
    if (!best)
        return *old;
    *old = false;
    if (identity_length(run->identity) != best->position && compare(run, best, err) != KNOWN_SAME)
        return err->kind || err_set(err, ERR_INPUT, "it changed while it was read");
    run->position = *best;
    here(run);
    return true;
}

/* Nothing of it was read before: a row that was claimed but never used, or a new one. */
static bool begin_first(struct log_run *run, const struct position *known, size_t count, uint64_t first_line_hash,
                        str head, struct err *err)
{
    int next = 0;

    identity_reset(run->identity);
    for (size_t i = 0; i < count; i++) {
        next = known[i].ordinal >= next ? known[i].ordinal + 1 : next;
        if (known[i].position == 0) {
            run->position = known[i];
            here(run);
            return first_year(run, head, &run->position.year, err) && input_rewind(run->in, err);
        }
    }
    return begin_new(run, first_line_hash, next, head, err);
}

bool log_hash(str head, struct hash128 *hash)
{
    size_t own;

    if (!log_format_own_head(head, &own))
        return head.n >= INPUT_PEEK_BYTES && identity_first_line(head, hash); /* columns, and nothing in so many rows */
    if (own == STR_NONE)
        return identity_first_line(head, hash);
    *hash = hash128(str_to(head, own));
    return true;
}

/* Sets run->position and leaves the input there; *old when all of it is known already. */
static bool find_position(struct log_run *run, bool *old, struct err *err)
{
    struct pipeline *p = run->p;
    struct position *known = NULL;
    size_t count = 0;
    struct hash128 first;

    *old = false;
    if (input_offset(run->in) > 0 && !input_rewind(run->in, err))
        return false;
    const str head = arena_str(p->long_arena, input_peek(run->in, INPUT_PEEK_BYTES, err));
    if (err->kind && head.n == 0)
        return false;
    *err = (struct err){0}; /* what broke off says so again when it is read */

    if (!log_hash(head, &first)) {
        p->summary.partial += head.n > 0;
        *old = true;
        return true;
    }
    if (p->writer && !position_candidates(p->side, first.low, p->long_arena, &known, &count, err))
        return false;
    if (count > 0 && !input_is_file(run->in) && !input_spool(run->in, err))
        return false;
    if (!detect(run, head, count ? known[count - 1].format : STR(""), err))
        return false;
    if (take_up(run, known, count, old, err)) {
        log_format_remember(run->format, run->state, str_to(head, run->position.position));
        return true;
    }
    return !*old && !err->kind && begin_first(run, known, count, first.low, head, err);
}

/* ---------------------------------------------------------------- its lines */

static struct position_span *span_of(struct log_run *run, uint64_t node_id)
{
    bool added;

    if (run->span && run->span->node_id == node_id)
        return run->span;
    struct position_span *s = table_add(&run->p->spans, &node_id, &added);

    run->span = s; /* until the next one is added */
    if (added)
        *s = (struct position_span){.input_id = run->position.input_id, .node_id = node_id,
                                    .format = str_of(run->format->name), .first_us = INT64_MAX, .last_us = INT64_MIN};
    return s;
}

/* The instance of a line: the first element of a syslog name that has several, else the format itself. */
static str instance_of(const struct log_run *run, str program)
{
    const size_t slash = str_find_char(program, '/');

    return slash == STR_NONE ? str_of(run->format->name) : str_to(program, slash);
}

static void count_time(struct log_run *run, struct position_span *s, int64_t at_us)
{
    if (at_us < s->first_us)
        s->first_us = at_us;
    if (at_us > s->last_us)
        s->last_us = at_us;
    if (run->counted.oldest_us == 0 || at_us < run->counted.oldest_us)
        run->counted.oldest_us = at_us;
    if (at_us > run->counted.newest_us)
        run->counted.newest_us = at_us;
}

static bool possible_time(const struct log_run *run, int64_t at_us)
{
    return at_us > 0 && at_us < run->p->settings.now_us + 2 * CLOCK_DAY;
}

static void count_unread(struct log_run *run, const struct line *line, str host, str program, const char *why)
{
    struct pipeline *p = run->p;
    struct position_span *s = span_of(run, resolve_node(p, host, instance_of(run, program)));

    s->lines++;
    s->unread++;
    run->counted.unread++;
    if (p->writer && run->unread_samples++ < UNREAD_SAMPLES) {
        writer_at(p->writer, run->position.input_id, line->offset);
        writer_quarantine(p->writer, "line", str_of(why), scrub_all(p->arena, str_to(line->text, 512)));
    }
}

/* A bounce or complaint that the relay itself read and tells in its log: kept like a returned mail, told by its line. */
static void keep_returned(struct log_run *run, const struct line *line, const struct log_event *e,
                          const struct resolved *r)
{
    struct pipeline *p = run->p;
    const bool complaint = e->feedback_type.n > 0;
    const struct returned_row row = {
        .recipient_hash = r->recipient_hash,
        .digest = {run->position.input_id, line->offset},
        .input_id = run->position.input_id,
        .input_offset = line->offset,
        .occurred_at_us = e->at_us,
        .kind = complaint ? 'c' : 'b',
        .state = 'w',
        .action = complaint ? STR("") : STR("failed"),
        .enhanced_status = e->enhanced_status,
        .reply_code = p->verdict ? p->verdict->reply_code : 0,
        .signature_id = complaint ? 0 : r->signature_id,
        .message_id_hash = message_id_hash(e->message_id),
        .queue_id = str_to(e->queue_id, QUEUE_ID_MAX),
        .domain_id = r->domain_id,
        .provider_id = r->provider_id,
        .stream_id = r->stream_id,
        .category = complaint ? STR("complaint") : p->verdict ? p->verdict->category : STR(""),
        .feedback_type = e->feedback_type,
        .reporting_mta = e->host,
        .remote_mta = e->remote_host,
        .decoded_by = str_of(run->format->name),
        .diagnostic = e->reply,
    };

    if (!p->writer || (row.recipient_hash == 0 && row.message_id_hash == 0))
        return;
    returned_store_add(p->returned, &row);
    writer_recipient(p->writer, r->recipient_hash, e->recipient);
    run->counted.bounces += !complaint;
    run->counted.complaints += complaint;
}

static bool feed(struct log_run *run, const struct line *line, struct log_event *e, struct err *err)
{
    struct pipeline *p = run->p;
    struct resolved r;

    if (e->instance.n == 0)
        e->instance = str_of(run->format->name);
    if (e->host.n == 0)
        e->host = str_of(p->settings.node ? p->settings.node : "local");
    const uint64_t node_id = resolve_node(p, e->host, e->instance);
    if (!node_hold(p, node_id, e->host, e->at_us, err))
        return false;
    memset(&r, 0, sizeof r);
    r.node_id = node_id;
    if (p->writer)
        writer_at(p->writer, run->position.input_id, line->offset);
    resolve_event(p, e, &r);
    correlate_feed(p->correlator, e, &r);
    if (e->kind == LOG_REPLY && p->verdict)
        resolve_listing(p, p->verdict, node_id, r.provider_id, r.egress_id, e->at_us, e->reply);
    if (e->kind == LOG_RETURNED)
        keep_returned(run, line, e, &r);
    p->resolved = NULL;
    run->node_id = node_id;
    return true;
}

/* Events of one line, all or none: a time that cannot be makes the line an unread one. */
static bool feed_all(struct log_run *run, const struct line *line, const struct log_line *peeled, struct log_sink *sink,
                     struct err *err)
{
    for (size_t i = 0; i < sink->count; i++)
        if (!possible_time(run, sink->events[i].at_us)) {
            count_unread(run, line, peeled->host, peeled->program, "impossible time");
            return true;
        }
    for (size_t i = 0; i < sink->count; i++)
        if (!feed(run, line, &sink->events[i], err))
            return false;
    struct position_span *s = span_of(run, run->node_id);
    s->lines++;
    s->events++;
    for (size_t i = 0; i < sink->count; i++) /* of a service's events a line may hold many */
        count_time(run, s, sink->events[i].at_us);
    return true;
}

static bool peel(struct log_run *run, const struct line *line, struct log_line *out)
{
    if (run->format->whole_line) {
        *out = (struct log_line){.at_us = CLOCK_NONE, .message = line->text};
        return true;
    }
    switch (envelope_peel(run->envelope, line->text, out)) {
    case ENVELOPE_LINE:
        return true;
    case ENVELOPE_NONE:
        *out = (struct log_line){.at_us = CLOCK_NONE, .message = line->text};
        return true;
    default:
        return false;
    }
}

static bool read_line(struct log_run *run, const struct line *line, struct err *err)
{
    struct pipeline *p = run->p;
    struct log_event events[EVENTS_A_LINE];
    struct log_sink sink = {.events = events, .room = EVENTS_A_LINE, .arena = p->arena};
    struct log_line peeled;
    void *state = run->state;

    if (arena_bytes(p->arena) > 0)
        arena_reset(p->arena);
    if (!peel(run, line, &peeled)) {
        run->counted.known++;
        return true;
    }
    if (run->format->pack && !memory_of(p, run->format, &peeled, run->told_us, &state, err))
        return false;
    switch (run->format->parse(state, &peeled, &sink)) {
    case LINE_EVENT:
        return feed_all(run, line, &peeled, &sink, err);
    case LINE_KNOWN: {
        struct position_span *s = span_of(run, resolve_node(p, peeled.host, instance_of(run, peeled.program)));
        s->lines++;
        s->known++;
        s->oversized += line->oversized;
        if (possible_time(run, peeled.at_us) && str_find_char(peeled.program, '/') != STR_NONE)
            count_time(run, s, peeled.at_us);
        run->counted.known++;
        run->counted.oversized += line->oversized;
        return true;
    }
    default:
        if (line->text.n == 0) {
            run->counted.known++;
            return true;
        }
        run->counted.oversized += line->oversized;
        count_unread(run, line, peeled.host, peeled.program, line->oversized ? "line too long" : "not understood");
        return true;
    }
}

static bool read_batch(struct log_run *run, struct err *err)
{
    struct line lines[LINES_AT_ONCE];
    struct pipeline *p = run->p;
    uint64_t bytes = 0;

    while (bytes < run->batch_bytes) {
        const ssize_t n = lines_next(run->lines, lines, LINES_AT_ONCE, err);
        if (n <= 0) {
            run->at_end = true;
            return n == 0; /* a broken input: what was read is kept, then it is told */
        }
        for (ssize_t i = 0; i < n; i++) {
            if (!read_line(run, &lines[i], err))
                return false;
            bytes += lines[i].length;
        }
        run->counted.lines += (uint64_t)n;
        if (p->progress) {
            p->progress->done_bytes = p->done_before + input_consumed(run->in);
            p->progress->lines += (uint64_t)n;
            p->progress->events = p->summary.events;
            progress_tick(p->progress);
        }
        if (!stop_check(err) || (p->writer && !writer_ok(p->writer, err)))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- a batch is a transaction */

static bool write_spans(struct log_run *run, struct err *err)
{
    struct pipeline *p = run->p;
    struct position_span *all = arena_alloc(p->long_arena, (p->spans.count + 1) * sizeof *all);
    struct hop_due *due = arena_alloc(p->long_arena, (p->spans.count + 1) * sizeof *due);
    const void **keys = table_sorted_keys(&p->spans);
    size_t n = 0, due_count = 0;
    bool ok = true;

    for (size_t i = 0; i < p->spans.count; i++) {
        struct position_span s = *(struct position_span *)table_find(&p->spans, keys[i]);
        str other = {"", 0};
        int64_t overlap_us = 0;
        const bool timed = s.first_us <= s.last_us;
        if (ok && timed && !p->settings.overlap)
            ok = position_overlap(p->facts, &s, p->long_arena, &other, &overlap_us, err);
        if (ok && other.n)
            ok = err_set(err, ERR_INPUT,
                         "tells %lld s again that %.*s told of the same relay; set aside, so that nothing counts "
                         "twice (--overlap reads it)",
                         (long long)(overlap_us / CLOCK_SECOND), STR_ARG(other));
        if (timed && s.events > 0)
            due[due_count++] = (struct hop_due){.node_id = s.node_id, .from_us = s.first_us, .to_us = s.last_us};
        if (!timed)
            s.first_us = s.last_us = 0;
        all[n++] = s;
    }
    free(keys);
    return ok && position_spans_add(p->facts, all, n, err) && hops_due_add(p->facts, due, due_count, err);
}

static bool write_position(struct log_run *run, struct err *err)
{
    struct pipeline *p = run->p;
    struct position to = run->position;
    const struct hash128 h = identity_now(run->identity);
    unsigned char digest[IDENTITY_PACKED_BYTES];

    for (int i = 0; i < 8; i++) {
        digest[i] = (unsigned char)(h.high >> (56 - 8 * i));
        digest[8 + i] = (unsigned char)(h.low >> (56 - 8 * i));
    }
    to.position = identity_length(run->identity);
    to.digest = (str){(const char *)digest, sizeof digest};
    to.blocks = identity_pack(run->identity, p->long_arena);
    to.year = envelope_year(run->envelope, &to.month);
    if (to.year == 0)
        to.year = run->position.year;
    if (!position_move(p->facts, &to, run->position.position, err))
        return false;
    run->position.position = to.position;
    return true;
}

static void add_counted(struct pipeline_summary *s, const struct pipeline_summary *c)
{
    s->lines += c->lines;
    s->known += c->known;
    s->unread += c->unread;
    s->oversized += c->oversized;
    s->bounces += c->bounces;
    s->complaints += c->complaints;
    if (c->oldest_us && (s->oldest_us == 0 || c->oldest_us < s->oldest_us))
        s->oldest_us = c->oldest_us;
    if (c->newest_us > s->newest_us)
        s->newest_us = c->newest_us;
}

static bool commit_batch(struct log_run *run, struct err *err)
{
    struct pipeline *p = run->p;

    if (p->writer) {
        correlate_age(p->correlator);
        if (!writer_flush(p->writer, err) || !returned_store_write(p->returned, p->facts, err) || !nodes_write(p, err) || !write_spans(run, err) ||
            !write_position(run, err) || !writer_commit(p->writer, err))
            return false;
        nodes_release(p, true);
    }
    add_counted(&p->summary, &run->counted);
    run->counted = (struct pipeline_summary){0};
    table_clear(&p->spans);
    run->span = NULL;
    return true;
}

static bool begin_batch(struct log_run *run, struct err *err)
{
    uint64_t position;

    if (!run->p->writer)
        return true;
    if (!writer_begin(run->p->writer, err) || !position_hold(run->p->facts, run->position.input_id, &position, err))
        return false;
    return position == run->position.position ||
           err_set(err, ERR_DB_RETRY, "another rebound has read on meanwhile");
}

/* One transaction. A broken input commits what could be read, and then says so. */
static bool one_batch(struct log_run *run, struct err *err)
{
    struct err broken = {0};

    if (!begin_batch(run, err))
        return false;
    if (!read_batch(run, &broken) && (broken.kind != ERR_INPUT || !run->at_end)) {
        *err = broken;
        return false;
    }
    if (!commit_batch(run, err))
        return false;
    if (broken.kind) {
        *err = broken;
        return false;
    }
    return true;
}

static void undo(struct log_run *run)
{
    struct pipeline *p = run->p;

    if (p->writer)
        writer_rollback(p->writer);
    nodes_release(p, false);
    returned_store_clear(p->returned);
    table_clear(&p->spans);
    run->span = NULL;
    run->counted = (struct pipeline_summary){0};
    run->at_end = false;
}

static bool read_all(struct log_run *run, struct err *err)
{
    bool old;

    if (!find_position(run, &old, err))
        return false;
    if (old || (input_is_file(run->in) && !input_is_compressed(run->in) &&
                (int64_t)run->position.position == input_size(run->in))) {
        run->p->summary.inputs_old++;
        return true;
    }
    if (!run->p->goes_on)
        nodes_release(run->p, false); /* each input takes up the lives that it continues */
    envelope_reset(run->envelope);
    if (run->position.year)
        envelope_set_year(run->envelope, run->position.year, run->position.month);
    run->told_us = run->format->pack && run->position.year == 0
                       ? log_format_first_time(run->format, input_peek(run->in, INPUT_PEEK_BYTES, &(struct err){0}))
                       : CLOCK_NONE;
    lines_start(run->lines, run->in, run->identity);
    run->at_end = false;
    while (!run->at_end)
        if (!one_batch(run, err))
            return false;
    return true;
}

static struct log_run run_new(struct pipeline *p, struct input *in)
{
    return (struct log_run){
        .p = p,
        .in = in,
        .lines = lines_new(),
        .identity = identity_new(),
        .envelope = envelope_new(p->settings.zone),
        .batch_bytes = p->settings.batch_bytes,
    };
}

static void run_free(struct log_run *run)
{
    forget_state(run);
    lines_free(run->lines);
    identity_free(run->identity);
    envelope_free(run->envelope);
}

bool ingest_log(struct pipeline *p, struct input *in, struct err *err)
{
    struct log_run run = run_new(p, in);
    bool ok = false;

    for (int tries = 0; tries < MAX_TRIES && !ok; tries++) {
        arena_reset(p->long_arena);
        *err = (struct err){0};
        ok = read_all(&run, err);
        if (ok)
            break;
        undo(&run);
        if (err->kind != ERR_DB_RETRY || (!input_is_file(in) && !input_rewind(in, &(struct err){0})))
            break;
        log_say(SAY_DETAIL, "%s: %s: once more from the last position", input_path(in), err->text);
    }
    if (!ok && err->kind == ERR_INPUT && p->writer) /* set aside: nothing was taken from it, nothing stays claimed */
        position_release(p->side, run.position.input_id, &(struct err){0});
    run_free(&run);
    return ok;
}
