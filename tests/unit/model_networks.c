/* networks: which addresses are ours, by CIDR lists; address literals of RFC 5321 4.1.3 count as addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"
#include "model/networks.h"

static const struct {
    const char *cidr, *ip;
    bool holds;
} cases[] = {
    {"192.0.2.0/24",      "192.0.2.1",              true },
    {"192.0.2.0/24",      "192.0.2.255",            true },
    {"192.0.2.0/24",      "192.0.3.0",              false},
    {"192.0.2.77/24",     "192.0.2.1",              true }, /* host bits do not matter */
    {"192.0.2.128/25",    "192.0.2.127",            false},
    {"192.0.2.128/25",    "192.0.2.128",            true },
    {"192.0.2.4/30",      "192.0.2.7",              true },
    {"192.0.2.4/30",      "192.0.2.8",              false},
    {"192.0.2.5",         "192.0.2.5",              true },
    {"192.0.2.5",         "192.0.2.4",              false},
    {"192.0.2.5/32",      "192.0.2.5",              true },
    {"0.0.0.0/0",         "203.0.113.9",            true },
    {"0.0.0.0/0",         "2001:db8::1",            false},
    {"2001:db8::/32",     "2001:db8:ffff::1",       true },
    {"2001:db8::/32",     "2001:db9::1",            false},
    {"2001:db8::/33",     "2001:db8:8000::1",       false},
    {"2001:db8::1",       "2001:DB8:0:0:0:0:0:1",   true },
    {"2001:db8::/127",    "2001:db8::1",            true },
    {"2001:db8::/127",    "2001:db8::2",            false},
    {"::/0",              "2001:db8::1",            true },
    {"::/0",              "192.0.2.1",              false},
    {"2001:db8::/32",     "IPv6:2001:db8::5",       true },
    {"2001:db8::/32",     "ipv6:2001:db8::5",       true },
    {"192.0.2.0/24",      "192.0.2",                false},
    {"192.0.2.0/24",      "192.0.2.1.example.org",  false},
    {"192.0.2.0/24",      "mail.example.org",       false},
    {"192.0.2.0/24",      "",                       false},
    {"192.0.2.0/24",      "192.0.2.1 ",             false},
    {"192.0.2.0/24",      "::ffff:192.0.2.1",       true }, /* IPv4 seen through an IPv6 socket (RFC 4291 2.5.5.2) */
    {"192.0.2.0/24",      "IPv6:::ffff:192.0.2.1",  true },
    {"::ffff:192.0.2.0/120", "192.0.2.9",           true },
    {"::ffff:192.0.2.0/120", "192.0.3.9",           false},
    {"192.0.2.0/24",      "[192.0.2.1]",            true }, /* as a literal is written */
    {"2001:db8::/32",     "[IPv6:2001:db8::5]",     true },
    {"192.0.2.0/24",      "[192.0.2.1",             false},
};

static const char *const refused[] = {
    "",           "/",          "/24",           "192.0.2.0/33",  "192.0.2.0/-1", "192.0.2.0/",   "192.0.2.0/24x",
    "192.0.2/24", "2001:db8::/129", "example.org", "192.0.2.256", "2001:db8::g",  "192.0.2.0/24/1",
    "192.0.2.0/99999999999999999999999", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd/1",
};

static const struct {
    const char *ip;
    bool is_private, is_loopback;
} kinds[] = {
    {"127.0.0.1",       true,  true },
    {"127.255.255.255", true,  true },
    {"128.0.0.1",       false, false},
    {"10.1.2.3",        true,  false},
    {"11.0.0.0",        false, false},
    {"172.16.0.1",      true,  false},
    {"172.31.255.255",  true,  false},
    {"172.32.0.0",      false, false},
    {"192.168.255.1",   true,  false},
    {"192.169.0.1",     false, false},
    {"169.254.1.1",     true,  false},
    {"::1",             true,  true },
    {"::2",             false, false},
    {"IPv6:::1",        true,  true },
    {"::ffff:127.0.0.1", true, true },
    {"::ffff:10.0.0.1", true,  false},
    {"fd00::1",         true,  false},
    {"fe00::1",         false, false},
    {"fe80::1",         true,  false},
    {"fe80::1%eth0",    true,  false}, /* RFC 4007 11: which link it was */
    {"febf::1",         true,  false},
    {"fec0::1",         false, false},
    {"2001:db8::1",     false, false},
    {"unknown",         false, false},
    {"",                false, false},
};

static void holds_what_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct networks *n = networks_new();
        assert_false(networks_hold(n, str_of(cases[i].ip)));
        assert_true(networks_add(n, STR("198.51.100.0/24"))); /* one more, so that it is a list */
        assert_true(networks_add(n, str_of(cases[i].cidr)));
        if (networks_hold(n, str_of(cases[i].ip)) != cases[i].holds)
            fail_msg("%s in %s", cases[i].ip, cases[i].cidr);
        networks_free(n);
    }
}

static void refuses_what_is_no_network(void **state)
{
    struct networks *n = networks_new();

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (networks_add(n, str_of(refused[i])))
            fail_msg("%s", refused[i]);
    assert_false(networks_hold(n, STR("192.0.2.1")));
    networks_free(n);
    networks_free(NULL);
}

static void knows_private_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (network_is_private(str_of(kinds[i].ip)) != kinds[i].is_private ||
            network_is_loopback(str_of(kinds[i].ip)) != kinds[i].is_loopback)
            fail_msg("%s", kinds[i].ip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_it_should),
        cmocka_unit_test(refuses_what_is_no_network),
        cmocka_unit_test(knows_private_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
