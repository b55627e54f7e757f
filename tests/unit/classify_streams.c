/* streams: patterns first, then the sender's organisation; what relays write into senders is taken off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base_text.h"
#include "classify/streams.h"

#define T(text) {text, sizeof(text) - 1}

static const struct stream_rule rules[] = {
    {T("sasl:shop-*"),         T("shop")   },
    {T("from:*@News.example"), T("letters")},
    {T("syslog:postfix-pw"),   T("secrets")},
    {T("promo?"),              T("promo")  },
    {T("SASL:*"),              T("people") },
};

static const struct stream_kind kinds[] = {
    {T("secrets"), T("transactional")},
    {T("People"),  T("person")       },
};

static const struct {
    const char *sasl_user, *sender, *syslog_name, *named, *want, *kind;
} cases[] = {
    {"",        "ann@a.example",               "postfix",    "",       "a.example", "bulk"         },
    {"",        "ann@mail.eu.a.example",       "postfix",    "",       "a.example", "bulk"         },
    {"",        "ann@shop.a.co.uk",            "postfix",    "",       "a.co.uk",   "bulk"         },
    {"",        "Ann@MAIL.A.Example",          "postfix",    "",       "a.example", "bulk"         },
    {"shop-7",  "ann@a.example",               "postfix",    "",       "shop",      "bulk"         },
    {"SHOP-7",  "ann@a.example",               "postfix",    "",       "shop",      "bulk"         },
    {"shop-7",  "b@news.example",              "postfix",    "",       "shop",      "bulk"         }, /* first match */
    {"",        "b+ann=b.example@NEWS.example", "postfix",   "",       "letters",   "bulk"         },
    {"",        "ann@a.example",               "postfix-pw", "",       "secrets",   "transactional"},
    {"",        "ann@a.example",               "postfix",    "promo1", "promo",     "bulk"         }, /* no prefix: any */
    {"promo2",  "ann@a.example",               "postfix",    "",       "promo",     "bulk"         },
    {"",        "ann@a.example",               "postfix",    "promo",  "promo",     "bulk"         }, /* as named: ? wants a character */
    {"ann",     "",                            "postfix",    "",       "people",    "person"       },
    {"",        "",                            "postfix",    "",       "",          "bulk"         },
    {"",        "root",                        "postfix",    "",       "",          "bulk"         },
    {"",        "ann@a.example",               "postfix",    "tenant 5", "tenant 5", "bulk"        },
};

static const struct {
    const char *sender, *want;
} senders[] = {
    {"ann@a.example",                              "ann@a.example"   },
    {"b+7-ann=a.example@news.example",             "b@news.example"  },
    {"bounce-123-abc@news.example",                "bounce@news.example"},
    {"bounces+sg_7=ann@news.example",              "bounces@news.example"},
    {"first-last@a.example",                       "first-last@a.example"},
    {"prvs=1234abcdef=ann@a.example",              "ann@a.example"   },
    {"PRVS=1234abcdef=ann@a.example",              "ann@a.example"   },
    {"SRS0=HHH=TT=a.example=ann@fwd.example",      "srs@fwd.example" },
    {"SRS1=HHH=b.example==HHH=TT=a.example=ann@fwd.example", "srs@fwd.example"},
    {"srs0+HHH=TT=a.example=ann@fwd.example",      "srs@fwd.example" },
    {"ann-@a.example",                             "ann-@a.example"  },
    {"+ann@a.example",                             "+ann@a.example"  },
    {"",                                           ""                },
    {"root",                                       "root"            },
};

static void first_match_wins(void **state)
{
    struct streams *s = streams_new(rules, COUNT(rules), kinds, COUNT(kinds));

    (void)state;
    for (int again = 0; again < 2; again++) /* the second time they are remembered */
        for (size_t i = 0; i < COUNT(cases); i++) {
            const struct stream *found = streams_of(s, str_of(cases[i].sasl_user), str_of(cases[i].sender),
                                                    str_of(cases[i].syslog_name), str_of(cases[i].named));
            if (!str_eq(found->name, str_of(cases[i].want)) || !str_eq(found->kind, str_of(cases[i].kind)) ||
                (found->id == 0) != (found->name.n == 0))
                fail_msg("%s %s %s %s: %.*s (%.*s)", cases[i].sasl_user, cases[i].sender, cases[i].syslog_name,
                         cases[i].named, STR_ARG(found->name), STR_ARG(found->kind));
        }
    streams_free(s);
    streams_free(NULL);
}

static void patterns_alone(void **state)
{
    struct streams *s = streams_new(rules, COUNT(rules), NULL, 0);
    const str none = STR("");

    (void)state;
    assert_str(streams_by_rule(s, STR("shop-9"), none, none, none)->name, "shop");
    assert_null(streams_by_rule(s, none, STR("ann@a.example"), STR("postfix"), none));
    streams_free(s);
}

static void senders_lose_their_tags(void **state)
{
    char room[128], small[8];

    (void)state;
    for (size_t i = 0; i < COUNT(senders); i++) {
        const str got = stream_sender(str_of(senders[i].sender), room, sizeof room);
        if (!str_eq(got, str_of(senders[i].want)))
            fail_msg("%s: %.*s", senders[i].sender, STR_ARG(got));
    }
    assert_str(stream_sender(STR("ann@a.example"), small, sizeof small), "ann@a.e"); /* cut, never beyond */
}

static void beyond_five_hundred_is_other(void **state)
{
    struct streams *s = streams_new(NULL, 0, NULL, 0);
    char sender[64];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        snprintf(sender, sizeof sender, "ann@d%d.example", i);
        const struct stream *found = streams_of(s, STR(""), str_of(sender), STR("postfix"), STR(""));
        if (i < STREAMS_MAX)
            assert_str(found->name, sender + 4);
        else
            assert_str(found->name, "other");
    }
    assert_str(streams_of(s, STR(""), STR("bob@d7.example"), STR("postfix"), STR(""))->name, "d7.example");
    streams_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_match_wins),
        cmocka_unit_test(patterns_alone),
        cmocka_unit_test(senders_lose_their_tags),
        cmocka_unit_test(beyond_five_hundred_is_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
