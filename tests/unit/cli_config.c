/* config: what a file says is typed, and what it says wrongly is named with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_text.h"
#include "cli/config.h"

static const char whole[] = "# comment\n"
                            "database = host=/run/postgresql dbname=mail\n"
                            "; another comment\n"
                            "[networks]\r\n"
                            "own = 192.0.2.0/24, 2001:db8::/32;198.51.100.7\r\n"
                            "smarthosts=smtp.example.net\n"
                            "\n"
                            "[streams]\n"
                            "*@news.example.org = news\n"
                            "sasl:app1 = app\n"
                            "* = rest\n"
                            "[stream_kinds]\n"
                            "app = transactional\n"
                            "[privacy]\n"
                            "addresses = hashed\n"
                            "[ingest]\n"
                            "batch_mb = 64\n"
                            "zone = Europe/Berlin\n"
                            "[export relay1]\n"
                            "format = postfix-access\n"
                            "path = /etc/postfix/suppressed\n"
                            "[export plain]\n"
                            "path = /tmp/list\n"
                            "scope = stream:news\n";

static void reads_every_kind_of_value(void **state)
{
    struct err err = {0};
    struct config *config = config_parse("a.conf", STR(whole), &err);
    (void)state;

    assert_non_null(config);
    assert_string_equal(config->database, "host=/run/postgresql dbname=mail");
    assert_int_equal(config->networks_own.count, 3);
    assert_str(config->networks_own.items[1], "2001:db8::/32");
    assert_str(config->smarthosts.items[0], "smtp.example.net");
    assert_int_equal(config->streams.count, 3);
    assert_str(config->streams.pairs[0].key, "*@news.example.org");
    assert_str(config->streams.pairs[1].value, "app");
    assert_str(config->streams.pairs[2].key, "*");
    assert_string_equal(config->privacy_addresses, "hashed");
    assert_int_equal(config->ingest_batch_mb, 64);
    assert_int_equal(config->target_count, 2);
    assert_string_equal(config->targets[0].name, "relay1");
    assert_string_equal(config->targets[0].format, "postfix-access");
    assert_string_equal(config->targets[0].scope, "global");
    assert_null(config->targets[1].format);
    assert_string_equal(config->targets[1].scope, "stream:news");
    config_free(config);
}

static void has_defaults(void **state)
{
    struct err err = {0};
    struct config *config = config_parse("a.conf", STR(""), &err);
    (void)state;

    assert_non_null(config);
    assert_null(config->database);
    assert_string_equal(config->privacy_addresses, "failures");
    assert_int_equal(config->ingest_batch_mb, 256);
    assert_int_equal(config->target_count, 0);
    config_free(config);
    config_free(NULL);
}

static const struct {
    const char *text, *message;
} wrong[] = {
    {"[networks]\n\nonw = 192.0.2.0/24\n", "a.conf:3: unknown key \"onw\" in [networks] (did you mean \"own\"?)"},
    {"[network]\n", "a.conf:1: unknown section [network] (did you mean \"networks\"?)"},
    {"[nothing_like_it]\n", "a.conf:1: unknown section [nothing_like_it]"},
    {"datebase = x\n", "a.conf:1: unknown key \"datebase\" in [rebound] (did you mean \"database\"?)"},
    {"[networks]\nown = 192.0.2.0/33\n",
     "a.conf:2: [networks] own: \"192.0.2.0/33\" is no network, as 192.0.2.0/24 or 2001:db8::/32"},
    {"[networks]\nown = mail.example.org\n",
     "a.conf:2: [networks] own: \"mail.example.org\" is no network, as 192.0.2.0/24 or 2001:db8::/32"},
    {"[privacy]\naddresses = some\n", "a.conf:2: [privacy] addresses: \"some\" is none of failures|all|hashed"},
    {"[ingest]\nbatch_mb = 1.5\n", "a.conf:2: [ingest] batch_mb: a whole number is wanted"},
    {"[ingest]\nbatch_mb = -1\n", "a.conf:2: [ingest] batch_mb: a whole number is wanted"},
    {"[stream_kinds]\nnews = spam\n", "a.conf:2: \"spam\" is none of bulk|transactional|person"},
    {"[export relay1]\nfromat = cdb\n",
     "a.conf:2: unknown key \"fromat\" in [export relay1] (did you mean \"format\"?)"},
    {"# fine\nwhat is this\n", "a.conf:2: neither [section] nor key = value"},
    {"[networks\nown = 192.0.2.1\n", "a.conf:1: neither [section] nor key = value"},
    {"database = caf\xe9\n", "a.conf: no text in UTF-8"},
};

static void names_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct err err = {0};

        assert_null(config_parse("a.conf", str_of(wrong[i].text), &err));
        assert_string_equal(err.text, wrong[i].message);
        assert_int_equal(err.kind, ERR_CONFIG);
    }
}

static void keeps_secrets(void **state)
{
    struct err err = {0};
    (void)state;

    assert_null(config_parse("a.conf", STR("database = password=hunter2\n[bad\n"), &err));
    assert_null(strstr(err.text, "hunter2"));
    assert_null(config_parse("a.conf", STR("databse = password=hunter2\n"), &err));
    assert_null(strstr(err.text, "hunter2"));
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *in_folder(const char *folder, const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void is_looked_for_in_order(void **state)
{
    char folder[] = "/tmp/rebound-config-XXXXXX";
    struct err err = {0};
    struct config *config;
    (void)state;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(in_folder(folder, "rebound"), 0700), 0);
    assert_int_equal(mkdir(in_folder(folder, "rebound/rules.d"), 0700), 0);
    write_file(folder, "named.conf", "database = named\n");
    write_file(folder, "rebound/rebound.conf", "database = xdg\n");
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("REBOUND_CONFIG");
    config = config_read(NULL, &err);
    assert_string_equal(config->database, "xdg");
    assert_string_equal(config->rules, in_folder(folder, "rebound/rules.d"));
    config_free(config);
    setenv("REBOUND_CONFIG", in_folder(folder, "named.conf"), 1);
    config = config_read(NULL, &err);
    assert_string_equal(config->database, "named");
    assert_null(config->rules);
    config_free(config);
    assert_null(config_read("/nowhere/x.conf", &err));
    assert_string_equal(err.text, "/nowhere/x.conf: no such configuration file");
    assert_null(config_read(folder, &err)); /* a folder */
    assert_int_equal(err.kind, ERR_CONFIG);
    unlink(in_folder(folder, "named.conf"));
    unlink(in_folder(folder, "rebound/rebound.conf"));
    rmdir(in_folder(folder, "rebound/rules.d"));
    rmdir(in_folder(folder, "rebound"));
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_value), cmocka_unit_test(has_defaults),
        cmocka_unit_test(names_what_is_wrong),       cmocka_unit_test(keeps_secrets),
        cmocka_unit_test(is_looked_for_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
