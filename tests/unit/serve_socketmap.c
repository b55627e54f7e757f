/* Requests of relays: the netstring, and the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/address.h"
#include "serve/http.h"
#include "serve/socketmap.h"

static const struct {
    const char *input;
    enum netstring is;
    const char *content, *rest;
} netstrings[] = {
    {"3:abc,",              NETSTRING_WHOLE, "abc", ""      },
    {"3:abc,2:de,",         NETSTRING_WHOLE, "abc", "2:de," },
    {"0:,",                 NETSTRING_WHOLE, "",    ""      },
    {"3:a,c,",              NETSTRING_WHOLE, "a,c", ""      },
    {"",                    NETSTRING_MORE,  NULL,  ""      },
    {"3",                   NETSTRING_MORE,  NULL,  "3"     },
    {"3:ab",                NETSTRING_MORE,  NULL,  "3:ab"  },
    {"3:abc",               NETSTRING_MORE,  NULL,  "3:abc" },
    {"4096:",               NETSTRING_MORE,  NULL,  "4096:" },
    {"3:abcd",              NETSTRING_BAD,   NULL,  "3:abcd"},
    {"03:abc,",             NETSTRING_BAD,   NULL,  "03:abc,"},
    {"00:,",                NETSTRING_BAD,   NULL,  "00:,"  },
    {":,",                  NETSTRING_BAD,   NULL,  ":,"    },
    {"-1:a,",               NETSTRING_BAD,   NULL,  "-1:a," },
    {" 3:abc,",             NETSTRING_BAD,   NULL,  " 3:abc,"},
    {"4097:",               NETSTRING_BAD,   NULL,  "4097:" },
    {"100000",              NETSTRING_BAD,   NULL,  "100000"},
    {"99999999999999999999", NETSTRING_BAD,  NULL,  "99999999999999999999"},
    {"get suppression",     NETSTRING_BAD,   NULL,  "get suppression"},
};

static void takes_netstrings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof netstrings / sizeof *netstrings; i++) {
        str rest = str_of(netstrings[i].input), content = {NULL, 0};
        assert_int_equal(netstring_take(&rest, &content), netstrings[i].is);
        assert_true(str_eq(rest, str_of(netstrings[i].rest)));
        if (netstrings[i].content)
            assert_true(str_eq(content, str_of(netstrings[i].content)));
    }
}

enum { SEED = 42 };

static struct lookup *two_entries(void)
{
    const uint64_t ann = address_hash(STR("ann@example.org"), SEED), left = address_domain_hash(STR("left.example"), SEED);
    struct lookup *l = lookup_new(3, 4, SEED);

    for (int i = 0; i < 2; i++) {
        if ((ann < left) == (i == 0))
            assert_true(lookup_add(l, ann, STR("invalid_recipient"), STR("address")));
        else
            assert_true(lookup_add(l, left, STR("no good\nreason"), STR("")));
    }
    return l;
}

static const struct {
    const char *request, *answer;
} answers[] = {
    {"suppression ann@example.org",    "OK REJECT 5.1.1 rebound-suppressed/invalid_recipient"},
    {"suppression ANN@Example.ORG",    "OK REJECT 5.1.1 rebound-suppressed/invalid_recipient"},
    {"suppression bob@left.example",   "OK REJECT 5.7.1 rebound-suppressed/no_good_reason"   },
    {"suppression left.example",       "OK REJECT 5.7.1 rebound-suppressed/no_good_reason"   },
    {"suppression bob@a.left.example", "NOTFOUND "                                           },
    {"suppression bob@example.org",    "NOTFOUND "                                           },
    {"suppression \"a b\"@example.org", "NOTFOUND "                                          },
    {"suppression ",                   "NOTFOUND "                                           },
    {"suppression",                    "PERM there is one map here: suppression"             },
    {"other ann@example.org",          "PERM there is one map here: suppression"             },
};

static void answer_is(const struct lookup *lookup, const char *request, const char *want, struct socketmap_counts *counts)
{
    struct buf to = {0};

    socketmap_answer(lookup, str_of(request), &to, counts);
    str rest = buf_str(&to), content;
    assert_int_equal(netstring_take(&rest, &content), NETSTRING_WHOLE);
    assert_int_equal(rest.n, 0);
    assert_true(str_eq(content, str_of(want)));
    buf_free(&to);
}

static void answers_requests(void **state)
{
    struct lookup *l = two_entries();
    struct socketmap_counts counts = {0};

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        answer_is(l, answers[i].request, answers[i].answer, &counts);
    assert_int_equal(counts.listed, 4);
    assert_int_equal(counts.not_listed, 4);
    assert_int_equal(counts.refused, 2);
    answer_is(NULL, "suppression ann@example.org", "NOTFOUND ", &counts); /* no list: nobody is held up */
    assert_int_equal(counts.no_list, 1);
    lookup_free(l);
}

static const struct {
    const char *text, *host;
    uint16_t port; /* 0: refused */
} places[] = {
    {"127.0.0.1:8025",   "127.0.0.1", 8025},
    {"[::1]:80",         "::1",       80  },
    {"localhost:65535",  "localhost", 65535},
    {"::1:80",           NULL,        0   },
    {"127.0.0.1",        NULL,        0   },
    {":8025",            NULL,        0   },
    {"127.0.0.1:",       NULL,        0   },
    {"127.0.0.1:0",      NULL,        0   },
    {"127.0.0.1:65536",  NULL,        0   },
    {"127.0.0.1:80x",    NULL,        0   },
};

static void reads_places(void **state)
{
    char host[64];
    uint16_t port;

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        assert_int_equal(http_place(places[i].text, host, sizeof host, &port), places[i].port != 0);
        if (places[i].port == 0)
            continue;
        assert_string_equal(host, places[i].host);
        assert_int_equal(port, places[i].port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_netstrings),
        cmocka_unit_test(answers_requests),
        cmocka_unit_test(reads_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
