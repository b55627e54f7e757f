/* What the texts of relays have in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "logs/formats.h"
#include "logs/replies.h"

static void delays_are_read_in_each_notation(void **state)
{
    static const struct {
        int32_t (*read)(str text);
        const char *text;
        int32_t ms;
    } cases[] = {
        {delay_of_seconds, "0", 0},         {delay_of_seconds, "0.43", 430},        {delay_of_seconds, "12", 12000},
        {delay_of_seconds, "0.0004", 0},    {delay_of_seconds, "99999999", INT32_MAX}, {delay_of_seconds, "", -1},
        {delay_of_seconds, "1e3", -1},      {delay_of_seconds, "-1", -1},           {delay_of_clock, "00:00:03", 3000},
        {delay_of_clock, "1+02:03:04", 93784000}, {delay_of_clock, "02:03", -1},    {delay_of_clock, "x", -1},
        {delay_of_units, "3s", 3000},       {delay_of_units, "1m2s", 62000},        {delay_of_units, "0.051s", 51},
        {delay_of_units, "450ms", 450},     {delay_of_units, "1d2h", 93600000},     {delay_of_units, "3x", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i].read(str_of(cases[i].text)) != cases[i].ms)
            fail_msg("%s: %d", cases[i].text, cases[i].read(str_of(cases[i].text)));
}

static void the_next_queue_id_is_found_where_relays_write_it(void **state)
{
    static const struct {
        const char *reply, *id;
    } cases[] = {
        {"250 2.0.0 Ok: queued as 7F00AA11", "7F00AA11"},
        {"250 2.0.0 Ok: queued as 7F00AA11 via lo", "7F00AA11"},
        {"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 5A5A5A5A5A", "5A5A5A5A5A"},
        {"250 OK id=1xVO3K-0005NB-1L", "1xVO3K-0005NB-1L"},
        {"250 OK ids=8a5475ccbbc611eda12250ebf67f93bd", "8a5475ccbbc611eda12250ebf67f93bd"},
        {"250 2.0.0 6238rFv1012345 Message accepted for delivery", "6238rFv1012345"},
        {"250 Ok 0100018e3b6a7c11-5d2b1e43-3333-4444-8888-0123456789ab-000000",
         "0100018e3b6a7c11-5d2b1e43-3333-4444-8888-0123456789ab-000000"},
        {"250 ok dirdel", ""},
        {"250 2.0.0 OK  1772528701 d75a77b69052e-4ed1f2si66412951cf.610 - gsmtp", ""},
        {"250 2.6.0 <9@a.example> [InternalId=1] Queued mail for delivery", ""},
        {"queued as ../../etc/passwd", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const str id = reply_queue_id(str_of(cases[i].reply));
        if (!str_eq(id, str_of(cases[i].id)))
            fail_msg("%s: \"%.*s\"", cases[i].reply, STR_ARG(id));
    }
}

static void a_format_is_found_by_its_name(void **state)
{
    (void)state;
    assert_string_equal(log_format_named(STR("Exim"))->name, "exim");
    assert_null(log_format_named(STR("exi")));
    assert_null(log_format_detect(NULL, 0, NULL));
}

static void lines_of_no_relay_are_no_format(void **state)
{
    static const str lines[] = {
        {"Mar  3 09:05:01 mx1 sshd[1]: Accepted publickey for root", 56},
        {"{\"type\":\"Delivery\",\"of\":\"parcels\"}", 34},
        {"type,weight,price", 17},
        {"to=<ann@shop.example>, status=sent (250 ok)", 43},
        {"\x7f" "ELF\x02\x01\x01", 7},
        {"", 0},
    };

    (void)state;
    assert_null(log_format_detect(lines, sizeof lines / sizeof *lines, NULL));
}

/* Reading goes on in the middle of a file in a later run: the columns were named at its head. */
static void what_is_kept_between_lines_is_remembered(void **state)
{
    const struct log_format *format = log_format_named(STR("powermta"));
    const struct log_line line = {.message = STR("d,1772960708,ann@far.example,2.0.0")};
    struct log_event events[4];
    struct arena *arena = arena_new();
    void *kept = format->state_new();
    struct log_sink before = {.events = events, .room = 4, .arena = arena}, after = before;

    (void)state;
    assert_int_equal(format->parse(kept, &line, &before), LINE_UNREAD);
    log_format_remember(format, kept, STR("type,timeLogged,rcpt,dsnStatus\nd,1,x@far.example,2.0.0\n"));
    assert_int_equal(format->parse(kept, &line, &after), LINE_EVENT);
    assert_int_equal(after.count, 3);
    format->state_free(kept);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_are_read_in_each_notation),
        cmocka_unit_test(the_next_queue_id_is_found_where_relays_write_it),
        cmocka_unit_test(a_format_is_found_by_its_name),
        cmocka_unit_test(lines_of_no_relay_are_no_format),
        cmocka_unit_test(what_is_kept_between_lines_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
