/*
 * Real logs, where they are at hand (../shared beside the project): nothing that Postfix or Exim wrote stays
 * unread, and every envelope around the same log gives the same events. Skipped without them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "logs/envelope.h"
#include "logs_print.h"

#define SHARED TEST_DATA "/../../../shared"
#define REAL SHARED "/corpus/real"

struct totals {
    size_t unread, known, events;
    size_t kinds[LOG_RETURNED + 1], statuses[STATUS_SUPPRESSED + 1];
    uint64_t hash; /* of all events, their times cut to the second */
};

static void add_event(struct totals *t, struct log_event *e)
{
    struct buf text = {0};

    e->at_us = clock_floor(e->at_us, CLOCK_SECOND);
    print_event(&text, e);
    t->hash = hash64_more(t->hash, buf_str(&text));
    t->events++;
    t->kinds[e->kind]++;
    if (e->kind == LOG_ATTEMPT)
        t->statuses[e->status]++;
    buf_free(&text);
}

static void add_line(struct totals *t, const struct log_format *format, void *state, struct log_line *line,
                     struct arena *arena, bool with_host)
{
    struct log_event events[4];
    struct log_sink sink = {.events = events, .room = 4, .arena = arena};

    if (!with_host)
        line->host.n = 0;
    const enum line_result result = format->parse(state, line, &sink);
    t->unread += result == LINE_UNREAD;
    t->known += result == LINE_KNOWN;
    for (size_t i = 0; i < sink.count; i++)
        add_event(t, &sink.events[i]);
    arena_reset(arena);
}

static struct totals read_command(const char *command, const char *name, bool with_host)
{
    const struct log_format *format = log_format_named(str_of(name));
    struct envelope *envelope = envelope_new(NULL);
    struct arena *arena = arena_new();
    void *state = format->state_new ? format->state_new() : NULL;
    struct totals t = {0};
    FILE *f = popen(command, "r");
    char *text = NULL;
    size_t room = 0;

    assert_non_null(f);
    envelope_set_year(envelope, 2026, 1);
    for (ssize_t n; (n = getline(&text, &room, f)) > 0;) {
        struct log_line line;
        const size_t length = (size_t)n - (text[n - 1] == '\n');
        if (envelope_peel(envelope, (str){text, length}, &line) <= ENVELOPE_LINE)
            add_line(&t, format, state, &line, arena, with_host);
    }
    free(text);
    pclose(f);
    if (format->state_free)
        format->state_free(state);
    arena_free(arena);
    envelope_free(envelope);
    return t;
}

static void real_logs_have_no_unread_line(void **state)
{
    static const struct {
        const char *command, *format;
    } logs[] = {
        {"zcat " REAL "/postfix-seed1/mail.log.gz", "postfix"},
        {"zcat " REAL "/exim-seed1/mail.log.gz", "exim"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        const struct totals t = read_command(logs[i].command, logs[i].format, true);
        assert_true(t.events > 1000);
        assert_int_equal(t.unread, 0);
    }
}

static void every_envelope_gives_the_same_events(void **state)
{
    static const char *const envelopes[] = {"iso",    "pri", "rfc5424", "journal-json", "journal-export",
                                            "docker", "cri", "nohost"};
    const struct totals plain = read_command("zcat " REAL "/postfix-seed1/mail.log.gz", "postfix", true);
    const struct totals bare = read_command("zcat " REAL "/postfix-seed1/mail.log.gz", "postfix", false);

    (void)state;
    for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
        const bool host = strcmp(envelopes[i], "nohost") != 0;
        char command[4096];
        snprintf(command, sizeof command, "zcat %s/postfix-seed1/mail.log.gz | python3 %s/bench/reformat_log.py %s",
                 REAL, SHARED, envelopes[i]);
        const struct totals t = read_command(command, "postfix", host);
        if (t.unread || t.hash != (host ? plain.hash : bare.hash))
            fail_msg("%s: %zu events for %zu, %zu unread", envelopes[i], t.events, plain.events, t.unread);
    }
}

/* ---- counts that others took from real logs, line by line */

static size_t counted(const struct json_value *counts, const char *key)
{
    int64_t n;

    return json_whole(json_get(counts, key), &n) ? (size_t)n : 0;
}

static void check_postfix(const char *file, const struct json_value *counts, const struct totals *t)
{
    const struct json_value *status = json_get(counts, "status_lines");

    if (t->kinds[LOG_MESSAGE_ID] != counted(counts, "message_id_lines") ||
        t->kinds[LOG_QUEUED] != counted(counts, "queue_active") ||
        t->kinds[LOG_REMOVED] != counted(counts, "removed") || t->kinds[LOG_EXPIRED] != counted(counts, "expired") ||
        t->kinds[LOG_NOTIFICATION] != counted(counts, "ndn") || t->statuses[STATUS_SENT] != counted(status, "sent") ||
        t->statuses[STATUS_DEFERRED] != counted(status, "deferred") ||
        t->statuses[STATUS_BOUNCED] != counted(status, "bounced"))
        fail_msg("%s: counts differ", file);
}

/* "=> blackhole (RCPT ACL discarded recipients)" names no recipient: it is counted there and no attempt here. */
static void check_exim(const char *file, const struct json_value *counts, const struct totals *t)
{
    const struct json_value *flags = json_get(counts, "flags");
    const size_t sent = counted(flags, "=>") + counted(flags, "->") + counted(flags, ">>");

    if (t->kinds[LOG_ACCEPTED] != counted(flags, "<=") + counted(flags, "(=") ||
        t->kinds[LOG_REMOVED] != counted(flags, "Completed") || t->statuses[STATUS_DEFERRED] != counted(flags, "==") ||
        t->statuses[STATUS_BOUNCED] + t->statuses[STATUS_EXPIRED] != counted(flags, "**") ||
        t->statuses[STATUS_SENT] > sent || t->statuses[STATUS_SENT] + 3 < sent)
        fail_msg("%s: counts differ", file);
}

static void compare_counts(const char *folder, const char *format,
                           void (*check)(const char *file, const struct json_value *counts, const struct totals *t))
{
    char path[4096];
    char *text = NULL;
    size_t room = 0, checked = 0;

    snprintf(path, sizeof path, "%s/expected.jsonl", folder);
    FILE *f = fopen(path, "r");
    if (!f)
        return; /* this part of the corpus is not here */
    for (ssize_t n; (n = getline(&text, &room, f)) > 0; checked++) {
        struct err err;
        struct json_value *row = json_parse((str){text, (size_t)n}, &err);
        const str file = json_get_text(row, "file");
        snprintf(path, sizeof path, "cat %s/%.*s", folder, STR_ARG(file));
        const struct totals t = read_command(path, format, true);
        check(path, json_get(row, "counts"), &t);
        json_free(row);
    }
    assert_true(checked > 0);
    free(text);
    fclose(f);
}

static void counts_equal_those_of_others(void **state)
{
    (void)state;
    compare_counts(SHARED "/corpus/logs/lightmeter", "postfix", check_postfix);
    compare_counts(SHARED "/corpus/logs/exim-testsuite", "exim", check_exim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_logs_have_no_unread_line),
        cmocka_unit_test(every_envelope_gives_the_same_events),
        cmocka_unit_test(counts_equal_those_of_others),
    };

    if (access(REAL "/postfix-seed1/mail.log.gz", R_OK) != 0 || access(SHARED "/bench/reformat_log.py", R_OK) != 0) {
        printf("skipped: no real logs in ../shared\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
