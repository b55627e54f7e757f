/* trace: the life of a message, told by every node that saw it and by the mails that came back. */
#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/grid.h"
#include "model/address.h"
#include "store/db.h"
#include "store/schema.h"

enum { MOST_KEYS = 4096, MOST_HOPS = 12, MOST_MESSAGES = 16 };

struct trace_options {
    const char *format;
};

/* Who and what is looked for: hashes of recipients, and of messages or queue ids unless it is all of them. */
struct quarry {
    int64_t *recipients, *messages;
    str *queue_ids;
    size_t recipient_count, message_count, queue_count;
};

struct trace {
    const struct command_context *context;
    struct db *db;
    str key, address; /* address: the key, when it is one */
    struct quarry quarry;
    struct db_result *events, *returned, *open;
};

/* Columns of trace_events.sql, trace_returned.sql, trace_open.sql. */
enum { EV_AT, EV_NODE, EV_QUEUE, EV_NEXT, EV_ADDRESS, EV_DOMAIN, EV_PROVIDER, EV_HOST, EV_EGRESS, EV_STREAM,
       EV_OUTCOME, EV_DIRECTION, EV_ATTEMPT, EV_DELAY, EV_TLS, EV_CATEGORY, EV_SEVERITY, EV_RULE, EV_REPLY };
enum { RE_AT, RE_KIND, RE_STATE, RE_EVIDENCE, RE_ADDRESS, RE_ACTION, RE_STATUS, RE_CATEGORY, RE_FEEDBACK,
       RE_REPORTING, RE_REMOTE, RE_DECODED, RE_DIAGNOSTIC, RE_QUEUE };
enum { OP_AT, OP_NODE, OP_QUEUE, OP_ADDRESS, OP_DOMAIN, OP_HOST, OP_ATTEMPTS, OP_CATEGORY, OP_REPLY };

/* ---------------------------------------------------------------- finding */

static void add_number(int64_t *list, size_t *count, int64_t value)
{
    if (value == 0 || *count == MOST_KEYS)
        return;
    for (size_t i = 0; i < *count; i++)
        if (list[i] == value)
            return;
    list[(*count)++] = value;
}

static void add_queue_id(struct quarry *q, str id)
{
    if (id.n == 0 || q->queue_count == MOST_KEYS)
        return;
    for (size_t i = 0; i < q->queue_count; i++)
        if (str_eq(q->queue_ids[i], id))
            return;
    q->queue_ids[q->queue_count++] = id;
}

/* Rows of trace_find_*.sql. */
static bool find(struct trace *trace, const char *query, struct db_arg key, struct err *err)
{
    struct quarry *q = &trace->quarry;
    struct db_result *r;

    if (!db_run(trace->db, query, &key, 1, &r, err))
        return false;
    for (size_t i = 0; i < db_rows(r); i++) {
        add_number(q->recipients, &q->recipient_count, db_int(r, i, 0));
        add_number(q->messages, &q->message_count, db_int(r, i, 1));
        add_queue_id(q, arena_str(trace->context->arena, db_text(r, i, 2)));
    }
    db_result_free(r);
    return true;
}

/* Along the way of the message: backward to who handed it over, forward to where it went. */
static bool follow(struct trace *trace, struct err *err)
{
    struct quarry *q = &trace->quarry;
    size_t before = 0;

    for (int hops = 0; hops < MOST_HOPS && before != q->message_count + q->queue_count; hops++) {
        const struct db_arg args[] = {
            DB_INTS(DB_INT8_ARRAY, q->recipients, q->recipient_count),
            DB_INTS(DB_INT8_ARRAY, q->messages, q->message_count),
            DB_TEXTS(DB_TEXT_ARRAY, q->queue_ids, q->queue_count),
        };
        struct db_result *r;
        before = q->message_count + q->queue_count;
        if (!db_run(trace->db, "trace_find_hops", args, 3, &r, err))
            return false;
        for (size_t i = 0; i < db_rows(r); i++) {
            add_number(q->messages, &q->message_count, db_int(r, i, 0));
            add_queue_id(q, arena_str(trace->context->arena, db_text(r, i, 1)));
            add_queue_id(q, arena_str(trace->context->arena, db_text(r, i, 2)));
        }
        db_result_free(r);
    }
    return true;
}

/* By a queue id of ours: the messages that had it, for whomever they were further on. A stranger's is one recipient's. */
static bool find_by_queue(struct trace *trace, struct err *err)
{
    struct quarry *q = &trace->quarry;

    add_queue_id(q, trace->key);
    if (!find(trace, "trace_find_queue", DB_S(trace->key), err))
        return false;
    if (q->recipient_count == 0)
        return find(trace, "trace_find_next_queue", DB_S(trace->key), err);
    for (size_t i = 0; i < q->message_count && i < MOST_MESSAGES; i++)
        if (!find(trace, "trace_find_message", DB_I8(q->messages[i]), err))
            return false;
    return true;
}

/* A queue id has no "@"; a Message-ID and an address look alike, so both are tried. */
static bool find_all(struct trace *trace, struct err *err)
{
    struct quarry *q = &trace->quarry;
    uint64_t seed;

    if (!find(trace, "trace_find_message", DB_I8(message_id_hash(trace->key)), err))
        return false;
    if (q->recipient_count > 0)
        return follow(trace, err);
    if (str_find_char(trace->key, '@') == STR_NONE)
        return find_by_queue(trace, err) && follow(trace, err);
    trace->address = address_clean(trace->key, trace->context->arena);
    if (!schema_seed(trace->db, &seed, err))
        return false;
    if (trace->address.n > 0)
        add_number(q->recipients, &q->recipient_count, (int64_t)address_hash(trace->address, seed));
    return true;
}

static bool fetch(struct trace *trace, struct err *err)
{
    const struct quarry *q = &trace->quarry;
    const struct db_arg args[] = {
        DB_INTS(DB_INT8_ARRAY, q->recipients, q->recipient_count),
        DB_INTS(DB_INT8_ARRAY, q->messages, q->message_count),
        DB_TEXTS(DB_TEXT_ARRAY, q->queue_ids, q->queue_count),
    };

    return db_run(trace->db, "trace_events", args, 3, &trace->events, err) &&
           db_run(trace->db, "trace_returned", args, 3, &trace->returned, err) &&
           db_run(trace->db, "trace_open", args, 3, &trace->open, err);
}

/* ---------------------------------------------------------------- words */

/* The one-letter codes of the schema (sql/migrations/0001_base.sql) as words; a letter of NUL ends a list. */
struct word {
    char code;
    const char *word;
};

static const struct word outcomes[] = {
    {'D', "delivered"},    {'H', "handed_over"}, {'Q', "deferred"},    {'F', "failed_sync"}, {'X', "expired"},
    {'A', "failed_async"}, {'S', "suppressed"},  {'E', "local_error"}, {'L', "lost"},        {'R', "rejected"},
    {'\0', "other"},
};

static const struct word directions[] = {
    {'s', "submitted"}, {'f', "forwarded"}, {'i', "inbound"}, {'h', "between_nodes"}, {'n', "notification"},
    {'\0', "other"},
};

static const struct word returned_kinds[] = {
    {'b', "bounce"}, {'d', "deferral"}, {'c', "complaint"}, {'a', "autoreply"}, {'s', "delivered"}, {'\0', "other"},
};

static const char *word_of(const struct word *words, int64_t code)
{
    while (words->code && words->code != code)
        words++;
    return words->word;
}

/* A 2xx of another node of ours, or of a service that tells the rest, is no end yet. */
static const char *what_happened(const struct db_result *r, size_t i)
{
    const int64_t outcome = db_int(r, i, EV_OUTCOME);

    return (outcome == 'D' || outcome == 'H') && db_int(r, i, EV_DIRECTION) == 'h' ? "passed_on" : word_of(outcomes, outcome);
}

/* The address where it was kept, else what is known of it. */
static str who(const struct trace *trace, str address, str domain)
{
    if (address.n > 0)
        return address;
    if (trace->address.n > 0)
        return trace->address;
    return domain.n > 0 ? arena_join(trace->context->arena, STR("...@"), domain) : STR("-");
}

/* ---------------------------------------------------------------- text */

static str joined(const struct trace *trace, str category, str reply)
{
    if (category.n == 0)
        return reply;
    return arena_printf(trace->context->arena, "%.*s: %.*s", STR_ARG(category), STR_ARG(reply));
}

static void start_row(const struct trace *trace, str *cells, int64_t at_us)
{
    char time[CLOCK_TEXT];

    cells[0] = arena_str(trace->context->arena, str_of(clock_text(clock_floor(at_us, CLOCK_SECOND), time)));
}

static void event_row(const struct trace *trace, struct grid *grid, size_t i)
{
    const struct db_result *r = trace->events;
    struct arena *arena = trace->context->arena;
    str *cells = grid_row(grid);
    const str next = db_text(r, i, EV_NEXT);

    start_row(trace, cells, db_time(r, i, EV_AT));
    cells[1] = db_text(r, i, EV_NODE);
    cells[2] = next.n ? arena_printf(arena, "%.*s>%.*s", STR_ARG(db_text(r, i, EV_QUEUE)), STR_ARG(next))
                      : db_text(r, i, EV_QUEUE);
    cells[3] = who(trace, db_text(r, i, EV_ADDRESS), db_text(r, i, EV_DOMAIN));
    cells[4] = grid_number(arena, db_int(r, i, EV_ATTEMPT));
    cells[5] = str_of(what_happened(r, i));
    cells[6] = db_text(r, i, EV_HOST);
    cells[7] = joined(trace, db_text(r, i, EV_CATEGORY), db_text(r, i, EV_REPLY));
}

static void returned_row(const struct trace *trace, struct grid *grid, size_t i)
{
    const struct db_result *r = trace->returned;
    str *cells = grid_row(grid);

    start_row(trace, cells, db_time(r, i, RE_AT));
    cells[1] = STR("(mail)");
    cells[2] = db_text(r, i, RE_QUEUE);
    cells[3] = who(trace, db_text(r, i, RE_ADDRESS), (str){"", 0});
    cells[5] = str_of(word_of(returned_kinds, db_int(r, i, RE_KIND)));
    cells[6] = db_text(r, i, RE_REPORTING);
    cells[7] = joined(trace, db_text(r, i, RE_CATEGORY), db_text(r, i, RE_DIAGNOSTIC));
}

static void open_row(const struct trace *trace, struct grid *grid, size_t i)
{
    const struct db_result *r = trace->open;
    str *cells = grid_row(grid);

    start_row(trace, cells, db_time(r, i, OP_AT));
    cells[1] = db_text(r, i, OP_NODE);
    cells[2] = db_text(r, i, OP_QUEUE);
    cells[3] = who(trace, db_text(r, i, OP_ADDRESS), db_text(r, i, OP_DOMAIN));
    cells[4] = grid_number(trace->context->arena, db_int(r, i, OP_ATTEMPTS));
    cells[5] = STR("waiting");
    cells[6] = db_text(r, i, OP_HOST);
    cells[7] = joined(trace, db_text(r, i, OP_CATEGORY), db_text(r, i, OP_REPLY));
}

/* Events and returned mails in one order of time; what is still waiting comes last. */
static void print_text(const struct trace *trace)
{
    static const char *const titles[] = {"time", "node", "queue id", "recipient", ">try", "what", "host", "why", NULL};
    struct grid grid = grid_new(trace->context->arena, titles);
    size_t e = 0, r = 0;

    while (e < db_rows(trace->events) || r < db_rows(trace->returned)) {
        const bool event = r == db_rows(trace->returned) ||
                           (e < db_rows(trace->events) &&
                            db_time(trace->events, e, EV_AT) <= db_time(trace->returned, r, RE_AT));
        if (event)
            event_row(trace, &grid, e++);
        else
            returned_row(trace, &grid, r++);
    }
    for (size_t i = 0; i < db_rows(trace->open); i++)
        open_row(trace, &grid, i);
    grid_print(&grid, trace->context->out);
}

/* ---------------------------------------------------------------- JSON */

static void text_member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void time_member(struct json_out *to, const char *key, int64_t at_us)
{
    json_key(to, key);
    json_time(to, at_us);
}

static void number_member(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    json_int(to, value);
}

static void json_event(struct json_out *to, const struct trace *trace, size_t i)
{
    const struct db_result *r = trace->events;

    json_begin_object(to);
    time_member(to, "occurred_at", db_time(r, i, EV_AT));
    text_member(to, "node", db_text(r, i, EV_NODE));
    text_member(to, "queue_id", db_text(r, i, EV_QUEUE));
    text_member(to, "next_queue_id", db_text(r, i, EV_NEXT));
    text_member(to, "recipient", db_text(r, i, EV_ADDRESS).n ? db_text(r, i, EV_ADDRESS) : trace->address);
    text_member(to, "domain", db_text(r, i, EV_DOMAIN));
    text_member(to, "provider", db_text(r, i, EV_PROVIDER));
    text_member(to, "remote_host", db_text(r, i, EV_HOST));
    text_member(to, "egress", db_text(r, i, EV_EGRESS));
    text_member(to, "stream", db_text(r, i, EV_STREAM));
    text_member(to, "direction", str_of(word_of(directions, db_int(r, i, EV_DIRECTION))));
    text_member(to, "outcome", str_of(what_happened(r, i)));
    number_member(to, "attempt", db_int(r, i, EV_ATTEMPT));
    json_key(to, "delay");
    if (db_is_null(r, i, EV_DELAY))
        json_none(to);
    else
        json_double(to, (double)db_int(r, i, EV_DELAY) / 1000);
    text_member(to, "category", db_text(r, i, EV_CATEGORY));
    text_member(to, "severity", db_text(r, i, EV_SEVERITY));
    text_member(to, "rule", db_text(r, i, EV_RULE));
    text_member(to, "diagnostic", db_text(r, i, EV_REPLY));
    json_end_object(to);
}

static void json_returned(struct json_out *to, const struct trace *trace, size_t i)
{
    const struct db_result *r = trace->returned;
    const char evidence = (char)db_int(r, i, RE_EVIDENCE);

    json_begin_object(to);
    time_member(to, "occurred_at", db_time(r, i, RE_AT));
    text_member(to, "kind", str_of(word_of(returned_kinds, db_int(r, i, RE_KIND))));
    text_member(to, "recipient", db_text(r, i, RE_ADDRESS).n ? db_text(r, i, RE_ADDRESS) : trace->address);
    text_member(to, "evidence", db_is_null(r, i, RE_EVIDENCE) ? (str){"", 0} : (str){&evidence, 1});
    text_member(to, "action", db_text(r, i, RE_ACTION));
    text_member(to, "enhanced_status", db_text(r, i, RE_STATUS));
    text_member(to, "category", db_text(r, i, RE_CATEGORY));
    text_member(to, "feedback_type", db_text(r, i, RE_FEEDBACK));
    text_member(to, "reporting_mta", db_text(r, i, RE_REPORTING));
    text_member(to, "remote_mta", db_text(r, i, RE_REMOTE));
    text_member(to, "decoded_by", db_text(r, i, RE_DECODED));
    text_member(to, "queue_id", db_text(r, i, RE_QUEUE));
    text_member(to, "diagnostic", db_text(r, i, RE_DIAGNOSTIC));
    json_end_object(to);
}

static void json_open(struct json_out *to, const struct trace *trace, size_t i)
{
    const struct db_result *r = trace->open;

    json_begin_object(to);
    time_member(to, "last_at", db_time(r, i, OP_AT));
    text_member(to, "node", db_text(r, i, OP_NODE));
    text_member(to, "queue_id", db_text(r, i, OP_QUEUE));
    text_member(to, "recipient", db_text(r, i, OP_ADDRESS));
    text_member(to, "domain", db_text(r, i, OP_DOMAIN));
    text_member(to, "remote_host", db_text(r, i, OP_HOST));
    number_member(to, "attempts", db_int(r, i, OP_ATTEMPTS));
    text_member(to, "category", db_text(r, i, OP_CATEGORY));
    text_member(to, "diagnostic", db_text(r, i, OP_REPLY));
    json_end_object(to);
}

static void print_json(const struct trace *trace)
{
    struct json_out to = {.to = &trace->context->out->buf};
    const struct {
        const char *key;
        const struct db_result *rows;
        void (*print)(struct json_out *to, const struct trace *trace, size_t i);
    } lists[] = {
        {"events", trace->events, json_event},
        {"returned", trace->returned, json_returned},
        {"waiting", trace->open, json_open},
    };

    json_begin_object(&to);
    text_member(&to, "key", trace->key);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        json_key(&to, lists[l].key);
        json_begin_array(&to);
        for (size_t i = 0; i < db_rows(lists[l].rows); i++)
            lists[l].print(&to, trace, i);
        json_end_array(&to);
    }
    json_end_object(&to);
    buf_add_char(to.to, '\n');
}

/* ---------------------------------------------------------------- the command */

static size_t found(const struct trace *trace)
{
    return db_rows(trace->events) + db_rows(trace->returned) + db_rows(trace->open);
}

static int print(const struct trace *trace)
{
    const struct trace_options *options = trace->context->options;
    struct err err;

    if (options->format && strcmp(options->format, "json") == 0)
        print_json(trace);
    else if (found(trace) > 0)
        print_text(trace);
    if (found(trace) > 0)
        return EXIT_DONE;
    err_set(&err, ERR_INPUT, "nothing is known of \"%.*s\"", STR_ARG(str_to(trace->key, 400)));
    return command_fail(trace->context, &err);
}

static int run(struct command_context *context)
{
    struct arena *arena = context->arena;
    struct trace trace = {.context = context, .key = str_trim(str_of(context->args.items[0]))};
    struct err err;

    trace.quarry.recipients = arena_alloc(arena, MOST_KEYS * sizeof *trace.quarry.recipients);
    trace.quarry.messages = arena_alloc(arena, MOST_KEYS * sizeof *trace.quarry.messages);
    trace.quarry.queue_ids = arena_alloc(arena, MOST_KEYS * sizeof *trace.quarry.queue_ids);
    trace.db = context_db(context, &err);
    const bool ok = trace.db && find_all(&trace, &err) && fetch(&trace, &err);
    const int status = ok ? print(&trace) : command_fail(context, &err);
    db_result_free(trace.events);
    db_result_free(trace.returned);
    db_result_free(trace.open);
    db_close(trace.db);
    return status;
}

#define AT(member) offsetof(struct trace_options, member)
static const struct option options[] = {
    {0, "format", "text|json", "how to print it (default: text)", OPT_CHOICE, AT(format)},
};

const struct command command_trace = {
    .name = "trace",
    .args = "KEY",
    .summary = "Tell the life of a message: by address, queue id or Message-ID",
    .manual = "Shows every attempt at every node, the mails that came back, and what is still waiting in a queue. What one "
              "relay of yours handed to the next (or to a service whose events are read) is followed in both directions. "
              "An address shows all its messages; exit status 1 means that nothing is known.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .options_bytes = sizeof(struct trace_options),
    .least_args = 1,
    .most_args = 1,
    .uses_database = true,
    .run = run,
};
