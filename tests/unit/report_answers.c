/* Every formula, filter and state, asked of a small week whose answers were worked out by hand
 * (tests/data/report/week.sql). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster.h"
#include "report/ask.h"

static struct db *db;
static struct arena *arena;
static struct catalogue catalogue;

static void must(bool ok, const struct err *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static void load(const char *file)
{
    char command[1024];

    snprintf(command, sizeof command,
             "PGOPTIONS='-c search_path=rebound -c TimeZone=UTC' psql -qX -v ON_ERROR_STOP=1 -f %s/report/%s '%.*s' "
             ">/dev/null",
             TEST_DATA, file, STR_ARG(test_cluster.conninfo));
    assert_int_equal(system(command), 0);
}

static struct question question_of(const char *since, const char *until, enum window_by by)
{
    struct question q = {.top = 1000};
    struct err err;
    int64_t newest, now = 0;
    str text = STR("2026-11-23T09:00:00Z");

    must(ask_newest(db, &newest, &err), &err);
    assert_true(clock_take_rfc3339(&text, &now));
    must(window_make(since, until, by, now, newest, &q.window, &err), &err);
    return q;
}

/* A cell as one would read it aloud. */
static const char *cell(const struct answer *a, size_t row, size_t column)
{
    static char text[256];
    char time[CLOCK_TEXT];

    if (answer_null(a, row, column))
        return "null";
    switch (a->report->columns[column].unit) {
    case UNIT_RATE:
    case UNIT_SECONDS:
        snprintf(text, sizeof text, "%.4f", answer_double(a, row, column));
        break;
    case UNIT_TIME:
        snprintf(text, sizeof text, "%s", clock_text(answer_time(a, row, column), time));
        break;
    case UNIT_TEXT:
    case UNIT_URL:
        snprintf(text, sizeof text, "%.*s", STR_ARG(answer_text(a, row, column)));
        break;
    default:
        snprintf(text, sizeof text, "%lld", (long long)answer_int(a, row, column));
    }
    return text;
}

/* "first column's value" or "first/second": which row is meant. "" is the first row. */
static bool is_row(const struct answer *a, size_t row, const char *key)
{
    char whole[600];

    snprintf(whole, sizeof whole, "%s", cell(a, row, 0));
    if (key[0] == '\0' || strcmp(whole, key) == 0)
        return true;
    for (size_t i = 1; i < a->report->column_count && i < 4; i++) {
        const size_t n = strlen(whole);
        snprintf(whole + n, sizeof whole - n, "/%s", cell(a, row, i));
        if (strcmp(whole, key) == 0)
            return true;
    }
    return false;
}

static const char *look_up(const struct answer *a, const char *key, const char *column)
{
    const int at = report_column(a->report, column);

    if (at < 0)
        fail_msg("%s has no column %s", a->report->name, column);
    for (size_t row = 0; row < a->count; row++)
        if (is_row(a, row, key))
            return cell(a, row, (size_t)at);
    return "(no such row)";
}

struct expectation {
    const char *report, *row, *column, *want;
};

static void check(const struct question *q, const struct expectation *cases, size_t count)
{
    struct answer a = {0};
    struct err err;
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        const struct report *report = catalogue_find(&catalogue, str_of(cases[i].report));
        assert_non_null(report);
        must(ask_one(db, report, q, &a, &err), &err);
        const char *got = look_up(&a, cases[i].row, cases[i].column);
        if (strcmp(got, cases[i].want) != 0) {
            print_error("%s, row \"%s\", %s: %s, not %s\n", cases[i].report, cases[i].row, cases[i].column, got,
                        cases[i].want);
            wrong++;
        }
        db_result_free(a.rows);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(q, cases) check(q, cases, sizeof(cases) / sizeof *(cases))

static size_t count_rows(const char *name, const struct question *q)
{
    struct answer a = {0};
    struct err err;

    must(ask_one(db, catalogue_find(&catalogue, str_of(name)), q, &a, &err), &err);
    const size_t count = a.count;
    db_result_free(a.rows);
    return count;
}

/* ---------------------------------------------------------------- formulas */

static void counts_and_rates(void **state)
{
    static const struct expectation cases[] = {
        {"overview", "", "injected", "155"},
        {"overview", "", "attempted", "150"},
        {"overview", "", "delivered", "130"},
        {"overview", "", "handed_over", "5"},
        {"overview", "", "failed_sync", "12"},
        {"overview", "", "failed_async", "2"},
        {"overview", "", "expired", "1"},
        {"overview", "", "pending", "1"},
        {"overview", "", "lost", "1"},
        {"overview", "", "suppressed", "3"},
        {"overview", "", "local_error", "2"},
        {"overview", "", "deferred", "7"},
        {"overview", "", "attempts", "154"},
        {"overview", "", "deferred_attempts", "7"},
        {"overview", "", "local_delivered", "7"},
        {"overview", "", "local_failed", "1"},
        {"overview", "", "forwarded", "5"},
        {"overview", "", "rejected_inbound", "9"},
        {"overview", "", "delivery_rate", "0.8951"}, /* 128 of 143 */
        {"overview", "", "acceptance_rate", "0.9091"},
        {"overview", "", "bounce_rate", "0.1049"},
        {"overview", "", "hard_bounce_rate", "0.0420"},
        {"overview", "", "block_rate", "0.0210"}, /* policy of a mailbox provider is about us */
        {"overview", "", "soft_fail_rate", "0.0280"},
        {"overview", "", "deferral_rate", "0.0467"},
        {"overview", "", "stuck_rate", "0.0067"},
        {"overview", "", "blocked_share", "0.0333"},
        {"overview", "", "on_time_60s", "0.6000"},
        {"overview", "", "complaint_rate", "0.0111"}, /* one message, at the one provider that reports complaints */
        {"overview", "", "unclassified_rate", "0.0909"},
        {"overview", "", "failed", "15"},
        {"overview", "", "expiring", "1"},
    };
    const struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);

    (void)state;
    CHECK(&q, cases);
}

static void places(void **state)
{
    static const struct expectation cases[] = {
        {"providers", "t-mailbox", "attempted", "100"},
        {"providers", "t-mailbox", "pending", "1"},
        {"providers", "t-mailbox", "failed", "11"},
        {"providers", "t-mailbox", "delivery_rate", "0.8889"},
        {"providers", "t-mailbox", "hard", "6"},
        {"providers", "t-mailbox", "refused", "3"},
        {"providers", "t-mailbox", "soft", "2"},
        {"providers", "t-mailbox", "complaints", "1"},
        {"providers", "t-mailbox", "p90", "0.0846"},
        {"providers", "t-gateway", "p90", "442.4124"},
        {"providers", "t-gateway", "handed_over", "5"},
        {"providers", "t-gateway", "lost", "1"},
        {"providers", "t-gateway", "stuck", "1"},
        {"nodes", "mx2/192.0.2.2", "stuck", "1"},
        {"senders", "shop", "stuck_rate", "0.0200"},
        {"providers", "t-mailbox", "stuck_rate", "0.0000"},
        {"providers", "t-gateway", "refused", "0"},
        {"providers", "t-gateway", "complaint_rate", "null"},
        {"providers", "t-undone", "attempted", "(no such row)"},
        {"nodes", "mx1/192.0.2.1", "share", "0.6667"},
        {"nodes", "mx1/192.0.2.1", "tls_share", "1.0000"},
        {"nodes", "mx2/192.0.2.2", "tls_share", "0.1111"}, /* 5 of 45 */
        {"nodes", "mx1/192.0.2.1", "users", "1"},
        {"nodes", "mx2/192.0.2.2", "users", "2"},
        {"senders", "news", "attempted", "100"},
        {"senders", "shop", "suppressed", "3"},
        {"senders", "news", "complaints", "1"},
        {"users", "app", "attempted", "10"}, /* nine of the sealed day, one of the events */
        {"users", "app", "failed", "1"},
        {"users", "ann", "bounce_rate", "1.0000"},
        {"tls", "t-gateway", "none", "40"},
        {"tls", "t-gateway", "verified", "5"},
        {"tls", "t-undone", "none", "(no such row)"},
        {"latency", "(all)/all", "deliveries", "6"},
        {"latency", "t-mailbox/all", "p50", "0.0691"},
        {"domains", "a.example", "attempted", "25"},
        {"domains", "a.example", "hard", "5"},
        {"domains", "b.example", "attempted", "4"}, /* the events, with what was taken back */
        {"domains", "b.example", "delivered", "1"},
        {"domains", "b.example", "failed_sync", "2"},
        {"domains", "b.example", "pending", "1"},
        {"domains", "c.example", "attempted", "(no such row)"},
        {"trends", "t-gateway/2026-03-03T08:00:00Z", "delivered", "40"},
        {"timeline", "2026-03-02T10:00:00Z", "delivered", "90"}, /* three days or less: by hour */
        {"timeline", "2026-03-03T12:00:00Z", "failed_async", "2"},
        {"timeline", "2026-03-02T23:00:00Z", "attempted", "0"},
    };
    const struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);

    (void)state;
    CHECK(&q, cases);
}

static void reasons(void **state)
{
    static const struct expectation cases[] = {
        {"categories", "invalid_recipient", "recipient_messages", "6"},
        {"categories", "invalid_recipient", "attempts", "5"},
        {"categories", "invalid_recipient", "share", "0.4000"},
        {"categories", "timeout_expired", "expired", "1"},
        {"categories", "rate_limited", "deferrals", "6"},
        {"categories", "rate_limited", "recipient_messages", "0"},
        {"categories", "policy_rejected/Refused by a local rule", "class",
         "B"}, /* 3 at the mailbox provider come first */
        {"failures", "0000000000000065", "count", "6"},
        {"failures", "0000000000000065", "category", "invalid_recipient"},
        {"failures", "0000000000000000", "category", "timeout_expired"},
        {"deferrals", "t-mailbox", "deferred_attempts", "6"},
        {"deferrals", "t-gateway", "sample", "450 later"},
        {"unclassified", "000000000000006b", "count", "2"},
        {"complaints", "t-mailbox", "complaints", "1"},
        {"complaints", "t-mailbox", "unverified", "1"},
        {"suppressions", "invalid_recipient/active", "count", "1"},
        {"suppressions", "mailbox_full/expired", "count", "1"}, /* its time ran out within the window */
        {"suppressions", "complaint/pending/stream:news", "added", "1"},
        {"suppressed", "bob@a.example", "evidence", "A"},
        {"quality", "mx1/postfix", "read", "200"},
        {"quality", "mx1/postfix", "unread", "5"},
        {"quality", "mx1/postfix", "set_aside", "1"},
        {"quality", "mx1/postfix", "gaps", "1"},
        {"quality", "mx1/postfix", "gap_seconds", "32400.0000"},
        {"quality", "(mails)/autoreply", "irrelevant", "1"},
        {"quality", "(set aside)", "set_aside", "2"},
    };
    const struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);

    (void)state;
    CHECK(&q, cases);
}

static void undelivered(void **state)
{
    static const struct expectation cases[] = {
        {"undelivered", "2026-03-02T10:00:00Z", "recipient", "bob@a.example"},
        {"undelivered", "2026-03-02T10:00:00Z", "reason", "No such mailbox: 550 5.1.1 no such user"},
        {"undelivered", "2026-03-02T10:00:00Z", "next_step", "Drop it."},
        {"undelivered", "2026-03-02T10:00:00Z", "sender", "news"},
        {"undelivered", "2026-03-03T08:02:00Z", "recipient", "(address not kept)@b.example"},
        {"undelivered", "2026-03-03T08:03:00Z", "recipient", "(no such row)"}, /* taken back */
        {"undelivered", "2026-03-07T11:00:00Z", "recipient", "dan@b.example"},
        {"undelivered", "2026-03-07T11:00:00Z", "state", "waiting"},
        {"undelivered", "2026-03-07T11:00:00Z", "sender", "shop"},
        {"undelivered", "2026-03-07T23:30:00Z", "recipient", "fay@c.example"},
    };
    struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);

    (void)state;
    CHECK(&q, cases);
    assert_int_equal(count_rows("undelivered", &q), 5); /* gil's has ended */
    q.limits[LIMIT_DOMAIN] = "b.example";
    assert_int_equal(count_rows("undelivered", &q), 3);
    q.top = 1;
    assert_int_equal(count_rows("undelivered", &q), 1);
}

static void listing_states(void **state)
{
    static const struct {
        const char *provider, *state, *share;
    } cases[] = {
        {"p-own", "active", "0.1111"},      /* our own address, named by a live list */
        {"p-once", "suspected", "0.1000"},  /* one refusal in ten, nobody named */
        {"p-thrice", "active", "0.0333"},   /* three in 24 hours */
        {"p-half", "active", "0.5000"},     /* one of two attempts */
        {"p-cleared", "cleared", "1.0000"}, /* quiet, and three accepted since */
        {"p-quiet", "unknown", "null"},     /* quiet, and no traffic to tell */
        {"p-dead", "stale", "null"},        /* the list is dead */
        {"p-resolver", "not_ours", "null"}, /* "query refused" */
        {"p-many", "unknown", "0.5000"},    /* refused 25: ten acceptances are not enough */
        {"p-few", "not_ours", "null"},      /* a tenant's own list */
    };
    struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        q.limits[LIMIT_PROVIDER] = cases[i].provider;
        const struct expectation want[] = {
            {"blocklists", "", "state", cases[i].state},
            {"blocklists", "", "affected_share", cases[i].share},
        };
        CHECK(&q, want);
        assert_int_equal(count_rows("blocklists", &q), 1);
    }
    q.limits[LIMIT_PROVIDER] = "p-thrice";
    static const struct expectation seen[] = {
        {"blocklists", "t_alive", "first_seen", "2026-03-06T13:05:00Z"},
        {"blocklists", "t_alive", "last_seen", "2026-03-07T05:05:00Z"},
        {"blocklists", "t_alive", "sample", "550 third"},
        {"blocklists", "t_alive", "delist_url", "https://list.example/remove"},
    };
    CHECK(&q, seen);
}

/* ---------------------------------------------------------------- windows and limits */

static void windows(void **state)
{
    static const struct expectation by_event[] = {
        {"overview", "", "attempted", "100"},
        {"overview", "", "delivered", "90"},
        {"overview", "", "failed_async", "0"},
        {"overview", "", "pending", "2"},
    };
    static const struct expectation one_cohort[] = {
        {"overview", "", "attempted", "100"},
        {"overview", "", "failed_async", "2"},
        {"overview", "", "expired", "1"},
    };
    static const struct expectation to_the_end[] = {{"overview", "", "attempted", "150"}};
    const struct question event = question_of("2026-03-02", "2026-03-03", BY_EVENT);
    const struct question cohort = question_of("2026-03-02", "2026-03-03", BY_COHORT);
    const struct question open = question_of(NULL, NULL, BY_COHORT); /* seven days before where the data ends */

    (void)state;
    CHECK(&event, by_event);
    CHECK(&cohort, one_cohort);
    CHECK(&open, to_the_end);
}

static void limits(void **state)
{
    static const struct {
        enum limit limit;
        const char *value, *attempted;
    } cases[] = {
        {LIMIT_PROVIDER, "t-mailbox", "100"},
        {LIMIT_PROVIDER, "t-gateway", "50"},
        {LIMIT_PROVIDER, "nobody", "0"},
        {LIMIT_NODE, "mx1", "100"},
        {LIMIT_NODE, "mx2", "50"},
        {LIMIT_EGRESS, "192.0.2.2", "50"},
        {LIMIT_STREAM, "news", "100"},
        {LIMIT_STREAM, "'; DROP TABLE event; --", "0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question q = question_of("2026-03-01", "2026-03-08", BY_COHORT);
        q.limits[cases[i].limit] = cases[i].value;
        const struct expectation want = {"overview", "", "attempted", cases[i].attempted};
        check(&q, &want, 1);
    }
}

/* Whatever is asked: an answer as described, or a refusal that names the limit. */
static void every_report_every_way(void **state)
{
    static const char *const spans[][2] = {{"2020-01-01", "2020-01-08"}, {"2026-03-01", "2026-03-08"}, {"1h", NULL}};
    struct err err;

    (void)state;
    for (size_t r = 0; r < catalogue.count; r++)
        for (size_t s = 0; s < 3; s++)
            for (size_t l = 0; l <= LIMIT_COUNT; l++)
                for (int by = BY_COHORT; by <= BY_EVENT; by++) {
                    struct question q = question_of(spans[s][0], spans[s][1], (enum window_by)by);
                    struct answer a = {0};
                    if (l < LIMIT_COUNT)
                        q.limits[l] = "x";
                    const bool takes = l == LIMIT_COUNT || catalogue.reports[r].takes[l];
                    err = (struct err){0};
                    if (ask_one(db, &catalogue.reports[r], &q, &a, &err) != takes)
                        fail_msg("%s, limit %zu: %s", catalogue.reports[r].name, l, err.text);
                    assert_true(takes || err.kind == ERR_CONFIG);
                    db_result_free(a.rows);
                }
}

static void empty_windows(void **state)
{
    const struct question q = question_of("2020-01-01", "2020-01-08", BY_COHORT);
    static const struct expectation cases[] = {
        {"overview", "", "attempted", "0"},
        {"overview", "", "delivery_rate", "null"},
        {"overview", "", "complaint_rate", "null"},
        {"overview", "", "unclassified_rate", "null"},
    };

    (void)state;
    CHECK(&q, cases);
    for (size_t i = 0; i < catalogue.count; i++) {
        const char *name = catalogue.reports[i].name;
        if (strcmp(name, "overview") && strncmp(name, "suppress", 8) && strcmp(name, "quality"))
            assert_int_equal(count_rows(name, &q), 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_rates), cmocka_unit_test(places),
        cmocka_unit_test(reasons),          cmocka_unit_test(undelivered),
        cmocka_unit_test(listing_states),   cmocka_unit_test(windows),
        cmocka_unit_test(limits),           cmocka_unit_test(every_report_every_way),
        cmocka_unit_test(empty_windows),
    };
    struct err err;

    db = test_cluster_start();
    arena = arena_new();
    if (!catalogue_load(&catalogue, arena, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    load("week.sql");
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
