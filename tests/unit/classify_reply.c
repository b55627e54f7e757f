/* reply: the innermost reply out of every wrapper, its codes and its phase. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/reply.h"

static const struct {
    const char *text, *inner;
    int code;
    const char *status;
    enum phase phase;
    bool expired;
} cases[] = {
    {"550 5.1.1 User unknown", "User unknown", 550, "5.1.1", PHASE_NONE, false},
    {"smtp; 550 5.1.1 User unknown", "User unknown", 550, "5.1.1", PHASE_NONE, false},
    {"550-5.7.1 One\n550-5.7.1 two\n550 5.7.1 three", "One two three", 550, "5.7.1", PHASE_NONE, false},
    {"550-One\\n550 5.7.1 two", "One two", 550, "5.7.1", PHASE_NONE, false},
    {"host mx.example.org[192.0.2.1] said: 550-5.1.1 One 550-5.1.1 two 550 5.1.1 three (in reply to RCPT TO command)",
     "One two three", 550, "5.1.1", PHASE_RCPT, false},
    {"host mx.example.org[192.0.2.1] said: 552 Too big (in reply to end of DATA command)", "Too big", 552, "", PHASE_BODY,
     false},
    {"host mx.example.org[192.0.2.1] refused to talk to me: 554 5.7.1 No", "No", 554, "5.7.1", PHASE_CONNECT, false},
    {"connect to mx.example.org[192.0.2.1]:25: Connection refused",
     "connect to mx.example.org[192.0.2.1]:25: Connection refused", 0, "", PHASE_CONNECT, false},
    {"lost connection with mx.example.org[192.0.2.1] while sending RCPT TO",
     "lost connection with mx.example.org[192.0.2.1] while sending RCPT TO", 0, "", PHASE_RCPT, false},
    {"SMTP error from remote mail server after RCPT TO:<a@example.org>: host mx [192.0.2.1]: 550 No such user", "No such user",
     550, "", PHASE_RCPT, false},
    {"SMTP error from remote mail server after end of data: 550 spam message rejected", "spam message rejected", 550, "",
     PHASE_BODY, false},
    {"Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 550 5.7.1 No\nGiving up on 192.0.2.1.", "No", 550,
     "5.7.1", PHASE_MAIL, false},
    {"Connected_to_192.0.2.1_but_sender_was_rejected./Remote_host_said:_550_5.7.1_No/", "No/", 550, "5.7.1", PHASE_MAIL,
     false},
    {"#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", "RESOLVER.ADR.RecipNotFound; not found", 550, "5.1.1", PHASE_NONE,
     false},
    {"<mx.example.org #5.5.0 smtp;550 5.1.1 User unknown> #SMTP#", "User unknown", 550, "5.1.1", PHASE_NONE, false},
    {"Remote Server returned '550 5.1.1 User unknown'", "User unknown", 550, "5.1.1", PHASE_NONE, false},
    {"[{LED=450 4.4.317 Cannot connect};{MSG=};{FQDN=mx.example.org}", "Cannot connect", 450, "4.4.317", PHASE_NONE, false},
    {"while talking to mx.example.org.:\n>>> RCPT To:<a@example.org>\n<<< 550 5.1.1 Unknown", "Unknown", 550, "5.1.1",
     PHASE_RCPT, false},
    {"550 5.1.1 <a@b.example>: undeliverable address: host c[192.0.2.9] said: 551 5.1.6 Gone", "Gone", 551, "5.1.6", PHASE_NONE,
     false},
    {"550 failure (a@b.example:550 5.1.1 Unknown)", "Unknown", 550, "5.1.1", PHASE_NONE, false},
    {"was: 554 554 5.7.1 No", "No", 554, "5.7.1", PHASE_NONE, false},
    /* about our sender, so the outer text is the reason */
    {"550-Verification failed for <b@news.example>\n550-Response: 551 5.1.1 Unknown\n550 Sender verify failed",
     "Verification failed for <b@news.example> Response: 551 5.1.1 Unknown Sender verify failed", 550, "5.1.1", PHASE_NONE,
     false},
    /* the queue gave up: the caller says whether the inner reply is wanted */
    {"550 5.4.300 Message expired -> 451 4.7.500 Server busy", "Message expired -> 451 4.7.500 Server busy", 550, "5.4.300",
     PHASE_NONE, false},
    {"550 5.4.300 Message expired -> 451 4.7.500 Server busy", "Server busy", 451, "4.7.500", PHASE_NONE, true},
    {"Delivery time expired, last error: connect to mx[192.0.2.1]:25: Connection timed out",
     "Delivery time expired, last error: connect to mx[192.0.2.1]:25: Connection timed out", 0, "", PHASE_CONNECT, true},
    {"Delivery time expired, last error: connect to mx[192.0.2.1]:25: Connection refused",
     "connect to mx[192.0.2.1]:25: Connection refused", 0, "", PHASE_CONNECT, true},
    {"Connected to 192.0.2.1 but my name was rejected.\nRemote host said: 501 5.0.0 Invalid domain name\nI'm not going to try "
     "again; this message has been in the queue too long.",
     "Invalid domain name", 501, "5.0.0", PHASE_HELO, false},
    /* numbers that are no replies */
    {"550 see https://example.org/DOC-1369#550 [x]", "see https://example.org/DOC-1369#550 [x]", 550, "", PHASE_NONE, false},
    {"452 limit: 500 messages per hour", "limit: 500 messages per hour", 452, "", PHASE_NONE, false},
    {"connect to [192.0.2.1]:587 failed", "connect to [192.0.2.1]:587 failed", 0, "", PHASE_CONNECT, false},
    {"no mailbox here by that name. (#5.7.1)", "no mailbox here by that name. (#5.7.1)", 0, "5.7.1", PHASE_NONE, false},
    {"", "", 0, "", PHASE_NONE, false},
};

static bool reads(size_t i, struct arena *arena)
{
    struct reply r;
    char status[ESC_TEXT];

    reply_read(str_of(cases[i].text), cases[i].expired, arena, &r);
    esc_text(r.enhanced_status, status);
    if (str_eq(r.text, str_of(cases[i].inner)) && r.code == cases[i].code && strcmp(status, cases[i].status) == 0 &&
        r.phase == cases[i].phase)
        return true;
    printf("%s\n  -> \"%.*s\" %d %s %s\n", cases[i].text, STR_ARG(r.text), r.code, status, phase_name(r.phase));
    return false;
}

static void finds_the_inner_reply(void **state)
{
    struct arena *arena = arena_new();
    bool fine = true;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fine &= reads(i, arena);
    arena_free(arena);
    assert_true(fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_inner_reply)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
