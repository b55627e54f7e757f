/* The shipped tables: providers by host and domain, blocklists by what names them, categories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/blocklists.h"
#include "classify/classify.h"
#include "classify/psl.h"

static const struct {
    const char *host, *domain, *id;
} answers[] = {
    {"gmail-smtp-in.l.google.com", "gmail.com", "gmail"},
    {"aspmx.l.google.com", "shop.example", "gmail"}, /* who answers, not whose domain */
    {"shop-example.mail.protection.outlook.com", "shop.example", "microsoft365"},
    {"hotmail-com.olc.protection.outlook.com", "hotmail.com", "outlook_consumer"},
    {"mta5.am0.yahoodns.net", "sky.com", "yahoo"}, /* one roof: who answers */
    {"mx-aol.mail.gm0.yahoodns.net", "aol.com", "aol"},
    {"MX1.QQ.COM.", "qq.com", "tencent_qq"},
    {"mxbiz1.qq.com", "firm.example", "tencent_exmail"},
    {"evilgoogle.com", "", "other"},                 /* no label boundary */
    {"relay.google.com", "gmx.de", "unitedinternet"}, /* a smarthost: one brand answers for another */
    {"mx.nowhere.example", "gmail.com", "gmail"},
    {"", "mail.tampabay.rr.com", "spectrum"},
    {"mx.nowhere.example", "nowhere.example", "other"},
    {"", "", "other"},
};

static void finds_who_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct provider *p = provider_of(providers_shipped(), str_of(answers[i].host), str_of(answers[i].domain));

        if (!str_eq(p->id, str_of(answers[i].id)))
            printf("%s %s: %.*s\n", answers[i].host, answers[i].domain, STR_ARG(p->id));
        assert_true(str_eq(p->id, str_of(answers[i].id)));
    }
    assert_null(provider_named(providers_shipped(), STR("nobody")));
    assert_true(str_eq(provider_named(providers_shipped(), STR("aol"))->group, STR("yahoo")));
}

static const struct {
    const char *text, *id;
} namings[] = {
    {"blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/<ip>", "spamhaus_zen"},
    {"blocked using sbl-xbl.spamhaus.org", "spamhaus_zen"},
    {"listed in spamhaus xbl, see https://www.spamhaus.org", "spamhaus_xbl"},
    {"blocked using dbl.spamhaus.org", "spamhaus_dbl"},
    {"blocked using uceprotect-level2", "uceprotect2"},
    {"see http://www.spamcop.net/bl.shtml?<ip>", "spamcop"},
    {"listed at dnsbl.sorbs.net", "sorbs"},
    {"[tss04] deferred", "yahoo_int"},
    {"absorbs nothing", ""},
    {"the sorbsians", ""},
    {"user unknown", ""},
};

static void finds_the_list_that_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof namings / sizeof *namings; i++) {
        const struct blocklist *list = blocklist_named(str_of(namings[i].text));

        if (!str_eq(list ? list->id : STR(""), str_of(namings[i].id)))
            printf("%s: %.*s\n", namings[i].text, STR_ARG(list ? list->id : STR("none")));
        assert_true(str_eq(list ? list->id : STR(""), str_of(namings[i].id)));
    }
}

/* A dead list is named, and has no zone that anybody could query. */
static void dead_lists_have_no_zone(void **state)
{
    const struct blocklist *all;
    const size_t count = classify_blocklists(&all);
    size_t dead = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(all[i].status, STR("dead")))
            continue;
        assert_int_equal(all[i].zones.n, 0);
        dead++;
    }
    assert_true(dead > 10);
}

static void categories_are_whole(void **state)
{
    const struct category *all;
    const size_t count = classify_categories(&all);

    (void)state;
    assert_int_equal(count, 34);
    for (size_t i = 0; i < count; i++) {
        assert_true(all[i].title.n > 0 && all[i].advice.n > 20);
        assert_non_null(strchr("HTBRU-", all[i].class));
        assert_ptr_equal(classify_category(all[i].id), &all[i]);
    }
    assert_null(classify_category(STR("nonsense")));
}

static void knows_who_owns_a_name(void **state)
{
    static const struct {
        const char *name, *organisation;
    } names[] = {
        {"mail.shop.example.co.uk", "example.co.uk"}, {"Mail.Example.COM.", "Example.COM"}, {"co.uk", "co.uk"},
        {"example.com", "example.com"},               {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(str_eq(psl_organisation(str_of(names[i].name)), str_of(names[i].organisation)));
    assert_true(psl_is_tld(STR("com")) && psl_is_tld(STR("EXAMPLE")) && !psl_is_tld(STR("notfound")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_who_answered),      cmocka_unit_test(finds_the_list_that_is_named),
        cmocka_unit_test(dead_lists_have_no_zone), cmocka_unit_test(categories_are_whole),
        cmocka_unit_test(knows_who_owns_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
