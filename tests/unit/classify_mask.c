/* mask and fold: what goes, what stays, what is lifted out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/fold.h"
#include "classify/mask.h"

static const char *const recipient = "ann.lee@example.org";

static const struct {
    const char *text, *masked, *ip, *domain, *url_domain;
} masks[] = {
    {"<ann.lee@example.org>: User unknown", "<recipient>: User unknown", "", "", ""},
    {"no such user ANN.LEE@EXAMPLE.ORG here", "no such user <recipient> here", "", "", ""},
    {"ann.lee=example.org is full", "<recipient> is full", "", "", ""},
    {"user ann.lee unknown", "user <recipient> unknown", "", "", ""},
    {"<bob@shop.example>: refused", "<address>: refused", "", "shop.example", ""},
    {"write to delist@messaging.microsoft.com", "write to delist@messaging.microsoft.com", "", "", ""},
    {"[192.0.2.7] and 198.51.100.0/24", "[<ip>] and <ip>", "192.0.2.7", "", ""},
    {"IPv6:2001:db8::1: refused", "<ip>: refused", "2001:db8::1", "", ""},
    {"come back in 00:05:00", "come back in <n>:<n>:<n>", "", "", ""},
    {"127.0.0.4 says zen.spamhaus.org", "127.0.0.4 says zen.spamhaus.org", "", "", ""},
    {"KEY123.combined.mail.abusix.zone", "abusix.zone", "", "", ""},
    {"blocked using rbl.nowhere.example", "blocked using <dnsbl>", "", "", ""},
    {"mx7.shop.example and mta5.mail.yahoo.com", "<host> and mail.yahoo.com", "", "mx7.shop.example", ""},
    {"see https://bad.example/x?id=99a", "see https://bad.example/x?id=<id>", "", "", "bad.example"},
    {"?p=NoSuchUser d2e1a72fcca58-7 - gsmtp", "?p=NoSuchUser <id> - gsmtp", "", "", ""},
    {"(S3140) [TSS04] OFR_417 BL000010 AUP#1220 ofr_506 AS16012611",
     "(S3140) [TSS04] OFR_417 BL000010 AUP#1220 ofr_506 AS16012611", "", "", ""},
    {"id 4F3A2B1C0D 1hQxyz-0001Ab-CD S2017062302", "id <id> <id> <id>", "", "", ""},
    {"RFC 5322, code 2, 550 again, 26 hops, [7.7]", "RFC 5322, code 2, 550 again, <n> hops, [7.7]", "", "", ""},
    {"5.7.26 stays, 1.2.3 is a version", "5.7.26 stays, <n>.<n>.<n> is a version", "", "", ""},
    {"RESOLVER.ADR.RecipientNotFound; STOREDRV.Deliver", "RESOLVER.ADR.RecipientNotFound; STOREDRV.Deliver", "", "", ""},
    {"was rejected.Please see", "was rejected.Please see", "", "", ""},
    {"a\tb\r\n  c \x01 ", "a b c", "", "", ""},
    {"", "", "", "", ""},
};

static bool shows(str got, const char *want, const char *what, const char *text)
{
    if (str_eq(got, str_of(want)))
        return true;
    printf("%s of \"%s\": \"%.*s\", not \"%s\"\n", what, text, STR_ARG(got), want);
    return false;
}

static void masks_what_changes(void **state)
{
    struct buf out = {0};
    bool fine = true;

    (void)state;
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        struct masked lifted;

        buf_clear(&out);
        mask_text(str_of(masks[i].text), str_of(recipient), &out, &lifted);
        fine &= shows(buf_str(&out), masks[i].masked, "mask", masks[i].text);
        fine &= shows(lifted.ip, masks[i].ip, "ip", masks[i].text);
        fine &= shows(lifted.url_domain, masks[i].url_domain, "url", masks[i].text);
        fine &= shows(lifted.domain, masks[i].domain, "domain", masks[i].text);
    }
    buf_free(&out);
    assert_true(fine);
}

static void keeps_only_the_recipient_back(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"550 <ann.lee@example.org>: quota of 12", "550 <<recipient>>: quota of 12"},
        {"bounce+ann.lee=example.org@news.example", "bounce+<recipient>@news.example"},
        {"ann.lee is away, bob@example.org is not", "<recipient> is away, bob@example.org is not"},
    };
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&out);
        mask_recipient(str_of(cases[i].text), str_of(recipient), &out);
        assert_string_equal(buf_str(&out).p, cases[i].want);
    }
    buf_free(&out);
}

/* The same address with letters only stays where it could be any word. */
static void leaves_common_words_alone(void **state)
{
    struct buf out = {0};
    struct masked lifted;

    (void)state;
    mask_text(STR("user unknown, \"user\" is not here"), STR("user@example.org"), &out, &lifted);
    assert_string_equal(out.p, "user unknown, \"<recipient>\" is not here");
    buf_free(&out);
}

static const struct {
    const char *text, *folded;
} folds[] = {
    {"Bo\xc3\xaete PLEINE", "boite pleine"},
    {"\xc3\x9c" "BERSCHRITTEN gro\xc3\x9f", "uberschritten gross"},
    {"\xd0\x9f\xd0\x9e\xd0\x9b\xd0\x9e\xd0\x9d", "\xd0\xbf\xd0\xbe\xd0\xbb\xd0\xbe\xd0\xbd"},
    {"\xef\xbc\xa1\xef\xbc\x91", "a1"},
    {"bo\xeete", "boite"},
    {"kh\xc3\xb4ng t\xe1\xbb\x93n t\xe1\xba\xa1i", "khong ton tai"},
    {"\xe2\x80\x9cno\xe2\x80\x9d\xc2\xa0user", "\"no\" user"},
    {"a\\S", "a\\s"},
};

static void folds_letters(void **state)
{
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        buf_clear(&out);
        fold_text(str_of(folds[i].text), &out);
        assert_string_equal(out.p, folds[i].folded);
    }
    buf_clear(&out);
    fold_pattern(STR("\\S\\B[\xc3\x89]"), &out);
    assert_string_equal(out.p, "\\S\\B[e]");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_what_changes),
        cmocka_unit_test(keeps_only_the_recipient_back),
        cmocka_unit_test(leaves_common_words_alone),
        cmocka_unit_test(folds_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
