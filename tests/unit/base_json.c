/* json: what is written reads back; what is hostile comes out as text; what is read is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "base/clock.h"
#include "base/json.h"
#include "base_text.h"

static const struct {
    str text;
    const char *plain, *html;
} texts[] = {
    {STR("mailbox full"), "\"mailbox full\"", "\"mailbox full\""},
    {STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"", "\"a\\\"b\\\\c/\""},
    {STR("\t\r\n\x01\x7f"), "\"\\t\\r\\n\\u0001\\u007f\"", "\"\\t\\r\\n\\u0001\\u007f\""},
    {STR("</script>&"), "\"</script>&\"", "\"\\u003c/script\\u003e\\u0026\""},
    {STR("\xe2\x80\xa8"), "\"\xe2\x80\xa8\"", "\"\\u2028\""},
    {STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xac"), "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xac\"",
     "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xac\""},
    {STR("\xff|\xc3|\xc0\xaf|\xed\xa0\x80"),
     "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
     "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {STR("a\0b"), "\"a\\u0000b\"", "\"a\\u0000b\""},
};

static void writes_texts(void **state)
{
    struct buf buf = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(texts); i++)
        for (int html = 0; html < 2; html++) {
            struct json_out out = {.to = &buf, .for_html = html};
            struct err err;

            buf_clear(&buf);
            json_str(&out, texts[i].text);
            assert_str(buf_str(&buf), html ? texts[i].html : texts[i].plain);
            struct json_value *back = json_parse(buf_str(&buf), &err);
            assert_non_null(back);
            json_free(back);
        }
    buf_free(&buf);
}

static void puts_the_commas(void **state)
{
    struct buf buf = {0};
    struct json_out out = {.to = &buf};
    (void)state;

    json_begin_object(&out);
    json_key(&out, "a");
    json_begin_array(&out);
    json_begin_object(&out);
    json_end_object(&out);
    json_int(&out, INT64_MIN);
    json_bool(&out, true);
    json_none(&out);
    json_end_array(&out);
    json_key(&out, "b");
    json_str_or_none(&out, STR(""));
    json_key(&out, "c");
    json_time(&out, clock_days(2026, 3, 3) * CLOCK_DAY);
    json_end_object(&out);
    assert_str(buf_str(&buf), "{\"a\":[{},-9223372036854775808,true,null],\"b\":null,\"c\":\"2026-03-03T00:00:00Z\"}");
    buf_free(&buf);
}

static const struct {
    double number;
    const char *text;
} doubles[] = {
    {0, "0"},      {0.1, "0.1"},       {1.0 / 3, "0.3333333333333333"},    {1e300, "1e+300"}, {-2.5, "-2.5"},
    {NAN, "null"}, {INFINITY, "null"}, {0.1 + 0.2, "0.30000000000000004"},
};

static void writes_numbers_that_read_back(void **state)
{
    struct buf buf = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(doubles); i++) {
        struct json_out out = {.to = &buf};

        buf_clear(&buf);
        json_double(&out, doubles[i].number);
        assert_str(buf_str(&buf), doubles[i].text);
    }
    buf_free(&buf);
}

static void reads_through_nothing(void **state)
{
    struct err err;
    struct json_value *v = json_parse(STR("{\"mail\":{\"id\":\"x1\",\"tags\":[\"a\",\"b\"],\"n\":12,\"f\":1.5,"
                                          "\"t\":\"-7\",\"yes\":true,\"none\":null}}"),
                                      &err);
    const struct json_value *mail = json_get(v, "mail");
    int64_t whole;
    double number;
    (void)state;

    assert_non_null(v);
    assert_str(json_get_text(mail, "id"), "x1");
    assert_str(json_text(json_get(json_get(json_get(v, "no"), "such"), "key")), "");
    assert_int_equal(json_count(json_get(mail, "tags")), 2);
    assert_str(json_text(json_at(json_get(mail, "tags"), 1)), "b");
    assert_null(json_at(json_get(mail, "tags"), 2));
    assert_true(json_whole(json_get(mail, "n"), &whole) && whole == 12);
    assert_true(json_whole(json_get(mail, "t"), &whole) && whole == -7);
    assert_false(json_whole(json_get(mail, "f"), &whole));
    assert_true(json_number(json_get(mail, "f"), &number) && number == 1.5);
    assert_false(json_number(json_get(mail, "id"), &number));
    assert_true(json_truth(json_get(mail, "yes")));
    assert_false(json_truth(json_get(mail, "n")) || json_truth(NULL));
    assert_int_equal(json_kind_of(json_get(mail, "none")), VALUE_NULL);
    assert_int_equal(json_kind_of(json_get(mail, "gone")), VALUE_NOTHING);
    json_free(v);
    json_free(NULL);
}

static void walks_in_written_order(void **state)
{
    static const char *const keys[] = {"z", "a", "m"};
    struct err err;
    struct json_value *v = json_parse(STR("{\"z\":1,\"a\":2,\"m\":3}"), &err);
    const struct json_value *value;
    void *at = NULL;
    str key;
    (void)state;

    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_true(json_next(v, &at, &key, &value));
        assert_str(key, keys[i]);
    }
    assert_false(json_next(v, &at, &key, &value));
    json_free(v);
}

static void mends_what_is_no_utf8(void **state)
{
    struct err err;
    struct json_value *v = json_parse(STR("{\"MESSAGE\":\"caf\xe9\"}"), &err);
    (void)state;

    assert_str(json_get_text(v, "MESSAGE"), "caf\xef\xbf\xbd");
    json_free(v);
}

static const char *const refused[] = {"", "{", "{]", "nul", "{\"a\":1}x", "\"\n\"", "{a:1}", "[1,]", "\xff"};

static void refuses_what_is_none(void **state)
{
    struct err err;
    struct buf deep = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_null(json_parse(str_of(refused[i]), &err));
        assert_int_equal(err.kind, ERR_INPUT);
    }
    for (int i = 0; i < 100000; i++)
        buf_add_char(&deep, '[');
    assert_null(json_parse(buf_str(&deep), &err));
    assert_string_equal(err.text, "JSON nested deeper than 64 levels");
    buf_free(&deep);
    struct json_value *v = json_parse(STR("\"[[[[[ \\\" [[[[\""), &err); /* brackets inside of a text are none */
    assert_non_null(v);
    json_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_texts),
        cmocka_unit_test(puts_the_commas),
        cmocka_unit_test(writes_numbers_that_read_back),
        cmocka_unit_test(reads_through_nothing),
        cmocka_unit_test(walks_in_written_order),
        cmocka_unit_test(mends_what_is_no_utf8),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
