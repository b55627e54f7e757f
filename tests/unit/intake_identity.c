/* identity: equal bytes, equal digests, however they come; and where a known one can be taken up again. */
#include "intake_temp.h"

#include "intake/identity.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

static struct buf content;

static int make_content(void **state)
{
    temp_log(&content, 3 * MIB + 12345);
    return temp_make(state);
}

static int drop_content(void **state)
{
    buf_free(&content);
    return temp_remove(state);
}

static struct identity *identity_of(size_t n, size_t step)
{
    struct identity *id = identity_new();

    for (size_t at = 0; at < n; at += step)
        identity_add(id, (str){content.p + at, step < n - at ? step : n - at});
    return id;
}

static bool same(const struct identity *a, const struct identity *b)
{
    return identity_now(a).high == identity_now(b).high && identity_now(a).low == identity_now(b).low;
}

static const struct {
    uint64_t length;
    size_t blocks;
    uint64_t end; /* of the last of them */
} block_cases[] = {
    {4 * KIB, 1, 4 * KIB},         {4 * KIB + 1, 1, 4 * KIB}, {8 * KIB - 1, 1, 4 * KIB},
    {MIB - 1, 255, MIB - 4 * KIB}, {MIB, 256, MIB},           {MIB + 4 * KIB, 256, MIB},
    {2 * MIB - 1, 256, MIB},       {2 * MIB, 257, 2 * MIB},   {UINT64_C(64) << 30, 255 + 64 * 1024, UINT64_C(64) << 30},
};

static void cuts_blocks(void **state)
{
    (void)state;
    assert_int_equal(identity_blocks(0), 0);
    assert_int_equal(identity_blocks(4095), 0);
    for (size_t i = 0; i < sizeof block_cases / sizeof *block_cases; i++) {
        assert_int_equal(identity_blocks(block_cases[i].length), block_cases[i].blocks);
        assert_int_equal(identity_block_end(block_cases[i].blocks - 1), block_cases[i].end);
    }
}

static const size_t lengths[] = {0,       1,   100,     4 * KIB - 1, 4 * KIB,         4 * KIB + 1, 9 * KIB,
                                 MIB - 1, MIB, MIB + 1, 2 * MIB,     2 * MIB + 77777, 3 * MIB};

static void ignores_how_bytes_come(void **state)
{
    static const size_t steps[] = {1000, 4096, 65536, 300001, 4 * MIB};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct identity *want = identity_of(lengths[i], 7777);
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            struct identity *id = identity_of(lengths[i], steps[k]);
            assert_int_equal(identity_length(id), lengths[i]);
            assert_true(same(id, want));
            identity_free(id);
        }
        identity_free(want);
    }
}

static void differs_for_each_length(void **state)
{
    const size_t n = sizeof lengths / sizeof *lengths;
    struct identity *id[sizeof lengths / sizeof *lengths];

    (void)state;
    for (size_t i = 0; i < n; i++)
        id[i] = identity_of(lengths[i], 4096);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(same(id[i], id[k]));
    }
    for (size_t i = 0; i < n; i++)
        identity_free(id[i]);
}

static void agrees_with_a_shorter_and_a_longer_copy(void **state)
{
    struct arena *arena = arena_new();
    struct identity *all = identity_of(content.n, 65536);
    const str packed = identity_pack(all, arena);

    (void)state;
    assert_int_equal(packed.n, identity_blocks(content.n) * IDENTITY_PACKED_BYTES);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct identity *part = identity_of(lengths[i], 4096);
        assert_true(identity_agrees(part, packed));
        assert_true(identity_agrees(all, identity_pack(part, arena)));
        identity_free(part);
    }
    content.p[5000] ^= 1; /* one bit in the second block */
    struct identity *first = identity_of(4 * KIB, 4096), *other = identity_of(3 * MIB, 4096);
    assert_true(identity_agrees(first, packed));
    assert_false(identity_agrees(other, packed));
    content.p[5000] ^= 1;
    identity_free(first);
    identity_free(other);
    identity_free(all);
    arena_free(arena);
}

/* A known file is taken up at a known position: what is read again is less than a block. */
static void resumes(void **state)
{
    struct arena *arena = arena_new();
    struct identity *all = identity_of(content.n, 65536);
    const str packed = identity_pack(all, arena);

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct identity *want = identity_of(lengths[i], 4096), *id = identity_of(333, 333);
        const uint64_t from = identity_resume(id, packed, lengths[i]);
        assert_true(from <= lengths[i] && lengths[i] - from < MIB);
        identity_add(id, (str){content.p + from, (size_t)(lengths[i] - from)});
        assert_true(same(id, want));
        identity_add(id, (str){content.p + lengths[i], content.n - lengths[i]});
        assert_true(same(id, all));
        assert_true(str_eq(identity_pack(id, arena), packed));
        identity_free(want);
        identity_free(id);
    }
    identity_free(all);
    arena_free(arena);
}

static void reads_an_input(void **state)
{
    struct err err = {0};
    struct identity *id = identity_new(), *want = identity_of(content.n, 4096);

    (void)state;
    struct input *in = input_open(temp_write("log", buf_str(&content)), false, &err);
    assert_true(identity_read(id, in, MIB + 5, &err));
    assert_int_equal(identity_length(id), MIB + 5);
    assert_int_equal(input_offset(in), MIB + 5);
    assert_true(identity_read(id, in, UINT64_MAX, &err)); /* to the end */
    assert_true(same(id, want));
    identity_free(id);
    identity_free(want);
    input_close(in);
}

static void knows_a_first_line(void **state)
{
    struct hash128 a, b;
    static char big[INPUT_PEEK_BYTES];

    (void)state;
    assert_false(identity_first_line(STR(""), &a));
    assert_false(identity_first_line(STR("not ended yet"), &a));
    assert_true(identity_first_line(STR("one\ntwo"), &a));
    assert_true(identity_first_line(STR("one\n"), &b));
    assert_int_equal(a.low, b.low);
    assert_true(identity_first_line(STR("one \n"), &b));
    assert_true(a.low != b.low);
    assert_true(identity_first_line((str){big, sizeof big}, &a)); /* a line without end is known by its beginning */
}

static void starts_over(void **state)
{
    struct identity *id = identity_of(2 * MIB + 9, 4096), *empty = identity_new(), *copy = identity_new();

    (void)state;
    identity_copy(copy, id);
    assert_true(same(copy, id));
    identity_add(copy, STR("more"));
    identity_add(id, STR("more"));
    assert_true(same(copy, id));
    identity_reset(id);
    assert_true(same(id, empty));
    identity_free(id);
    identity_free(empty);
    identity_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_blocks),
        cmocka_unit_test(ignores_how_bytes_come),
        cmocka_unit_test(differs_for_each_length),
        cmocka_unit_test(agrees_with_a_shorter_and_a_longer_copy),
        cmocka_unit_test(resumes),
        cmocka_unit_test(reads_an_input),
        cmocka_unit_test(knows_a_first_line),
        cmocka_unit_test(starts_over),
    };
    return cmocka_run_group_tests(tests, make_content, drop_content);
}
