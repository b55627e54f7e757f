/* The command table itself, and everything printed from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base_text.h"
#include "cli/grid.h"
#include "cli/help.h"

static void is_sorted_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];

        if (i > 0)
            assert_true(strcmp(commands[i - 1]->name, c->name) < 0);
        assert_ptr_equal(command_named(str_of(c->name)), c);
        assert_non_null(c->summary);
        assert_true((c->run != NULL) != (c->verb_count > 0));
        assert_true(c->most_args == 0 || c->args);
        for (size_t v = 0; v < c->verb_count; v++)
            assert_non_null(c->verbs[v].run);
    }
}

/* No option of a command hides a global one or another of its own. */
static void check_names(const struct command *c)
{
    for (size_t i = 0; i < c->option_count; i++) {
        assert_non_null(c->options[i].name);
        assert_true(c->options[i].at < c->options_bytes);
        assert_int_equal(c->options[i].arg == NULL, c->options[i].type == OPT_FLAG);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(c->options[i].name, c->options[j].name);
        for (size_t g = 0; g < global_option_count; g++) {
            assert_string_not_equal(c->options[i].name, global_option_rows[g].name);
            assert_true(c->options[i].letter == 0 || c->options[i].letter != global_option_rows[g].letter);
        }
    }
}

static void options_do_not_clash(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        check_names(commands[i]);
        for (size_t v = 0; v < commands[i]->verb_count; v++)
            check_names(&commands[i]->verbs[v]);
    }
}

static bool tells(const struct buf *buf, const char *text)
{
    return str_find(buf_str(buf), str_of(text)) != STR_NONE;
}

static void manual_tells_every_row(void **state)
{
    struct buf manual = {0}, help = {0};
    str line, rest;
    (void)state;

    help_manual(&manual);
    for (size_t i = 0; i < command_count; i++) {
        assert_true(tells(&manual, commands[i]->name));
        buf_clear(&help);
        help_command(&help, commands[i], NULL);
        for (size_t o = 0; o < commands[i]->option_count; o++)
            assert_true(tells(&help, commands[i]->options[o].name));
    }
    for (size_t i = 0; i < config_key_count; i++)
        assert_true(tells(&manual, config_keys[i].section));
    for (rest = buf_str(&help); str_take_line(&rest, &line);)
        assert_true(line.n <= 80 || str_find_char(line, ' ') == STR_NONE);
    buf_free(&manual);
    buf_free(&help);
}

static void completes_in_three_shells(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    struct buf text = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(shells); i++) {
        buf_clear(&text);
        assert_true(help_completion(&text, shells[i]));
        for (size_t c = 0; c < command_count; c++)
            assert_true(tells(&text, commands[c]->name));
    }
    assert_false(help_completion(&text, "csh"));
    buf_free(&text);
}

static void grid_lines_up(void **state)
{
    static const char *const titles[] = {"name", ">n", "why", NULL};
    struct arena *arena = arena_new();
    struct out out = {.fd = -1};
    struct grid grid = grid_new(arena, titles);
    str *cells;
    (void)state;

    for (int i = 0; i < 40; i++) { /* more rows than it has room for at first */
        cells = grid_row(&grid);
        cells[0] = STR("caf\xc3\xa9\x1b");
        cells[1] = grid_number(arena, i == 0 ? -1234567 : i);
        cells[2] = STR("x");
    }
    grid_print(&grid, &out);
    assert_true(tells(&out.buf, "name               n  why\n"));
    assert_true(tells(&out.buf, "caf\xc3\xa9\\x1b  -1,234,567  x\n"));
    assert_true(tells(&out.buf, "caf\xc3\xa9\\x1b          39  x\n"));
    buf_free(&out.buf);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_sorted_and_whole),    cmocka_unit_test(options_do_not_clash),
        cmocka_unit_test(manual_tells_every_row), cmocka_unit_test(completes_in_three_shells),
        cmocka_unit_test(grid_lines_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
