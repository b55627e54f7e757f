/* Answers for a terminal: tables that fit its width, the overview as a page of its own. */
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "report/render.h"

enum { NARROWEST = 8, READABLE = 16, COLUMNS_MOST = 80, GAP = 2, INDENT = 4, YEAR = 5 };

/* ---------------------------------------------------------------- pieces */

static const char *colour_of(const struct text_style *style, enum level level)
{
    static const char *const codes[] = {
        [LEVEL_NONE] = "", [LEVEL_GOOD] = "\033[32m", [LEVEL_WATCH] = "\033[33m", [LEVEL_BAD] = "\033[31;1m"};
    return style->colour ? codes[level] : "";
}

static const char *strong(const struct text_style *style)
{
    return style->colour ? "\033[1m" : "";
}

static const char *plain(const struct text_style *style)
{
    return style->colour ? "\033[0m" : "";
}

/* Characters, as far as a terminal without wide ones shows them. */
static size_t width_of(str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* The first n characters. */
static str cut(str s, size_t n)
{
    size_t i = 0;

    for (; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n-- == 0)
            break;
    return str_to(s, i);
}

static void add_spaces(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_add_char(out, ' ');
}

static void add_fitted(struct buf *out, str s, size_t width, bool right, bool last)
{
    const size_t n = width_of(s);

    if (n > width) {
        buf_add(out, cut(s, width - 1));
        buf_add(out, STR("\xe2\x80\xa6"));
        return;
    }
    if (right)
        add_spaces(out, width - n);
    buf_add(out, s);
    if (!right && !last)
        add_spaces(out, width - n);
}

/* Words broken at the width, each line indented. */
static void add_wrapped(struct buf *out, str s, size_t width, size_t indent)
{
    const size_t room = width > indent + NARROWEST ? width - indent : 100000;
    size_t used = 0;
    str word;

    add_spaces(out, indent);
    while (str_take_word(&s, &word)) {
        const size_t n = width_of(word);
        if (used > 0 && used + 1 + n > room) {
            buf_add_char(out, '\n');
            add_spaces(out, indent);
            used = 0;
        }
        if (used > 0) {
            buf_add_char(out, ' ');
            used++;
        }
        buf_add(out, word);
        used += n;
    }
    buf_add_char(out, '\n');
}

/* One cell's text, safe to print: control characters as \xNN. */
static void show_cell(struct buf *out, const struct answer *a, size_t row, size_t column, bool whole)
{
    struct buf raw = {0};
    struct interval i;

    add_cell(&raw, a, row, column);
    const bool year = !whole && a->report->columns[column].unit == UNIT_TIME && raw.n > YEAR;
    utf8_show(str_from(buf_str(&raw), year ? YEAR : 0), out);
    buf_free(&raw);
    if (whole && cell_interval(a, row, column, &i)) {
        buf_add_char(out, ' ');
        add_interval(out, i);
    }
}

/* ---------------------------------------------------------------- tables */

struct table_plan {
    const struct answer *answer;
    const struct text_style *style;
    size_t shown[COLUMNS_MOST], width[COLUMNS_MOST], count;
    size_t longs[COLUMNS_MOST], long_count;
    bool whole; /* with intervals, and the year of times */
    size_t left_out;
};

static void choose_columns(struct table_plan *plan)
{
    const struct report *report = plan->answer->report;

    for (size_t i = 0; i < report->column_count; i++) {
        if (report->columns[i].detail)
            continue;
        if (report->columns[i].long_text)
            plan->longs[plan->long_count++] = i;
        else
            plan->shown[plan->count++] = i;
    }
}

static size_t measure(struct table_plan *plan)
{
    struct buf b = {0};
    size_t total = 0;

    for (size_t c = 0; c < plan->count; c++) {
        size_t most = width_of(plan->answer->report->columns[plan->shown[c]].title);
        for (size_t row = 0; row < plan->answer->count; row++) {
            buf_clear(&b);
            show_cell(&b, plan->answer, row, plan->shown[c], plan->whole);
            const size_t n = width_of(buf_str(&b));
            most = n > most ? n : most;
        }
        plan->width[c] = most;
        total += most + (c ? GAP : 0);
    }
    buf_free(&b);
    return total;
}

static bool may_shrink(const struct table_plan *plan, size_t c, size_t least)
{
    const enum unit unit = plan->answer->report->columns[plan->shown[c]].unit;

    return (unit == UNIT_TEXT || unit == UNIT_URL) && plan->width[c] > least;
}

/* Takes what is too much from the widest texts, a bit at a time, down to `least`. True when the table fits then. */
static bool shrink(struct table_plan *plan, size_t total, size_t least)
{
    while (total > plan->style->width) {
        size_t widest = plan->count;
        for (size_t c = 0; c < plan->count; c++)
            if (may_shrink(plan, c, least) && (widest == plan->count || plan->width[c] > plan->width[widest]))
                widest = c;
        if (widest == plan->count)
            return false;
        plan->width[widest]--;
        total--;
    }
    return true;
}

/* Leaves out the last column of those marked wide, or of all. */
static bool leave_out(struct table_plan *plan, bool wide_only)
{
    size_t c = plan->count;

    while (c-- > 1) {
        if (wide_only && !plan->answer->report->columns[plan->shown[c]].wide)
            continue;
        plan->count--;
        plan->left_out++;
        memmove(&plan->shown[c], &plan->shown[c + 1], (plan->count - c) * sizeof *plan->shown);
        return true;
    }
    return false;
}

/* First intervals and years go, then long texts are cut, then wide columns are left out, then what must. */
static void fit(struct table_plan *plan)
{
    if (plan->style->width == 0 || measure(plan) <= plan->style->width)
        return;
    plan->whole = false;
    while (!shrink(plan, measure(plan), READABLE))
        if (!leave_out(plan, true))
            break;
    while (!shrink(plan, measure(plan), NARROWEST))
        if (!leave_out(plan, false))
            break;
}

static void add_header(struct buf *out, const struct table_plan *plan)
{
    buf_add(out, str_of(strong(plan->style)));
    for (size_t c = 0; c < plan->count; c++) {
        const struct column *column = &plan->answer->report->columns[plan->shown[c]];
        add_spaces(out, c ? GAP : 0);
        add_fitted(out, column->title, plan->width[c], cell_is_number(column), c + 1 == plan->count);
    }
    buf_printf(out, "%s\n", plain(plan->style));
}

static void add_row(struct buf *out, const struct table_plan *plan, size_t row)
{
    const struct answer *a = plan->answer;
    struct buf b = {0};

    for (size_t c = 0; c < plan->count; c++) {
        const enum level level = cell_level(a, row, plan->shown[c]);
        const bool coloured = level > LEVEL_GOOD;
        buf_clear(&b);
        show_cell(&b, a, row, plan->shown[c], plan->whole);
        add_spaces(out, c ? GAP : 0);
        buf_add(out, str_of(coloured ? colour_of(plan->style, level) : ""));
        add_fitted(out, buf_str(&b), plan->width[c], cell_is_number(&a->report->columns[plan->shown[c]]),
                   c + 1 == plan->count);
        buf_add(out, str_of(coloured ? plain(plan->style) : ""));
    }
    buf_add_char(out, '\n');
    for (size_t i = 0; i < plan->long_count; i++) {
        buf_clear(&b);
        show_cell(&b, a, row, plan->longs[i], false);
        if (b.n > 1) /* "-" is not worth a line */
            add_wrapped(out, buf_str(&b), plan->style->width, INDENT);
    }
    buf_free(&b);
}

static void add_table(struct buf *out, const struct answer *a, const struct text_style *style)
{
    struct table_plan plan = {.answer = a, .style = style, .whole = true};

    choose_columns(&plan);
    fit(&plan);
    add_header(out, &plan);
    for (size_t row = 0; row < a->count; row++)
        add_row(out, &plan, row);
    if (plan.left_out)
        buf_printf(out, "  (%zu more %s on a wider terminal or with --format csv)\n", plan.left_out,
                   plan.left_out == 1 ? "column" : "columns");
}

/* ---------------------------------------------------------------- one row as a list */

static void add_list(struct buf *out, const struct answer *a, const struct text_style *style)
{
    size_t widest = 0, figure = 0;
    struct buf b = {0};

    for (size_t i = 0; i < a->report->column_count; i++) {
        const size_t n = width_of(a->report->columns[i].title);
        widest = n > widest ? n : widest;
        buf_clear(&b);
        show_cell(&b, a, 0, i, false);
        figure = width_of(buf_str(&b)) > figure ? width_of(buf_str(&b)) : figure;
    }
    for (size_t i = 0; i < a->report->column_count; i++) {
        const struct column *column = &a->report->columns[i];
        struct interval range;
        if (column->detail)
            continue;
        buf_clear(&b);
        show_cell(&b, a, 0, i, false);
        add_spaces(out, GAP);
        add_fitted(out, column->title, widest, false, false);
        add_spaces(out, GAP);
        buf_add(out, str_of(colour_of(style, cell_level(a, 0, i))));
        add_fitted(out, buf_str(&b), figure, true, true);
        buf_add(out, str_of(cell_level(a, 0, i) ? plain(style) : ""));
        if (cell_interval(a, 0, i, &range)) {
            buf_add(out, STR("  ("));
            add_interval(out, range);
            buf_add(out, STR(" %, "));
            add_grouped(out, (int64_t)answer_double(a, 0, (size_t)column->numerator));
            buf_add(out, STR(" of "));
            add_grouped(out, (int64_t)answer_double(a, 0, (size_t)column->denominator));
            buf_add_char(out, ')');
        }
        buf_add_char(out, '\n');
    }
    buf_free(&b);
}

/* ---------------------------------------------------------------- the overview's head */

static void add_bar(struct buf *out, const struct answers *answers, const struct text_style *style)
{
    static const struct {
        const char *title, *column;
        enum level level;
    } parts[] = {{"delivered", "stayed", LEVEL_GOOD},
                 {"still waiting", "pending", LEVEL_WATCH},
                 {"failed", "failed", LEVEL_BAD},
                 {"handed over", "handed_over", LEVEL_NONE},
                 {"lost sight of", "lost", LEVEL_NONE}};
    enum { PARTS = sizeof parts / sizeof *parts };
    const struct answer *o = answers_find(answers, "overview");
    int64_t counts[PARTS];
    int tenths[PARTS];

    for (size_t i = 0; i < PARTS; i++)
        counts[i] = answer_count_of(o, 0, parts[i].column);
    share_tenths(counts, PARTS, tenths);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < PARTS; i++) {
        struct buf b = {0};
        if (i > 2 && counts[i] == 0)
            continue;
        add_grouped(&b, counts[i]);
        buf_printf(out, "  %-14s%s%3d.%d %%%s  ", parts[i].title, colour_of(style, parts[i].level), tenths[i] / 10,
                   tenths[i] % 10, plain(style));
        add_fitted(out, buf_str(&b), 11, true, false);
        buf_add(out, STR("  "));
        for (int n = 0; n < (tenths[i] + 24) / 25; n++)
            buf_add(out, STR("\xe2\x96\x88"));
        buf_add_char(out, '\n');
        buf_free(&b);
    }
    buf_add_char(out, '\n');
}

static void add_actions(struct buf *out, const struct actions *actions, const struct text_style *style)
{
    if (actions->count == 0)
        return;
    buf_printf(out, "%sDo today%s\n", strong(style), plain(style));
    for (size_t i = 0; i < actions->count; i++) {
        const struct action *a = &actions->items[i];
        struct buf b = {0}, shown = {0};
        buf_printf(&b, "%s: %.*s", a->who, STR_ARG(a->what));
        if (a->link.n > 0 && a->link.p[0] != '#')
            buf_printf(&b, " %.*s", STR_ARG(a->link));
        utf8_show(buf_str(&b), &shown);
        buf_printf(out, "  %s%zu%s", colour_of(style, a->level), i + 1, plain(style));
        const size_t start = out->n;
        add_wrapped(out, buf_str(&shown), style->width, INDENT);
        memmove(out->p + start, out->p + start + 3, out->n - start - 3); /* the number stands in the indent */
        out->n -= 3;
        out->p[out->n] = '\0';
        buf_free(&b);
        buf_free(&shown);
    }
    buf_add_char(out, '\n');
}

static void add_overview(struct buf *out, const struct answers *answers, const struct text_style *style)
{
    struct actions actions;

    actions_find(answers, &actions);
    const struct conclusion c = conclude(answers, NULL, &actions);
    buf_add(out, str_of(colour_of(style, c.level)));
    add_wrapped(out, c.text, style->width, 0);
    buf_add(out, str_of(plain(style)));
    add_bar(out, answers, style);
    add_actions(out, &actions, style);
}

/* ---------------------------------------------------------------- the whole */

static void add_window_line(struct buf *out, const struct answers *answers)
{
    const struct question *q = &answers->question;
    char text[WINDOW_TEXT];

    buf_printf(out, "%s, %s", window_text(&q->window, text),
               q->window.by == BY_EVENT ? "by time of event" : "by day of first attempt");
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        if (q->limits[i]) {
            buf_printf(out, ", %s ", limit_names[i]);
            utf8_show(answers_limit(answers, (enum limit)i), out);
        }
    buf_add_char(out, '\n');
}

static void add_answer(struct buf *out, const struct answers *answers, const struct answer *a,
                       const struct text_style *style)
{
    buf_printf(out, "%s%.*s%s\n", strong(style), STR_ARG(a->report->title), plain(style));
    if (a->report->layout == LAYOUT_LIST && a->count == 1) {
        if (strcmp(a->report->name, "overview") == 0)
            add_overview(out, answers, style);
        add_list(out, a, style);
    } else if (a->count == 0) {
        buf_add(out, STR("  nothing in this period\n"));
    } else {
        add_table(out, a, style);
        if (a->count == (size_t)answers->question.top)
            buf_printf(out, "  (the first %zu; --top N shows more)\n", a->count);
    }
}

void render_text(struct buf *out, const struct answers *answers, const struct text_style *style)
{
    add_window_line(out, answers);
    for (size_t i = 0; i < answers->count; i++) {
        if (answers->items[i].aside)
            continue;
        buf_add_char(out, '\n');
        add_answer(out, answers, &answers->items[i], style);
    }
}
