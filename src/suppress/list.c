#include "suppress/list.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "model/address.h"
#include "store/schema.h"
#include "suppress/forms.h"

enum { FILTER_ARGS = 8, RELEASE_ARGS = FILTER_ARGS + 3 };

/* ---------------------------------------------------------------- keys */

static bool plain_domain(str name)
{
    for (size_t i = 0; i < name.n; i++) {
        const unsigned char c = (unsigned char)name.p[i];
        if (c <= ' ' || c == 0x7f || strchr("@<>(),;:\\\"[]/*", c))
            return false;
    }
    return name.n > 0 && name.n <= 255 && name.p[0] != '.' && str_find_char(name, '.') != STR_NONE;
}

static bool read_name(str who, struct arena *arena, str *name, bool *is_domain, struct err *err)
{
    str domain = str_trim(who);

    *name = address_clean(who, arena);
    *is_domain = name->p == NULL;
    if (!*is_domain)
        return true;
    str_take_char(&domain, '@');
    while (domain.n > 0 && domain.p[domain.n - 1] == '.')
        domain.n--;
    *name = arena_lower(arena, domain);
    return plain_domain(domain) || err_set(err, ERR_CONFIG, "\"%.*s\" is neither an address nor a domain", STR_ARG(str_to(who, 100)));
}

bool list_key(struct db *db, str who, struct arena *arena, uint64_t *key, str *name, bool *is_domain, struct err *err)
{
    uint64_t seed;

    if (!read_name(who, arena, name, is_domain, err) || !schema_seed(db, &seed, err))
        return false;
    *key = *is_domain ? address_domain_hash(*name, seed) : address_hash(*name, seed);
    return true;
}

/* ---------------------------------------------------------------- filters */

struct bound_filter {
    struct db_arg args[FILTER_ARGS];
    char evidence[2];
    int64_t hash;
};

static bool bind_filter(struct db *db, const struct list_filter *f, struct bound_filter *to, struct err *err)
{
    const char *const texts[] = {f->state, f->scope, f->reason, f->kind, f->origin, f->provider};
    const size_t count = sizeof texts / sizeof *texts;

    for (size_t i = 0; i < count; i++)
        to->args[i] = DB_S(str_of(texts[i]));
    to->evidence[0] = f->evidence;
    to->args[count] = DB_S(((str){to->evidence, f->evidence ? 1 : 0}));
    to->args[count + 1] = DB_NULL(DB_INT8_ARRAY);
    if (!f->who || !*f->who)
        return true;

    struct arena *arena = arena_new();
    uint64_t key = 0;
    bool is_domain;
    str name;
    const bool good = list_key(db, str_of(f->who), arena, &key, &name, &is_domain, err);
    arena_free(arena);
    to->hash = (int64_t)key;
    to->args[count + 1] = DB_INTS(DB_INT8_ARRAY, &to->hash, 1);
    return good;
}

/* ---------------------------------------------------------------- reading */

static struct list_entry entry_of(const struct db_result *rows, size_t row)
{
    const str evidence = db_text(rows, row, 8);

    return (struct list_entry){
        .recipient_hash = (uint64_t)db_int(rows, row, 0), .address = db_text(rows, row, 1), .domain = db_text(rows, row, 2),
        .kind = db_text(rows, row, 3), .scope = db_text(rows, row, 4), .state = db_text(rows, row, 5),
        .reason = db_text(rows, row, 6), .origin = db_text(rows, row, 7), .evidence = evidence.n ? evidence.p[0] : '\0',
        .strikes = db_int(rows, row, 9), .first_event_us = db_time(rows, row, 10), .last_event_us = db_time(rows, row, 11),
        .expires_at_us = db_time(rows, row, 12), .listed_at_us = db_time(rows, row, 13),
        .changed_at_us = db_time(rows, row, 14), .diagnostic = db_text(rows, row, 15), .rule = db_text(rows, row, 16),
        .note = db_text(rows, row, 17), .state_cause = db_text(rows, row, 18), .provider = db_text(rows, row, 19),
        .fault = db_text(rows, row, 20), .confirmed = db_int(rows, row, 21) != 0,
    };
}

static bool visit_page(const struct db_result *rows, list_visit visit, void *context, struct err *err)
{
    for (size_t i = 0; i < db_rows(rows); i++) {
        const struct list_entry entry = entry_of(rows, i);
        if (!visit(context, &entry, err))
            return false;
    }
    return true;
}

static bool read_pages(struct db *db, list_visit visit, void *context, struct err *err)
{
    struct db_result *rows;
    bool good, more;

    do {
        if (!db_run(db, "suppression_page", NULL, 0, &rows, err))
            return false;
        more = db_rows(rows) > 0;
        good = visit_page(rows, visit, context, err);
        db_result_free(rows);
    } while (good && more);
    return good && db_run(db, "suppression_page_end", NULL, 0, NULL, err);
}

bool list_read(struct db *db, const struct list_filter *filter, list_visit visit, void *context, struct err *err)
{
    struct bound_filter f;
    const bool nested = db_in_transaction(db);

    if (!bind_filter(db, filter, &f, err) || (!nested && !db_begin(db, err)))
        return false;
    const bool good = db_run(db, "suppression_cursor", f.args, FILTER_ARGS, NULL, err) && read_pages(db, visit, context, err);
    if (!nested && good)
        return db_commit(db, err);
    if (!nested)
        db_rollback(db);
    return good;
}

static bool one_number(struct db *db, const char *name, const struct db_arg *args, size_t count, int64_t *n, struct err *err)
{
    struct db_result *rows;

    if (!db_run(db, name, args, count, &rows, err))
        return false;
    *n = db_rows(rows) ? db_int(rows, 0, 0) : 0;
    db_result_free(rows);
    return true;
}

bool list_count(struct db *db, const struct list_filter *filter, int64_t *count, struct err *err)
{
    struct bound_filter f;

    return bind_filter(db, filter, &f, err) && one_number(db, "suppression_count", f.args, FILTER_ARGS, count, err);
}

bool list_generation(struct db *db, int64_t *generation, struct err *err)
{
    return one_number(db, "suppression_generation", NULL, 0, generation, err);
}

bool list_history(struct db *db, const char *who, int64_t most, list_moment_visit visit, void *context, struct err *err)
{
    const struct list_filter filter = {.who = who};
    struct bound_filter f;
    struct db_result *rows;
    bool good = true;

    if (!bind_filter(db, &filter, &f, err))
        return false;
    const struct db_arg args[] = {f.args[FILTER_ARGS - 1], DB_I8(most)};
    if (!db_run(db, "suppression_history", args, 2, &rows, err))
        return false;
    for (size_t i = 0; good && i < db_rows(rows); i++) {
        const struct list_moment moment = {
            .at_us = db_time(rows, i, 0), .who = db_text(rows, i, 1), .scope = db_text(rows, i, 2),
            .change = db_text(rows, i, 3), .state = db_text(rows, i, 4), .reason = db_text(rows, i, 5),
            .actor = db_text(rows, i, 6), .note = db_text(rows, i, 7),
        };
        good = visit(context, &moment, err);
    }
    db_result_free(rows);
    return good;
}

void list_json(struct json_out *to, const struct list_entry *e)
{
    const struct {
        const char *key;
        str value;
    } texts[] = {
        {"address", e->address}, {"domain", e->domain}, {"kind", e->kind},     {"scope", e->scope},
        {"state", e->state},     {"reason", e->reason}, {"origin", e->origin},
        {"evidence", {&e->evidence, e->evidence ? 1 : 0}},
    };

    json_begin_object(to);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_key(to, texts[i].key);
        json_str_or_none(to, texts[i].value);
    }
    json_key(to, "strikes");
    json_int(to, e->strikes);
    json_key(to, "first_event");
    json_time(to, e->first_event_us);
    json_key(to, "last_event");
    json_time(to, e->last_event_us);
    json_key(to, "expires_at");
    json_time(to, e->expires_at_us);
    json_key(to, "diagnostic");
    json_str_or_none(to, e->diagnostic);
    json_key(to, "rule");
    json_str_or_none(to, e->rule);
    json_end_object(to);
}

/* ---------------------------------------------------------------- changing */

/* A change of the list: alone, in one transaction, and with the next generation when it changed anything. */
static bool change_list(struct db *db, const char *name, const struct db_arg *args, size_t arg_count, bool dry_run,
                        int64_t *count, struct err *err)
{
    int64_t generation;

    if (!db_script(db, "policy_defaults", err) || !db_begin(db, err))
        return false;
    const bool good = one_number(db, "policy_lock", NULL, 0, &generation, err) &&
                      one_number(db, name, args, arg_count, count, err) &&
                      (*count == 0 || one_number(db, "policy_generation", NULL, 0, &generation, err));
    if (good && !dry_run)
        return db_commit(db, err);
    db_rollback(db);
    return good;
}

static int64_t now_of(const struct list_change *change)
{
    return change->now_us == CLOCK_NONE ? clock_now_us() : change->now_us;
}

static bool change_filtered(struct db *db, const char *name, const struct list_filter *filter,
                            const struct list_change *change, bool dry_run, int64_t *count, struct err *err)
{
    struct bound_filter f;
    struct db_arg args[RELEASE_ARGS];

    if (!bind_filter(db, filter, &f, err))
        return false;
    memcpy(args, f.args, sizeof f.args);
    args[FILTER_ARGS] = DB_S(str_of(change->actor));
    args[FILTER_ARGS + 1] = DB_S(str_of(change->note));
    args[FILTER_ARGS + 2] = DB_T(now_of(change));
    return change_list(db, name, args, RELEASE_ARGS, dry_run, count, err);
}

bool list_release(struct db *db, const struct list_filter *filter, const struct list_change *change, bool dry_run,
                  int64_t *count, struct err *err)
{
    return change_filtered(db, "suppression_release", filter, change, dry_run, count, err);
}

bool list_confirm(struct db *db, const struct list_filter *filter, const struct list_change *change, bool dry_run,
                  int64_t *count, struct err *err)
{
    return change_filtered(db, "suppression_confirm", filter, change, dry_run, count, err);
}

/* ---------------------------------------------------------------- adding */

struct adding {
    const struct list_change *change;
    struct arena *arena;
    size_t count, room;
    int64_t *hashes, *expires;
    str *addresses, *domains, *kinds, *scopes, *reasons;
};

static void adding_free(struct adding *a)
{
    free(a->hashes);
    free(a->expires);
    free(a->addresses);
    free(a->domains);
    free(a->kinds);
    free(a->scopes);
    free(a->reasons);
}

static void make_room(struct adding *a)
{
    if (a->count < a->room)
        return;
    a->room = a->room ? 2 * a->room : 16;
    a->hashes = mem_grow(a->hashes, a->room * sizeof *a->hashes);
    a->expires = mem_grow(a->expires, a->room * sizeof *a->expires);
    a->addresses = mem_grow(a->addresses, a->room * sizeof *a->addresses);
    a->domains = mem_grow(a->domains, a->room * sizeof *a->domains);
    a->kinds = mem_grow(a->kinds, a->room * sizeof *a->kinds);
    a->scopes = mem_grow(a->scopes, a->room * sizeof *a->scopes);
    a->reasons = mem_grow(a->reasons, a->room * sizeof *a->reasons);
}

static void adding_put(struct adding *a, uint64_t key, str name, bool is_domain, str scope, str reason, int64_t expires_us)
{
    make_room(a);
    a->hashes[a->count] = (int64_t)key;
    a->expires[a->count] = expires_us;
    a->addresses[a->count] = is_domain || address_is_keyed() ? STR("") : name;
    a->domains[a->count] = is_domain ? name : address_domain(name);
    a->kinds[a->count] = is_domain ? STR("domain") : STR("address");
    a->scopes[a->count] = scope;
    a->reasons[a->count++] = reason;
}

static bool adding_run(struct db *db, const struct adding *a, const char *origin, const char *evidence, bool dry_run,
                       int64_t *count, struct err *err)
{
    const struct db_arg args[] = {
        DB_INTS(DB_INT8_ARRAY, a->hashes, a->count), DB_TEXTS(DB_TEXT_ARRAY, a->addresses, a->count),
        DB_TEXTS(DB_TEXT_ARRAY, a->domains, a->count), DB_TEXTS(DB_TEXT_ARRAY, a->kinds, a->count),
        DB_TEXTS(DB_TEXT_ARRAY, a->scopes, a->count), DB_TEXTS(DB_TEXT_ARRAY, a->reasons, a->count),
        DB_INTS(DB_TIME_ARRAY, a->expires, a->count), DB_S(str_of(origin)), DB_S(str_of(a->change->note)),
        DB_S(str_of(a->change->actor)), DB_T(now_of(a->change)), DB_S(str_of(evidence)),
    };

    *count = 0;
    return a->count == 0 || change_list(db, "suppression_add", args, sizeof args / sizeof *args, dry_run, count, err);
}

static bool scope_fits(str scope, struct err *err)
{
    if (str_eq(scope, STR("global")) || (str_starts(scope, STR("stream:")) && scope.n > 7))
        return true;
    return err_set(err, ERR_CONFIG, "scope \"%.*s\": write global or stream:NAME", STR_ARG(str_to(scope, 100)));
}

static int64_t end_of(const struct list_change *change)
{
    return change->ttl_us > 0 ? now_of(change) + change->ttl_us : CLOCK_NONE;
}

bool list_add(struct db *db, str who, const struct list_change *change, struct err *err)
{
    struct adding a = {.change = change, .arena = arena_new()};
    const str scope = change->scope ? str_of(change->scope) : STR("global");
    const str reason = change->reason ? str_of(change->reason) : STR("manual");
    uint64_t key;
    str name;
    bool is_domain, good;
    int64_t count;

    good = scope_fits(scope, err) && list_key(db, who, a.arena, &key, &name, &is_domain, err);
    if (good) {
        adding_put(&a, key, name, is_domain, scope, reason, end_of(change));
        good = adding_run(db, &a, change->origin ? change->origin : "manual", "", false, &count, err);
    }
    adding_free(&a);
    arena_free(a.arena);
    return good;
}

bool list_confirm_unverified(struct db *db, const struct list_filter *filter, const struct list_change *change,
                             bool dry_run, int64_t *count, struct err *err)
{
    struct adding a = {.change = change};
    struct bound_filter f;
    struct db_result *rows;

    if (!bind_filter(db, filter, &f, err))
        return false;
    const struct db_arg args[] = {DB_S(str_of(filter->reason)), f.args[FILTER_ARGS - 1], DB_T(now_of(change))};
    if (!db_run(db, "suppression_unverified", args, 3, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++)
        adding_put(&a, (uint64_t)db_int(rows, i, 0), db_text(rows, i, 1), false, STR("global"), db_text(rows, i, 3),
                   db_time(rows, i, 4));
    const bool good = adding_run(db, &a, "manual", "D", dry_run, count, err);
    db_result_free(rows);
    adding_free(&a);
    return good;
}

/* ---------------------------------------------------------------- importing */

struct importing {
    struct adding adding;
    struct list_import *out;
    uint64_t seed;
};

/* Codes of others' lists become our categories; unknown words stay the reason they are. */
static str reason_of(str said, const struct list_change *change)
{
    return said.n ? said : change->reason ? str_of(change->reason) : STR("import");
}

static void import_row(struct importing *im, size_t line, const struct form_row *row)
{
    struct adding *a = &im->adding;
    struct err err = {0};
    str name;
    bool is_domain;

    im->out->read++;
    const str scope = arena_str(a->arena, row->scope.n ? row->scope : a->change->scope ? str_of(a->change->scope) : STR("global"));
    if (!read_name(row->who, a->arena, &name, &is_domain, &err) || !scope_fits(scope, &err)) {
        im->out->first_refused_line = im->out->refused++ ? im->out->first_refused_line : line;
        return;
    }
    const uint64_t key = is_domain ? address_domain_hash(name, im->seed) : address_hash(name, im->seed);
    adding_put(a, key, name, is_domain, scope, arena_str(a->arena, reason_of(row->reason, a->change)),
               row->expires_at_us != CLOCK_NONE ? row->expires_at_us : end_of(a->change));
}

bool list_import(struct db *db, str text, const struct list_change *change, bool dry_run, struct list_import *out,
                 struct err *err)
{
    struct importing im = {.adding = {.change = change, .arena = arena_new()}, .out = out};
    struct form form;
    struct form_row row;

    *out = (struct list_import){0};
    bool good = schema_seed(db, &im.seed, err) && form_open(&form, text, err);
    if (good) {
        while (form_next(&form, &row))
            if (row.who.n == 0 && row.bad) {
                out->read++;
                out->first_refused_line = out->refused++ ? out->first_refused_line : form.line;
            } else if (row.in_force) {
                import_row(&im, form.line, &row);
            }
        good = adding_run(db, &im.adding, change->origin ? change->origin : "import", "", dry_run, &out->added, err);
        out->kept = out->read - out->refused - out->added;
        form_close(&form);
    }
    adding_free(&im.adding);
    arena_free(im.adding.arena);
    return good;
}
