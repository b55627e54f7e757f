/*
 * Lines whose fields others have labelled by hand (../shared/corpus/logs/postfix-grok-patterns): what we model of
 * them has to say the same in at least 99 of 100, and no line that carries a delivery stays unread.
 * Skipped without them.
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

#include "base/json.h"
#include "logs_print.h"

#define LABELLED TEST_DATA "/../../../shared/corpus/logs/postfix-grok-patterns/expected.jsonl"

struct tally {
    size_t fields, wrong, lines, unread;
};

static void compare(struct tally *t, const char *field, str want, str got)
{
    t->fields++;
    if (str_eq_nocase(want, got))
        return;
    t->wrong++;
    print_error("%s: want %.*s, got %.*s\n", field, STR_ARG(want), STR_ARG(got));
}

/* ---- "to=<a@b>, orig_to=<c@d>, relay=mx[192.0.2.1]:25, delay=1.2, dsn=2.0.0," and "from=<a@b> to=<c@d> proto=..." */

static str pair(str text, const char *key, char end)
{
    const size_t at = str_find(text, str_of(key));
    str rest = at == STR_NONE ? str_to(text, 0) : str_from(text, at + strlen(key));

    return str_to(rest, str_find_char(rest, end));
}

static void compare_pairs(struct tally *t, str pairs, const struct log_event *e)
{
    char esc[ESC_TEXT];
    const str to = pair(pairs, str_starts(pairs, STR("to=<")) ? "to=<" : " to=<", '>');
    const str relay = pair(pairs, " relay=", ','), dsn = pair(pairs, " dsn=", ','), delay = pair(pairs, " delay=", ',');

    if (to.n > 0)
        compare(t, "to", to, e->recipient);
    if (str_starts(pairs, STR("from=<")))
        compare(t, "from", pair(pairs, "from=<", '>'), e->envelope_sender);
    if (str_find(pairs, STR("orig_to=<")) != STR_NONE)
        compare(t, "orig_to", pair(pairs, "orig_to=<", '>'), e->original_recipient);
    if (str_find_char(relay, '[') != STR_NONE && str_find_char(relay, '/') == STR_NONE) {
        compare(t, "relay name", str_to(relay, str_find_char(relay, '[')), e->remote_host);
        compare(t, "relay address", pair(relay, "[", ']'), e->remote_ip);
    }
    if (dsn.n > 0)
        compare(t, "dsn", dsn, str_of(esc_text(e->enhanced_status, esc)));
    if (delay.n > 0) {
        t->fields++;
        t->wrong += e->delay_ms != (int32_t)(strtod(delay.p, NULL) * 1000 + 0.5);
    }
}

/* ---- one field a line */

static str id_bare(str id)
{
    return id.n > 1 && id.p[0] == '<' ? (str){id.p + 1, id.n - 2} : id;
}

static str code_text(const struct log_event *e)
{
    return str_to(e->reply, 3);
}

static void compare_fields(struct tally *t, const struct json_value *expected, const struct log_event *e)
{
    char esc[ESC_TEXT];
    const bool met = e->kind == LOG_REJECTED || e->kind == LOG_ACCEPTED;
    const struct {
        const char *name;
        str got;
    } fields[] = {
        {"postfix_bounce_queueid", e->next_queue_id},
        {"postfix_message-id", id_bare(e->message_id)},
        {"postfix_from", e->envelope_sender},
        {"postfix_relay_hostname", e->remote_host},
        {"postfix_relay_ip", e->remote_ip},
        {"postfix_tls_trustlevel", str_of(grade_names[e->tls])},
        {"postfix_tls_version", e->tls_version},
        {"postfix_tls_cipher", e->cipher},
        {"postfix_pipe_response", e->reply},
        {"postfix_error_response", e->reply},
        {"postfix_client_hostname", met ? e->client_host : (str){"", 0}},
        {"postfix_client_ip", met ? e->client_ip : (str){"", 0}},
        {"postfix_status_code", code_text(e)},
        {"postfix_status_code_enhanced", str_of(esc_text(e->enhanced_status, esc))},
    };
    const str id = json_get_text(expected, "postfix_queueid");

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (json_get(expected, fields[i].name))
            compare(t, fields[i].name, json_get_text(expected, fields[i].name), fields[i].got);
    if (id.n > 0 && !str_eq(id, STR("NOQUEUE")))
        compare(t, "queue id", id, e->queue_id);
}

static void compare_outcome(struct tally *t, const struct json_value *expected, const struct log_event *e)
{
    const str status = json_get_text(expected, "postfix_status");
    const str response = json_get_text(expected, "postfix_smtp_response");

    if (e->kind == LOG_ATTEMPT && status.n > 0 && !e->probe)
        compare(t, "status", status, str_of(status_names[e->status]));
    if (response.n > 0) { /* of "host H said: RESPONSE (in reply to ...)" they keep the response alone */
        t->fields++;
        t->wrong += str_find(e->reply, response) == STR_NONE;
    }
}

static str daemon_of(str pattern, struct arena *arena)
{
    str name = {"", 0}, head;

    if (str_take_until_text(&pattern, STR("{POSTFIX_"), &head))
        name = str_to(pattern, str_find_char(pattern, '}'));
    return arena_join(arena, STR("postfix/"), arena_lower(arena, name));
}

static void check_line(struct tally *t, const struct json_value *row, struct arena *arena)
{
    const struct json_value *expected = json_get(row, "expected");
    const struct log_line line = {.at_us = 1, .host = STR("mx1"), .program = daemon_of(json_get_text(row, "pattern"), arena),
                                  .pid = 1, .message = json_get_text(row, "line")};
    struct log_event events[4];
    struct log_sink sink = {.events = events, .room = 4, .arena = arena};
    const enum line_result result = log_format_named(STR("postfix"))->parse(NULL, &line, &sink);
    const str pairs = json_get_text(expected, "postfix_keyvalue_data");

    t->lines++;
    if (result == LINE_UNREAD || (sink.count == 0 && str_starts(pairs, STR("to=<")))) {
        t->unread++;
        print_error("unread: %.*s\n", STR_ARG(line.message));
    }
    if (sink.count == 0)
        return;
    compare_fields(t, expected, &events[0]);
    compare_outcome(t, expected, &events[0]);
    compare_pairs(t, pairs, &events[0]);
}

static void labelled_fields_are_read_alike(void **state)
{
    FILE *f = fopen(LABELLED, "r");
    struct arena *arena = arena_new();
    struct tally t = {0};
    char *text = NULL;
    size_t room = 0;

    (void)state;
    assert_non_null(f);
    for (ssize_t n; (n = getline(&text, &room, f)) > 0; arena_reset(arena)) {
        struct err err;
        struct json_value *row = json_parse((str){text, (size_t)n}, &err);
        check_line(&t, row, arena);
        json_free(row);
    }
    free(text);
    fclose(f);
    arena_free(arena);
    printf("%zu lines, %zu unread; %zu fields, %zu wrong\n", t.lines, t.unread, t.fields, t.wrong);
    assert_true(t.fields > 100);
    assert_int_equal(t.unread, 0);
    assert_true(t.wrong * 100 <= t.fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(labelled_fields_are_read_alike)};

    if (access(LABELLED, R_OK) != 0) {
        printf("skipped: no labelled lines in ../shared\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
