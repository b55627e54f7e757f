#include "cli/suppression_show.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/grid.h"

/* ---------------------------------------------------------------- list */

struct listing {
    struct command_context *context;
    struct json_out json;
    struct grid grid;
};

static str name_of(const struct list_entry *e, struct arena *arena)
{
    if (e->address.n)
        return e->address;
    return e->domain.n ? arena_join(arena, STR("@"), e->domain)
                       : arena_printf(arena, "#%016" PRIx64, e->recipient_hash);
}

static str day_of(int64_t at_us, const char *none, struct arena *arena)
{
    char text[CLOCK_TEXT];

    return at_us == CLOCK_NONE ? str_of(none) : arena_str(arena, str_of(clock_date_text(at_us, text)));
}

static bool visit_text(void *context, const struct list_entry *e, struct err *err)
{
    struct listing *l = context;
    struct arena *arena = l->context->arena;
    str *cells = grid_row(&l->grid);

    (void)err;
    cells[0] = arena_str(arena, name_of(e, arena));
    cells[1] = arena_str(arena, e->state);
    cells[2] = arena_str(arena, e->reason);
    cells[3] = arena_str(arena, e->scope);
    cells[4] = grid_number(arena, e->strikes);
    cells[5] = day_of(e->last_event_us, "-", arena);
    cells[6] = day_of(e->expires_at_us, "for good", arena);
    cells[7] = arena_str(arena, e->state_cause.n ? arena_printf(arena, "(%.*s) %.*s", STR_ARG(e->state_cause), STR_ARG(e->diagnostic))
                                                 : e->diagnostic);
    return true;
}

static bool visit_json(void *context, const struct list_entry *e, struct err *err)
{
    struct listing *l = context;

    (void)err;
    list_json(&l->json, e);
    out_line_done(l->context->out);
    return !out_broken(l->context->out);
}

/* A spreadsheet takes a cell that begins so for a formula (CWE-1236): a quote in front makes it text. */
static void add_cell(struct out *out, str value, bool last)
{
    const bool formula = value.n > 0 && strchr("=+-@\t\r", value.p[0]);

    out_add(out, formula ? STR("\"'") : STR("\""));
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"')
            out_add(out, STR("\""));
        out_add(out, (str){value.p + i, 1});
    }
    out_add(out, last ? STR("\"\n") : STR("\","));
}

static void add_time_cell(struct out *out, int64_t at_us)
{
    char text[CLOCK_TEXT];

    add_cell(out, at_us == CLOCK_NONE ? STR("") : str_of(clock_text(at_us, text)), false);
}

static bool visit_csv(void *context, const struct list_entry *e, struct err *err)
{
    struct listing *l = context;
    struct out *out = l->context->out;
    const str texts[] = {e->address, e->domain, e->kind, e->scope, e->state, e->reason, e->origin,
                         {&e->evidence, e->evidence ? 1 : 0}};

    (void)err;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_cell(out, texts[i], false);
    out_printf(out, "%" PRId64 ",", e->strikes);
    add_time_cell(out, e->first_event_us);
    add_time_cell(out, e->last_event_us);
    add_time_cell(out, e->expires_at_us);
    add_cell(out, e->diagnostic, false);
    add_cell(out, e->rule, true);
    out_line_done(out);
    return !out_broken(out);
}

static bool list_as_json(struct listing *l, struct db *db, const struct list_filter *filter, struct err *err)
{
    int64_t generation, count;

    l->json.to = &l->context->out->buf;
    if (!list_generation(db, &generation, err) || !list_count(db, filter, &count, err))
        return false;
    json_begin_object(&l->json);
    json_key(&l->json, "generation");
    json_int(&l->json, generation);
    json_key(&l->json, "count");
    json_int(&l->json, count);
    json_key(&l->json, "suppressions");
    json_begin_array(&l->json);
    if (!list_read(db, filter, visit_json, l, err))
        return out_broken(l->context->out);
    json_end_array(&l->json);
    json_end_object(&l->json);
    out_add(l->context->out, STR("\n"));
    return true;
}

static bool list_as_text(struct listing *l, struct db *db, const struct list_filter *filter, struct err *err)
{
    static const char *const titles[] = {"who",   "state",      "reason",  "scope", ">strikes",
                                         "last",  "until",      "reply",   NULL};

    l->grid = grid_new(l->context->arena, titles);
    if (!list_read(db, filter, visit_text, l, err))
        return false;
    if (l->grid.rows > 1)
        grid_print(&l->grid, l->context->out);
    else
        out_add(l->context->out, STR("nobody is listed\n"));
    return true;
}

static bool list_as_csv(struct listing *l, struct db *db, const struct list_filter *filter, struct err *err)
{
    out_add(l->context->out, STR("address,domain,kind,scope,state,reason,origin,evidence,strikes,first_event,last_event,"
                                 "expires_at,diagnostic,rule\n"));
    return list_read(db, filter, visit_csv, l, err) || out_broken(l->context->out);
}

bool show_list(struct command_context *context, struct db *db, struct err *err)
{
    const struct suppression_options *o = context->options;
    const str format = str_of(o->format), state = str_of(o->state);
    struct listing l = {.context = context};
    const struct list_filter filter = {
        .state = state.n == 0 ? "active" : str_eq(state, STR("all")) ? NULL : o->state,
        .scope = o->scope, .reason = o->reason, .kind = o->kind, .provider = o->provider,
        .who = context->args.count ? context->args.items[0] : NULL,
    };

    if (str_eq(format, STR("json")))
        return list_as_json(&l, db, &filter, err);
    return str_eq(format, STR("csv")) ? list_as_csv(&l, db, &filter, err) : list_as_text(&l, db, &filter, err);
}

/* ---------------------------------------------------------------- history */

static bool visit_moment(void *context, const struct list_moment *m, struct err *err)
{
    struct listing *l = context;
    struct arena *arena = l->context->arena;
    char time[CLOCK_TEXT];
    const str texts[] = {str_of(clock_text(clock_floor(m->at_us, CLOCK_SECOND), time)), m->who, m->scope, m->change, m->state,
                         m->reason, m->actor, m->note};
    str *cells = grid_row(&l->grid);

    (void)err;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cells[i] = arena_str(arena, texts[i]);
    return true;
}

static bool visit_moment_json(void *context, const struct list_moment *m, struct err *err)
{
    struct listing *l = context;
    const struct {
        const char *key;
        str value;
    } texts[] = {{"who", m->who},       {"scope", m->scope}, {"change", m->change}, {"state", m->state},
                 {"reason", m->reason}, {"actor", m->actor}, {"note", m->note}};

    (void)err;
    json_begin_object(&l->json);
    json_key(&l->json, "at");
    json_time(&l->json, m->at_us);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_key(&l->json, texts[i].key);
        json_str_or_none(&l->json, texts[i].value);
    }
    json_end_object(&l->json);
    return true;
}

bool show_history(struct command_context *context, struct db *db, struct err *err)
{
    static const char *const titles[] = {"at", "who", "scope", "change", "state", "reason", "actor", "note", NULL};
    const struct suppression_options *o = context->options;
    const char *who = context->args.count ? context->args.items[0] : NULL;
    struct listing l = {.context = context, .json = {.to = &context->out->buf}};
    const int64_t most = o->top ? o->top : 100;

    if (str_eq(str_of(o->format), STR("json"))) {
        json_begin_object(&l.json);
        json_key(&l.json, "history");
        json_begin_array(&l.json);
        if (!list_history(db, who, most, visit_moment_json, &l, err))
            return false;
        json_end_array(&l.json);
        json_end_object(&l.json);
        out_add(context->out, STR("\n"));
        return true;
    }
    l.grid = grid_new(context->arena, titles);
    if (!list_history(db, who, most, visit_moment, &l, err))
        return false;
    grid_print(&l.grid, context->out);
    return true;
}
