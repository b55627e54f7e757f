/* bounces: the pieces that readers are made of, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bounces/addresses.h"
#include "bounces/charset.h"
#include "bounces/fields.h"
#include "bounces/html.h"
#include "bounces/prescan.h"
#include "bounces/reply.h"
#include "bounces/words.h"

static struct arena *arena;

#define ASSERT_STR(is, should) assert_string_equal(arena_str(arena, (is)).p, (should))

static const struct {
    const char *raw, *text;
    int code;
    const char *status;
    enum phase phase;
} replies[] = {
    {"smtp; 550 5.1.1 User unknown", "550 5.1.1 User unknown", 550, "5.1.1", PHASE_NONE},
    {"smtp;550-5.1.1 No such\n    user. Try 550-5.1.1 again. 550 5.1.1 See x",
     "550 5.1.1 No such user. Try again. See x", 550, "5.1.1", PHASE_NONE},
    {"550-a\n550-b\n550 c", "550 a b c", 550, "", PHASE_NONE},
    {"554 554 5.7.1 Service unavailable", "554 5.7.1 Service unavailable", 554, "5.7.1", PHASE_NONE},
    {"most progress was RCPT; said: 550 Unknown (others said 550 for RCPT)",
     "most progress was RCPT; said: 550 Unknown (others said 550 for RCPT)", 550, "", PHASE_NONE},
    {"X-Postfix; connect to mx.example.net[192.0.2.1]:25: Connection refused",
     "connect to mx.example.net[192.0.2.1]:25: Connection refused", 0, "", PHASE_NONE},
    {"host mx[192.0.2.1] said: 421 4.7.0 wait (in reply to end of DATA command)",
     "host mx[192.0.2.1] said: 421 4.7.0 wait (in reply to end of DATA command)", 421, "4.7.0", PHASE_BODY},
    {"554 4.4.7 Message expired.<421 4.4.2 Connection timed out>",
     "554 4.4.7 Message expired.<421 4.4.2 Connection timed out>", 421, "4.4.2", PHASE_NONE},
    {"5.1.0 - Unknown address error 550-'5.4.1 Recipient rejected'",
     "5.1.0 - Unknown address error 550 '5.4.1 Recipient rejected'", 550, "5.4.1", PHASE_NONE},
    {"Sorry, no mailbox here by that name. (#5.1.1)", "Sorry, no mailbox here by that name. (#5.1.1)", 0, "5.1.1",
     PHASE_NONE},
    {"ERROR_CODE :550, ERROR_CODE :5.2.1 x", "ERROR_CODE :550, ERROR_CODE :5.2.1 x", 550, "5.2.1", PHASE_NONE},
    {"550 5.0.0 reason: 5.7.26 unauthenticated", "550 5.0.0 reason: 5.7.26 unauthenticated", 550, "5.7.26", PHASE_NONE},
    {"SMTP error after RCPT TO:<a@example.org>: 450 wait", "SMTP error after RCPT TO:<a@example.org>: 450 wait", 450,
     "", PHASE_RCPT},
    {"message 12550 of 5501 from 10.550.1.2", "message 12550 of 5501 from 10.550.1.2", 0, "", PHASE_NONE},
    {"", "", 0, "", PHASE_NONE},
};

static void replies_are_made_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        const str text = reply_clean(str_of(replies[i].raw), arena);
        char status[ESC_TEXT];

        ASSERT_STR(text, replies[i].text);
        assert_int_equal(reply_code(text), replies[i].code);
        assert_string_equal(esc_text(reply_status(text), status), replies[i].status);
        assert_int_equal(reply_phase(text), replies[i].phase);
    }
}

static const struct {
    struct esc field, own, best;
} statuses[] = {
    {{5, 0, 0}, {5, 7, 54}, {5, 7, 54}}, {{5, 1, 1}, {5, 0, 0}, {5, 1, 1}}, {{5, 1, 1}, {0, 0, 0}, {5, 1, 1}},
    {{0, 0, 0}, {4, 2, 2}, {4, 2, 2}},   {{4, 4, 7}, {4, 2, 1}, {4, 2, 1}}, {{5, 1, 1}, {2, 0, 0}, {5, 1, 1}},
};

static void the_telling_status_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_true(esc_eq(reply_better_status(statuses[i].field, statuses[i].own), statuses[i].best));
}

static const struct {
    const char *field, *address;
} addresses[] = {
    {"rfc822; Ann@Example.COM", "ann@example.com"},
    {"rfc822/;ann@example.com", "ann@example.com"},
    {"RFC822;<ann@example.com>", "ann@example.com"},
    {"utf-8; j\\x{FC}rgen@example.com", "j\xc3\xbcrgen@example.com"},
    {"rfc822; ann+40example.com", "ann@example.com"},
    {"undisclosed recipient <ann@example.com>", "ann@example.com"},
    {"rfc822; ann@example.com (Ann)", "ann@example.com"},
    {"rfc822; \"a b\"@example.com", "\"a b\"@example.com"},
    {"rfc822; bob+tag=x@mail.example.com", "bob+tag=x@mail.example.com"},
    {"rfc822; ann", ""},
    {"X-Unix; |/home/ann/filter", ""},
    {"\\x{0}\\x{D800}\\x{110000}@", ""},
    {"", ""},
};

static void addresses_are_found_in_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        ASSERT_STR(addresses_clean(str_of(addresses[i].field), arena), addresses[i].address);
    ASSERT_STR(addresses_only(STR("Ann <ann@example.com>, ann@EXAMPLE.com"), arena), "ann@example.com");
    ASSERT_STR(addresses_only(STR("ann@example.com, bob@example.com"), arena), "");
    ASSERT_STR(addresses_named(STR("Ann <a1@example.com>, Bob <b1@example.com>"), STR("bob"), arena), "b1@example.com");
    assert_true(addresses_is_daemon(STR("MAILER-DAEMON@example.com")));
    assert_false(addresses_is_daemon(STR("ann@example.com")));
}

static const struct {
    const char *text, *address;
} in_sentences[] = {
    {"not delivered to ann@example.com.", "ann@example.com"},
    {"'ann@example.com'", "ann@example.com"},
    {"\xe5\xae\x9b\xe5\x85\x88\xef\xbc\x9a" "ann@example.com\xe3\x81\xab\xe9\x80\x81\xe4\xbf\xa1", "ann@example.com"},
    {"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.example", "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.example"},
    {"j\xc3\xb6rg@b\xc3\xbc" "cher.example", "j\xc3\xb6rg@b\xc3\xbc" "cher.example"},
    {"cannot open /home/ann/box/ann@example.com:", "ann@example.com"},
    {"\"a b\"@example.com", "\"a b\"@example.com"},
    {"at noon @ the corner", ""},
};

static void addresses_are_found_in_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof in_sentences / sizeof *in_sentences; i++) {
        str rest = str_of(in_sentences[i].text), address = {"", 0};

        addresses_next(&rest, &address);
        ASSERT_STR(address, in_sentences[i].address);
    }
}

static const struct {
    const char *text, *charset, *utf8;
} charsets[] = {
    {"plain", "us-ascii", "plain"},
    {"gr\xfc\xdf", "iso-8859-1", "gr\xc3\xbc\xc3\x9f"},
    {"gr\xfc\xdf", "", "gr\xc3\xbc\xc3\x9f"},
    {"gr\xc3\xbc\xc3\x9f", "iso-8859-1", "gr\xc3\xbc\xc3\x9f"}, /* the label lies */
    {"caf\xe9 ferm\xe9", "utf-8", "caf\xc3\xa9 ferm\xc3\xa9"},
    {"\xf1\xdd\xc9\xcb", "koi8-r", "\xd0\xaf\xd1\x89\xd0\xb8\xd0\xba"},
    {"a+AEA-b", "unicode-1-1-utf-7", "a@b"},
    {"\x1b$B$\"\x1b(B", "", "\xe3\x81\x82"},
    {"\x93x\x94", "windows-1252", "\xe2\x80\x9cx\xe2\x80\x9d"},
    {"x", "no-such-charset", "x"},
    {"\xa4\xa2\xa4\xa4", "", "\xe3\x81\x82\xe3\x81\x84"},
};

static void charsets_become_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
        const str text = charset_utf8(str_of(charsets[i].text), str_of(charsets[i].charset), arena);

        assert_true(charset_is_utf8(text));
        ASSERT_STR(text, charsets[i].utf8);
    }
    assert_false(charset_is_utf8(STR("\xc0\x80")));
    assert_false(charset_is_utf8(STR("\xed\xa0\x80")));
    assert_false(charset_is_utf8(STR("\xe2\x82")));
}

static void fields_are_read_leniently(void **state)
{
    str rest = STR("Status : 5.1.1\n\nDiagnostic-Code: smtp;\n  550 no\nsuch user\nno field at all\nAction:failed\n");
    struct field f;

    (void)state;
    assert_true(fields_next(&rest, true, arena, &f));
    ASSERT_STR(f.name, "Status");
    ASSERT_STR(f.value, "5.1.1");
    assert_false(f.gap);
    assert_true(fields_next(&rest, true, arena, &f));
    assert_true(f.gap);
    ASSERT_STR(f.value, "smtp; 550 no such user no field at all");
    assert_true(fields_next(&rest, true, arena, &f));
    ASSERT_STR(f.value, "failed");
    assert_false(fields_next(&rest, true, arena, &f));
    ASSERT_STR(fields_find(STR("From: a\nSubject: b\n c\n\nSubject: d\n"), STR("subject"), arena), "b c");
}

static void html_becomes_lines(void **state)
{
    (void)state;
    ASSERT_STR(html_plain(STR("<p>To: <b>ann</b>&lt;ann@example.com&gt;</p><style>p{}</style><br>x &amp; y"), arena),
               "\nTo: ann<ann@example.com>\n\nx & y");
    ASSERT_STR(html_plain(STR("no tags <ann@example.com>\nat all"), arena), "no tags <ann@example.com>\nat all");
    ASSERT_STR(html_plain(STR("<pre>a\nb</pre><!-- open"), arena), "\na\nb\n");
}

static void phrases_are_found(void **state)
{
    (void)state;
    assert_true(words_in(STR("the mailbox is full"), "no such|is full|gone"));
    assert_false(words_in(STR("the mailbox is empty"), "no such|is full|gone"));
    assert_false(words_in(STR(""), "a|b"));
    assert_true(words_begin(STR("undeliverable: x"), "returned|undeliver"));
    assert_int_equal(words_end(STR("one two three"), "four|two"), 7);
    ASSERT_STR(words_untagged(STR("[SPAM?] {Disarmed} ** undelivered [x]")), "undelivered [x]");
    ASSERT_STR(words_untagged(STR("[only a tag]")), "[only a tag]");
    ASSERT_STR(words_flat(STR("this is a\n  permanent\t\terror"), arena), "this is a permanent error");
    ASSERT_STR(words_lower(STR("\xd0\x90\xd0\xb2\xd1\x82\xd0\x9e \xc3\x9c"
                               "BER \xce\x91"),
                           arena),
               "\xd0\xb0\xd0\xb2\xd1\x82\xd0\xbe \xc3\xbc"
               "ber \xce\xb1");
}

static str no_boundary(str content_type, struct arena *a)
{
    (void)content_type;
    (void)a;
    return STR("");
}

/* Parts as "depth:body", a message as "depth!". */
static const struct {
    const char *mail, *parts, *returned;
} scans[] = {
    {"From: a\nContent-Type: text/plain\n\nhi\n", "0:hi\n", ""},
    {"X: y\n\nbody", "0:body", ""},
    {"X: y", "0:", ""},
    {"", "0:", ""},
    {"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\nx\n--b\nContent-Type: message/rfc822\nX-A: 1\n\n"
     "To: c\n\nlong body\n--inner\n--b--\nend\n",
     "1:x|1!", "To: c\n"},
    {"Content-Type: message/rfc822\n\nTo: c", "0!", "To: c"},
    {"Content-Type: Multipart/Report;\n BOUNDARY=\"a b\"\n\n--a b\nContent-Type: multipart/alternative; boundary=c\n\n"
     "--c\n\n1\n--c--\n--a b\nContent-Type: message/delivery-status\n\nAction: failed\n",
     "2:1|1:Action: failed\n", ""},
    {"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ntext\n--b--\n", "1!", "Subject: x\n"},
    {"Content-Type: multipart/mixed\n\n--b\n\nx\n", "0:--b\n\nx\n", ""}, /* no boundary, no parts: text */
    {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/report; boundary=c\n\ntext\n--b\n\nx",
     "2:text\n|1:x", ""},
    {"Content-Type: multipart/mixed;\nboundary=\"b\"\n\n--b\n\nx\n--b--\n", "1:x", ""}, /* a fold without its blank */
    {"Content-Type: multipart/mixed; boundary=b\n\n--b\nno blank line\n--b\n\ny", "1:|1:y", ""},
};

static void parts_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
        struct prescan out;
        struct err err = {0};
        str parts = STR("");

        assert_true(prescan(str_of(scans[i].mail), no_boundary, arena, &out, &err));
        for (size_t k = 0; k < out.count; k++)
            parts = arena_printf(arena, "%.*s%s%zu%s%.*s", STR_ARG(parts), k ? "|" : "", out.parts[k].depth,
                                 out.parts[k].message ? "!" : ":", out.parts[k].message ? 0 : (int)out.parts[k].body.n,
                                 out.parts[k].body.p);
        ASSERT_STR(parts, scans[i].parts);
        ASSERT_STR(out.returned, scans[i].returned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_made_plain),
        cmocka_unit_test(the_telling_status_wins),
        cmocka_unit_test(addresses_are_found_in_fields),
        cmocka_unit_test(addresses_are_found_in_sentences),
        cmocka_unit_test(charsets_become_utf8),
        cmocka_unit_test(fields_are_read_leniently),
        cmocka_unit_test(html_becomes_lines),
        cmocka_unit_test(phrases_are_found),
        cmocka_unit_test(parts_are_found),
    };

    arena = arena_new();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
