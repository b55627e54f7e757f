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
#include "logs/envelope.h"
#include "logs_print.h"

#define SHARED TEST_DATA "/../../../shared"
#define REAL SHARED "/corpus/real"

struct totals {
    size_t unread, known, events;
    uint64_t hash; /* of all events, their times cut to the second */
};

static void add_event(struct totals *t, struct log_event *e)
{
    struct buf text = {0};

    e->at_us = clock_floor(e->at_us, CLOCK_SECOND);
    print_event(&text, e);
    t->hash = hash64_more(t->hash, buf_str(&text));
    t->events++;
    buf_free(&text);
}

static void add_line(struct totals *t, const struct log_format *format, void *state, struct log_line *line,
                     struct arena *arena, bool with_host)
{
    struct log_event events[4];
    struct log_sink sink = {events, 4, 0, arena};

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
    static const char *const envelopes[] = {"iso", "pri", "rfc5424", "journal-json", "journal-export", "docker", "cri", "nohost"};
    const struct totals plain = read_command("zcat " REAL "/postfix-seed1/mail.log.gz", "postfix", true);
    const struct totals bare = read_command("zcat " REAL "/postfix-seed1/mail.log.gz", "postfix", false);

    (void)state;
    for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
        const bool host = strcmp(envelopes[i], "nohost") != 0;
        char command[4096];
        snprintf(command, sizeof command, "zcat %s/postfix-seed1/mail.log.gz | python3 %s/bench/reformat_log.py %s", REAL, SHARED,
                 envelopes[i]);
        const struct totals t = read_command(command, "postfix", host);
        if (t.unread || t.hash != (host ? plain.hash : bare.hash))
            fail_msg("%s: %zu events for %zu, %zu unread", envelopes[i], t.events, plain.events, t.unread);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_logs_have_no_unread_line),
        cmocka_unit_test(every_envelope_gives_the_same_events),
    };

    if (access(REAL "/postfix-seed1/mail.log.gz", R_OK) != 0 || access(SHARED "/bench/reformat_log.py", R_OK) != 0) {
        printf("skipped: no real logs in ../shared\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
