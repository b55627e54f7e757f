/* classify_text: lists and what they list, severity, phases, expiry, the memo, rules of the user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "classify/classify.h"

static const struct {
    const char *text, *provider, *category, *severity, *blocklist, *item;
    enum phase phase;
} cases[] = {
    {"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.7",
     "", "blocklisted", "hard", "spamhaus_zen", "192.0.2.7", PHASE_NONE},
    {"554 5.7.1 Client host [192.0.2.7] blocked using sbl-xbl.spamhaus.org", "", "blocklisted", "hard", "spamhaus_zen",
     "192.0.2.7", PHASE_NONE},
    {"554 5.7.1 Sender address [a@bad.example] blocked using dbl.spamhaus.org", "", "blocklisted", "hard", "spamhaus_dbl",
     "bad.example", PHASE_NONE},
    {"550 A URL in this email (promo.example) is listed on https://spamrl.com/", "", "spam_content", "hard", "spamexperts",
     "promo.example", PHASE_NONE},
    {"421 4.7.0 [TSS04] Messages from 192.0.2.7 deferred", "yahoo", "ip_reputation", "soft", "yahoo_int", "192.0.2.7",
     PHASE_NONE},
    {"421-4.7.28 There is an unusual rate of unsolicited mail from your IP [192.0.2.7]", "gmail", "rate_limited", "soft",
     "google_int", "192.0.2.7", PHASE_NONE},
    {"550 Blocked, 192.0.2.7 is on rbl.nowhere.example", "", "blocklisted", "hard", "", "", PHASE_NONE},
    {"550 5.1.1 <spamcop@example.org>: User unknown", "", "invalid_recipient", "hard", "", "", PHASE_NONE},
    {"552 5.2.2 Mailbox full", "", "mailbox_full", "soft", "", "", PHASE_NONE},
    {"450 4.2.1 Mailbox temporarily disabled", "", "inactive_mailbox", "soft", "", "", PHASE_NONE},
    {"451 4.7.1 Reputation of your IP is too low", "", "ip_reputation", "soft", "", "", PHASE_NONE},
    /* codes alone: only where they can be trusted, never against a recipient at connect or after DATA */
    {"550 5.1.1 xyzzy", "", "invalid_recipient", "hard", "", "", PHASE_RCPT},
    {"550 5.1.1 xyzzy", "", "unclassified", "hard", "", "", PHASE_BODY},
    {"550 5.1.1 xyzzy", "", "unclassified", "hard", "", "", PHASE_CONNECT},
    {"550 5.1.1 xyzzy", "", "unclassified", "hard", "", "", PHASE_DATA},
    {"550", "", "unclassified", "hard", "", "", PHASE_RCPT},
    {"554", "", "unclassified", "hard", "", "", PHASE_NONE},
    {"550 5.0.0 xyzzy", "", "unclassified", "hard", "", "", PHASE_RCPT},
    {"550 5.1.0 xyzzy", "", "unclassified", "hard", "", "", PHASE_RCPT},
    {"450 4.1.1 xyzzy", "", "unclassified", "soft", "", "", PHASE_RCPT},
};

static bool says(struct classifier *c, size_t i)
{
    const struct classify_input in = {
        .text = str_of(cases[i].text), .provider = str_of(cases[i].provider), .phase = cases[i].phase};
    struct verdict v;

    classify_text(c, &in, &v);
    if (str_eq(v.category, str_of(cases[i].category)) && str_eq(v.severity, str_of(cases[i].severity)) &&
        str_eq(v.blocklist, str_of(cases[i].blocklist)) && str_eq(v.listed_item, str_of(cases[i].item)))
        return true;
    printf("%s\n  -> %.*s %.*s list \"%.*s\" item \"%.*s\" by %.*s\n", cases[i].text, STR_ARG(v.category), STR_ARG(v.severity),
           STR_ARG(v.blocklist), STR_ARG(v.listed_item), STR_ARG(v.rule));
    return false;
}

static void decides(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    bool fine = true;

    (void)state;
    for (int round = 0; round < 2; round++) /* the second time from the memo */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            fine &= says(c, i);
    classifier_free(c);
    assert_true(fine);
}

static void flags_what_is_not_ours(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    struct classify_input in = {.text = STR("554 5.7.1 Client host [192.0.2.7] blocked using dnsbl.sorbs.net")};
    struct verdict v;

    (void)state;
    classify_text(c, &in, &v);
    assert_true(str_eq(v.blocklist, STR("sorbs")) && v.stale && !v.misconfigured);
    in.text = STR("554 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org; 127.255.255.254 open resolver");
    classify_text(c, &in, &v);
    assert_true(str_eq(v.blocklist, STR("spamhaus_zen")) && !v.stale && v.misconfigured);
    classifier_free(c);
}

static void expiry_takes_the_inner_reply(void **state)
{
    static const struct {
        const char *text;
        bool expired;
        const char *category;
    } expiries[] = {
        {"550 5.4.300 Message expired -> 451 4.7.500 Server is rate limiting you", true, "rate_limited"},
        {"550 5.4.300 Message expired -> 451 4.7.500 Server is rate limiting you", false, "timeout_expired"},
        {"connect to mx.example.org[192.0.2.1]:25: Connection timed out", false, "connection_failed"},
        {"connect to mx.example.org[192.0.2.1]:25: Connection timed out", true, "timeout_expired"},
        {"conversation with mx.example.org[192.0.2.1] timed out while sending MAIL FROM", true, "connection_failed"},
        {"connect to mx.example.org[192.0.2.1]:25: Connection refused", true, "connection_failed"},
        {"connect to mx.example.org[192.0.2.1]:25: No route to host", true, "connection_failed"},
        {"451 4.4.2 Timeout while waiting for the connection", true, "connection_failed"},
        {"retry timeout exceeded", true, "timeout_expired"},
        {"", true, "timeout_expired"},
    };
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);

    (void)state;
    for (size_t i = 0; i < sizeof expiries / sizeof *expiries; i++) {
        const struct classify_input in = {.text = str_of(expiries[i].text), .expired = expiries[i].expired};
        struct verdict v;

        classify_text(c, &in, &v);
        assert_true(str_eq(v.category, str_of(expiries[i].category)));
    }
    classifier_free(c);
}

/* One meaning is one signature, whoever the recipient is; another code or provider is another. */
static void signs_the_meaning(void **state)
{
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);
    struct classify_input in = {.text = STR("550 5.1.1 <ann@example.org>: unknown [192.0.2.1]"), .recipient = STR("ann@example.org")};
    struct verdict a, b;

    (void)state;
    classify_text(c, &in, &a);
    in.text = STR("550 5.1.1 <bob@example.net>: unknown [192.0.2.99]");
    in.recipient = STR("bob@example.net");
    classify_text(c, &in, &b);
    assert_true(a.signature_id == b.signature_id && str_eq(a.masked, STR("<recipient>: unknown [<ip>]")));
    in.provider = STR("gmail");
    classify_text(c, &in, &b);
    assert_true(a.signature_id != b.signature_id);
    classifier_free(c);
}

static void write_rules(const char *folder, const char *text)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/own.rules", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_rules(const char *folder)
{
    char path[300];

    snprintf(path, sizeof path, "%s/own.rules", folder);
    unlink(path);
    rmdir(folder);
}

static void count_hit(void *context, str rule, str file, size_t line, uint64_t hits)
{
    (void)file;
    (void)line;
    *(uint64_t *)context = str_eq(rule, STR("own.bomb")) ? hits : 0;
}

/* The user's rules win; a broken file keeps the old set and says where; a bomb is stopped, counted, named. */
static void minds_the_users_rules(void **state)
{
    char folder[] = "/tmp/rebound-rules-XXXXXX", bomb[2100];
    struct err err = {0};
    struct classifier *c;
    struct classify_input in = {.text = STR("550 5.1.1 User unknown")};
    struct verdict v;
    uint64_t hits = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_rules(folder, "rule own.first\n  category policy_rejected\n  text user unknown\n  yes 550 User unknown\n"
                        "rule own.bomb\n  category virus\n  text ^(q+)+[xy]$\n");
    c = classifier_new(folder, &err);
    assert_non_null(c);
    classify_text(c, &in, &v);
    assert_true(str_eq(v.rule, STR("own.first")));

    write_rules(folder, "rule own.first\n  category policy_rejected\n  text (user unknown\n");
    assert_false(classifier_reload(c, folder, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_non_null(strstr(err.text, "own.rules:3: text: missing closing parenthesis"));
    classify_text(c, &in, &v);
    assert_true(str_eq(v.rule, STR("own.first")));

    memset(bomb, 'q', sizeof bomb);
    in.text = (str){bomb, sizeof bomb};
    classify_text(c, &in, &v);
    assert_true(str_eq(v.category, STR("unclassified")));
    classifier_limit_hits(c, count_hit, &hits);
    assert_int_equal(hits, 1);
    classifier_free(c);
    remove_rules(folder);
}

static void refuses_broken_rules(void **state)
{
    static const struct {
        const char *text, *why;
    } broken[] = {
        {"rule a\n  text x\n", "own.rules:1: rule a has no category"},
        {"rule a\n  category nonsense\n  text x\n", "own.rules:2: category: no category \"nonsense\""},
        {"rule a\n  category virus\n", "own.rules:1: rule a has no text, status or code"},
        {"rule a\n  category virus\n  text x\nrule a\n  category virus\n  text y\n", "own.rules:4: rule a is already in"},
        {"category virus\n", "own.rules:1: \"category\" before the first rule"},
        {"rule a\n  colour red\n", "own.rules:2: what is \"colour\"?"},
        {"rule a\n  category virus\n  text x\n  phase noon\n", "own.rules:4: phase: no phase \"noon\""},
        {"rule a\n  category virus\n  text x\n  provider nobody\n", "own.rules:4: provider: no provider, group or kind \"nobody\""},
        {"rule a\n  category virus\n  text x\n  blocklist nil\n", "own.rules:4: blocklist: no blocklist \"nil\""},
        {"rule a\n  category virus\n  text x\n  severity big\n", "own.rules:4: severity: severity is hard, soft or none"},
    };
    char folder[] = "/tmp/rebound-rules-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct err err = {0};

        write_rules(folder, broken[i].text);
        assert_null(classifier_new(folder, &err));
        if (!strstr(err.text, broken[i].why))
            printf("%s\n", err.text);
        assert_non_null(strstr(err.text, broken[i].why));
    }
    remove_rules(folder);
}

/* The same words to two people: the domain in them is listed, unless it is where the mail went. */
static void recalls_nobody_elses_item(void **state)
{
    static const struct {
        const char *recipient, *item;
    } told[] = {{"eve@bad.example", ""}, {"ann@one.example", "bad.example"}, {"eve@bad.example", ""},
                {"kim@two.example", "bad.example"}, {"ann@one.example", "bad.example"}};
    struct err err = {0};
    struct classifier *c = classifier_new(NULL, &err);

    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const struct classify_input in = {
            .text = STR("554 5.7.1 Sender address [x@bad.example] blocked using dbl.spamhaus.org"),
            .recipient = str_of(told[i].recipient),
        };
        struct verdict quick, slow;
        classify_text(c, &in, &quick);
        classify_text_slowly(c, &in, &slow);
        assert_true(str_eq(quick.listed_item, str_of(told[i].item)));
        assert_true(str_eq(slow.listed_item, quick.listed_item));
        assert_int_equal(slow.signature_id, quick.signature_id);
    }
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recalls_nobody_elses_item),
        cmocka_unit_test(decides),
        cmocka_unit_test(flags_what_is_not_ours),
        cmocka_unit_test(expiry_takes_the_inner_reply),
        cmocka_unit_test(signs_the_meaning),
        cmocka_unit_test(minds_the_users_rules),
        cmocka_unit_test(refuses_broken_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
