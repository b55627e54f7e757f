/* What parsers keep between lines, and that a cut between two of them loses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "logs/formats.h"
#include "logs/kept.h"

static void pack_number(struct buf *out, const void *value)
{
    kept_add_number(out, *(const uint64_t *)value);
}

static bool unpack_number(str *in, void *value)
{
    return kept_take_number(in, value);
}

static void numbers_and_texts_come_back(void **state)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 16384, UINT64_MAX};
    struct buf out = {0};
    uint64_t n;
    str text;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        kept_add_number(&out, numbers[i]);
    kept_add_text(&out, STR("a\nb"));
    kept_add_text(&out, STR(""));
    str in = buf_str(&out);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_true(kept_take_number(&in, &n));
        assert_true(n == numbers[i]);
    }
    assert_true(kept_take_text(&in, &text) && str_eq(text, STR("a\nb")));
    assert_true(kept_take_text(&in, &text) && text.n == 0);
    assert_false(kept_take_number(&in, &n));
    in = STR("\x05" "abc"); /* says five, has three */
    assert_false(kept_take_text(&in, &text));
    buf_free(&out);
}

static void the_oldest_go_first(void **state)
{
    struct kept *k = kept_new(sizeof(uint64_t), 8, NULL);

    (void)state;
    for (uint64_t key = 1; key <= 8; key++)
        *(uint64_t *)kept_put(k, key) = key * 10;
    *(uint64_t *)kept_put(k, 1) = 11; /* said again: the newest now */
    kept_put(k, 9);
    assert_null(kept_find(k, 2));
    assert_null(kept_find(k, 4));
    assert_int_equal(*(uint64_t *)kept_find(k, 5), 50);
    assert_int_equal(*(uint64_t *)kept_find(k, 1), 11);
    assert_non_null(kept_find(k, 9));
    kept_drop(k, 9);
    assert_null(kept_find(k, 9));
    kept_free(k);
}

static void the_same_memory_is_the_same_bytes(void **state)
{
    struct kept *a = kept_new(sizeof(uint64_t), 100, NULL), *b = kept_new(sizeof(uint64_t), 100, NULL);
    struct buf first = {0}, second = {0};

    (void)state;
    for (uint64_t key = 100; key > 50; key--)
        *(uint64_t *)kept_put(a, key * 7919) = key;
    kept_pack(a, 1, pack_number, &first);
    kept_unpack(b, 1, unpack_number, buf_str(&first));
    kept_pack(b, 1, pack_number, &second);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));

    buf_clear(&second);
    kept_unpack(b, 2, unpack_number, buf_str(&first)); /* of another version: nothing is taken */
    kept_pack(b, 1, pack_number, &second);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    buf_free(&first);
    buf_free(&second);
    kept_free(a);
    kept_free(b);
}

static enum line_result parse(const struct log_format *format, void *kept, const char *text, uint32_t pid,
                              struct arena *arena, struct log_event *event)
{
    const struct log_line line = {.at_us = 1772528400000000, .host = STR("mx1"), .pid = pid, .message = str_of(text),
                                  .program = strcmp(format->name, "opensmtpd") == 0 ? STR("smtpd")
                                             : strcmp(format->name, "sendmail") == 0 ? STR("sm-mta")
                                             : strcmp(format->name, "exim") == 0     ? STR("exim")
                                             : strcmp(format->name, "qmail") == 0    ? STR("qmail")
                                                                                     : STR("")};
    struct log_event events[4];
    struct log_sink sink = {.events = events, .room = 4, .arena = arena};
    const enum line_result result = format->parse(kept, &line, &sink);

    if (sink.count)
        *event = sink.events[0];
    return result;
}

/* One line in one process, the next in another. */
static void a_cut_between_two_lines_loses_nothing(void **state)
{
    static const struct {
        const char *format, *first, *second;
        const char *recipient, *user;
    } cases[] = {
        {"qmail", "starting delivery 7: msg 12 to remote ann@shop.example", "delivery 7: success: 192.0.2.1_accepted_message./",
         "ann@shop.example", ""},
        {"sendmail", "AUTH=server, relay=app [203.0.113.5], authid=app@brand.example, mech=PLAIN, bits=0",
         "62395101000812: from=<a@brand.example>, size=5, class=0, nrcpts=1, msgid=<1@b>, auth=PLAIN, relay=app [203.0.113.5]",
         "", "app@brand.example"},
        {"opensmtpd", "1a2b3c4d5e6f7081 smtp authentication user=app@brand.example result=ok",
         "1a2b3c4d5e6f7081 smtp envelope evpid=7d5c2aef00112233 from=<a@brand.example> to=<ann@shop.example>", "",
         "app@brand.example"},
        {"exim", "[1\\2] 1vx000-00000000001-0abc => ann@sh", "[2/2] op.example R=dnslookup T=remote_smtp H=mx [192.0.2.1]",
         "ann@shop.example", ""},
        {"haraka", "[NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1] [core] recipient <ann@shop.example> code=OK",
         "[NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1.1] [outbound] delivered domain=shop.example response=\"250 ok\"", "",
         ""},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct log_format *format = log_format_named(str_of(cases[i].format));
        void *one = format->state_new(), *other = format->state_new();
        struct buf packed = {0};
        struct log_event e;

        assert_int_equal(parse(format, one, cases[i].first, 812, arena, &e), LINE_KNOWN);
        format->pack(one, &packed);
        format->unpack(other, buf_str(&packed));
        assert_int_equal(parse(format, other, cases[i].second, 812, arena, &e), LINE_EVENT);
        assert_true(str_eq(e.recipient, str_of(cases[i].recipient)) || e.kind == LOG_QUEUED);
        assert_true(str_eq(e.sasl_user, str_of(cases[i].user)));
        format->state_free(one);
        format->state_free(other);
        buf_free(&packed);
    }
    arena_free(arena);
}

static void a_file_of_columns_is_known_by_its_first_row(void **state)
{
    static const struct {
        const char *head;
        bool there;
        size_t own; /* 0: its first line */
    } cases[] = {
        {"Mar  3 09:05:01 mx1 postfix/qmgr[1]: x\n", true, 0},
        {"no end of line", true, 0},
        {"type,timeLogged,rcpt,dsnStatus\n", false, 0},
        {"type,timeLogged,rcpt,dsnStatus\nd,1772960708,a@b.example,2.0.0\nd,1772960709,c@b.example,2.0.0\n", true, 62},
        {"type,timeLogged,rcpt,dsnStatus\nd,1772960708,a@b.exam", false, 0},
        {"#Software: Microsoft Exchange Server\n#Log-type: Message Tracking Log\n#Fields: date-time,event-id,recipient-address\n",
         false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t own;
        assert_int_equal(log_format_own_head(str_of(cases[i].head), &own), cases[i].there);
        if (cases[i].there)
            assert_int_equal(own, cases[i].own ? cases[i].own : STR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_texts_come_back),
        cmocka_unit_test(the_oldest_go_first),
        cmocka_unit_test(the_same_memory_is_the_same_bytes),
        cmocka_unit_test(a_cut_between_two_lines_loses_nothing),
        cmocka_unit_test(a_file_of_columns_is_known_by_its_first_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
