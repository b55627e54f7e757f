#include "suppress/why.h"

#include "base/clock.h"
#include "model/address.h"

enum { MOMENTS_MOST = 50, ENTRIES_MOST = 600 };

struct reading {
    struct db *db;
    struct arena *arena;
    struct why *out;
    struct db_arg key[2]; /* hash; domain name or "" */
};

/* ---------------------------------------------------------------- entries and history */

static str keep(struct reading *r, str text)
{
    return arena_str(r->arena, text);
}

static bool keep_entry(void *context, const struct list_entry *e, struct err *err)
{
    struct reading *r = context;

    (void)err;
    if (r->out->entry_count == ENTRIES_MOST)
        return true;
    struct list_entry *to = &r->out->entries[r->out->entry_count++];
    *to = *e;
    str *const texts[] = {&to->address, &to->domain,     &to->kind, &to->scope, &to->state,       &to->reason,
                          &to->origin,  &to->diagnostic, &to->rule, &to->note,  &to->state_cause, &to->provider, &to->fault};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = keep(r, *texts[i]);
    return true;
}

static bool keep_moment(void *context, const struct list_moment *m, struct err *err)
{
    struct reading *r = context;
    struct list_moment *to = &r->out->moments[r->out->moment_count++];

    (void)err;
    *to = (struct list_moment){m->at_us, keep(r, m->who), keep(r, m->scope), keep(r, m->change), keep(r, m->state),
                               keep(r, m->reason), keep(r, m->actor), keep(r, m->note)};
    return true;
}

/* Entries of the address, and of its whole domain. */
static bool read_entries(struct reading *r, struct err *err)
{
    const str names[] = {r->out->who, r->out->is_domain ? STR("") : address_domain(r->out->who)};

    r->out->entries = arena_alloc(r->arena, ENTRIES_MOST * sizeof *r->out->entries);
    r->out->moments = arena_alloc(r->arena, MOMENTS_MOST * sizeof *r->out->moments);
    for (size_t i = 0; i < 2; i++) {
        const struct list_filter filter = {.who = arena_str(r->arena, names[i]).p};
        if (names[i].n && !list_read(r->db, &filter, keep_entry, r, err))
            return false;
    }
    return list_history(r->db, arena_str(r->arena, r->out->who).p, MOMENTS_MOST, keep_moment, r, err);
}

/* ---------------------------------------------------------------- strikes */

static struct why_strike strike_of(struct reading *r, const struct db_result *rows, size_t i)
{
    return (struct why_strike){
        .at_us = db_time(rows, i, 0), .category = keep(r, db_text(rows, i, 1)), .in_force = db_int(rows, i, 2) != 0,
        .evidence = keep(r, db_text(rows, i, 3)), .origin = keep(r, db_text(rows, i, 4)), .reason = keep(r, db_text(rows, i, 5)),
        .counted = db_int(rows, i, 6) != 0, .lifted = db_int(rows, i, 7) != 0, .incident = db_int(rows, i, 8) != 0,
        .known_good = db_int(rows, i, 9) != 0, .delivered_since = db_int(rows, i, 10) != 0,
        .prev_delivery_us = db_time(rows, i, 11), .node = keep(r, db_text(rows, i, 12)), .path = keep(r, db_text(rows, i, 13)),
        .offset = db_int(rows, i, 14), .reply = keep(r, db_text(rows, i, 15)), .rule = keep(r, db_text(rows, i, 16)),
        .masked = keep(r, db_text(rows, i, 17)), .enhanced_status = keep(r, db_text(rows, i, 18)),
        .provider = keep(r, db_text(rows, i, 19)), .stream = keep(r, db_text(rows, i, 20)), .address = keep(r, db_text(rows, i, 21)),
    };
}

static bool read_strikes(struct reading *r, struct err *err)
{
    struct db_result *rows;

    if (!db_run(r->db, "why_strikes", r->key, 2, &rows, err))
        return false;
    r->out->strike_count = db_rows(rows);
    r->out->strikes = arena_alloc(r->arena, (db_rows(rows) + 1) * sizeof *r->out->strikes);
    for (size_t i = 0; i < db_rows(rows); i++)
        r->out->strikes[i] = strike_of(r, rows, i);
    db_result_free(rows);
    return true;
}

/* ---------------------------------------------------------------- the policy's rows */

static str age_words(struct arena *arena, int64_t seconds)
{
    if (seconds % 86400 == 0 && seconds > 86400)
        return arena_printf(arena, "%lld days", (long long)(seconds / 86400));
    return arena_printf(arena, "%lld hours", (long long)(seconds / 3600));
}

/* "1 of 2 strikes, at least 24 hours apart, resets on delivery" */
static str missing_words(struct arena *arena, const struct why_policy *p)
{
    const bool spread = p->needed <= 1 || (p->last_us - p->first_us) / CLOCK_SECOND >= p->apart_s;
    str words;

    if (p->strikes >= p->needed && spread)
        return STR("");
    words = arena_printf(arena, "%lld of %lld strikes", (long long)p->strikes, (long long)p->needed);
    if (p->needed > 1 && p->apart_s > 0)
        words = arena_printf(arena, "%.*s, over at least %.*s", STR_ARG(words), STR_ARG(age_words(arena, p->apart_s)));
    if (p->known_good)
        words = arena_join(arena, words, STR(", as it was known good"));
    return p->resets ? arena_join(arena, words, STR(", resets on delivery")) : words;
}

static struct why_policy policy_of(struct reading *r, const struct db_result *rows, size_t i)
{
    struct why_policy p = {
        .reason = keep(r, db_text(rows, i, 0)), .strikes = db_int(rows, i, 1), .first_us = db_time(rows, i, 2),
        .last_us = db_time(rows, i, 3), .needed = db_int(rows, i, 4), .apart_s = db_int(rows, i, 5),
        .ttl_s = db_is_null(rows, i, 6) ? -1 : db_int(rows, i, 6), .resets = db_int(rows, i, 7) != 0,
        .known_good = db_int(rows, i, 8) != 0, .lifted = db_int(rows, i, 9), .incident = db_int(rows, i, 10),
        .kind = keep(r, db_text(rows, i, 11)),
    };

    p.missing = missing_words(r->arena, &p);
    return p;
}

static bool read_policies(struct reading *r, struct err *err)
{
    struct db_result *rows;

    if (!db_run(r->db, "why_policy", r->key, 2, &rows, err))
        return false;
    r->out->policy_count = db_rows(rows);
    r->out->policies = arena_alloc(r->arena, (db_rows(rows) + 1) * sizeof *r->out->policies);
    for (size_t i = 0; i < db_rows(rows); i++)
        r->out->policies[i] = policy_of(r, rows, i);
    db_result_free(rows);
    return true;
}

/* ---------------------------------------------------------------- deliveries and mails */

static bool read_deliveries(struct reading *r, struct err *err)
{
    struct db_result *rows;

    if (!db_run(r->db, "why_deliveries", r->key, 1, &rows, err))
        return false;
    r->out->deliveries = db_int(rows, 0, 0);
    r->out->last_delivery_us = db_time(rows, 0, 1);
    r->out->standing_delivery_us = db_time(rows, 0, 2);
    db_result_free(rows);
    return true;
}

static bool read_mails(struct reading *r, struct err *err)
{
    struct db_result *rows;

    if (!db_run(r->db, "why_mails", r->key, 1, &rows, err))
        return false;
    r->out->mail_count = db_rows(rows);
    r->out->mails = arena_alloc(r->arena, (db_rows(rows) + 1) * sizeof *r->out->mails);
    for (size_t i = 0; i < db_rows(rows); i++)
        r->out->mails[i] = (struct why_mail){
            .at_us = db_time(rows, i, 0), .kind = keep(r, db_text(rows, i, 1)), .state = keep(r, db_text(rows, i, 2)),
            .evidence = keep(r, db_text(rows, i, 3)), .category = keep(r, db_text(rows, i, 4)),
            .feedback_type = keep(r, db_text(rows, i, 5)), .diagnostic = keep(r, db_text(rows, i, 6)),
            .reporting_mta = keep(r, db_text(rows, i, 7)), .decoded_by = keep(r, db_text(rows, i, 8)),
            .path = keep(r, db_text(rows, i, 9)), .offset = db_int(rows, i, 10),
        };
    db_result_free(rows);
    return true;
}

bool why_read(struct db *db, str who, struct arena *arena, struct why *out, struct err *err)
{
    struct reading r = {.db = db, .arena = arena, .out = out};
    uint64_t key;

    *out = (struct why){.last_delivery_us = CLOCK_NONE, .standing_delivery_us = CLOCK_NONE};
    if (!list_key(db, who, arena, &key, &out->who, &out->is_domain, err))
        return false;
    r.key[0] = DB_I8(key);
    r.key[1] = DB_S(out->is_domain ? out->who : STR(""));
    if (!read_entries(&r, err) || !read_strikes(&r, err) || !read_policies(&r, err) || !read_deliveries(&r, err) ||
        !read_mails(&r, err))
        return false;
    out->known = out->entry_count || out->strike_count || out->deliveries || out->mail_count || out->moment_count;
    return true;
}
