#include <math.h>

#include "base/utf8.h"
#include "report/html.h"

enum { SHOWN_MOST = 40, POINTS_MOST = 120 };

/* ---------------------------------------------------------------- text and links */

void html_text(struct buf *out, str text)
{
    struct buf shown = {0};

    utf8_show(text, &shown);
    for (size_t i = 0; i < shown.n; i++) {
        switch (shown.p[i]) {
        case '&':
            buf_add(out, STR("&amp;"));
            break;
        case '<':
            buf_add(out, STR("&lt;"));
            break;
        case '>':
            buf_add(out, STR("&gt;"));
            break;
        case '"':
            buf_add(out, STR("&quot;"));
            break;
        case '\'':
            buf_add(out, STR("&#39;"));
            break;
        default:
            buf_add_char(out, shown.p[i]);
        }
    }
    buf_free(&shown);
}

bool html_is_web(str url)
{
    return str_starts_nocase(url, STR("https://")) || str_starts_nocase(url, STR("http://"));
}

void html_link(struct buf *out, str url, str label)
{
    const bool own = url.n > 1 && url.p[0] == '#';

    if (!own && !html_is_web(url)) {
        html_text(out, label);
        return;
    }
    buf_add(out, STR("<a href=\""));
    html_text(out, url);
    buf_add(out, own ? STR("\">") : STR("\" rel=\"noopener noreferrer\">"));
    html_text(out, label);
    buf_add(out, STR("</a>"));
}

const char *html_level(enum level level)
{
    static const char *const names[] = {"none", "good", "watch", "bad"};
    return names[level];
}

void html_mark(struct buf *out, enum level level)
{
    static const char *const words[] = {"", "Good", "Watch", "Bad"};

    if (level != LEVEL_NONE)
        buf_printf(out, "<span class=\"mark %s\">%s</span>", html_level(level), words[level]);
}

/* ---------------------------------------------------------------- cells */

static str host_of(str url)
{
    str rest = url, host;

    str_take_until_text(&rest, STR("://"), &host);
    return str_take_until(&rest, '/', &host) ? host : rest;
}

static const char *cell_class(const struct column *column)
{
    if (cell_is_number(column))
        return "n";
    if (column->unit == UNIT_TIME)
        return "t";
    return column->long_text ? "words" : "";
}

/* What sorting compares where the shown text would not do. */
static void add_sort_value(struct buf *out, const struct answer *a, size_t row, size_t column)
{
    const struct column *c = &a->report->columns[column];

    if (!cell_is_number(c))
        return;
    if (answer_null(a, row, column))
        buf_add(out, STR(" data-v=\"-1\""));
    else
        buf_printf(out, " data-v=\"%.9g\"", answer_double(a, row, column));
}

static void add_ratio(struct buf *out, const struct answer *a, size_t row, size_t column)
{
    const struct column *c = &a->report->columns[column];

    if (c->numerator < 0 || answer_null(a, row, column))
        return;
    buf_add(out, STR(" title=\""));
    add_grouped(out, (int64_t)answer_double(a, row, (size_t)c->numerator));
    buf_add(out, STR(" of "));
    add_grouped(out, (int64_t)answer_double(a, row, (size_t)c->denominator));
    buf_add_char(out, '"');
}

static void add_cell_text(struct buf *out, const struct answer *a, size_t row, size_t column)
{
    const struct column *c = &a->report->columns[column];
    struct buf text = {0};
    struct interval range;

    add_cell(&text, a, row, column);
    if (c->unit == UNIT_URL && text.n > 1) {
        html_link(out, buf_str(&text), host_of(buf_str(&text)));
    } else if (c->unit == UNIT_TIME && text.n > 10) { /* the line may break between date and time, nowhere else */
        buf_printf(out, "<span>%.10s</span> <span>%s</span>", text.p, text.p + 11);
    } else if (str_eq(str_of(c->name), STR("sample"))) {
        buf_add(out, STR("<span class=\"reply\">"));
        html_text(out, buf_str(&text));
        buf_add(out, STR("</span>"));
    } else {
        html_text(out, buf_str(&text));
    }
    if (cell_interval(a, row, column, &range)) {
        buf_add(out, STR("<small>"));
        add_interval(out, range);
        buf_add(out, STR("</small>"));
    }
    buf_free(&text);
}

static void add_state(struct buf *out, str state)
{
    static const struct {
        const char *state;
        enum level level;
    } marks[] = {{"active", LEVEL_BAD}, {"suspected", LEVEL_WATCH}, {"cleared", LEVEL_GOOD}, {"waiting", LEVEL_WATCH}};
    enum level level = LEVEL_NONE;

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (str_eq(state, str_of(marks[i].state)))
            level = marks[i].level;
    buf_printf(out, "<span class=\"mark %s\">", html_level(level));
    html_text(out, state);
    buf_add(out, STR("</span>"));
}

static void add_cell_html(struct buf *out, const struct answer *a, size_t row, size_t column)
{
    const struct column *c = &a->report->columns[column];
    const enum level level = cell_level(a, row, column);

    buf_printf(out, "<td class=\"%s%s%s\"", cell_class(c), level > LEVEL_GOOD ? " " : "",
               level > LEVEL_GOOD ? html_level(level) : "");
    add_sort_value(out, a, row, column);
    add_ratio(out, a, row, column);
    buf_add_char(out, '>');
    if (strcmp(c->name, "state") == 0 && strcmp(a->report->name, "blocklists") == 0)
        add_state(out, answer_text(a, row, column));
    else
        add_cell_text(out, a, row, column);
    buf_add(out, STR("</td>"));
}

/* ---------------------------------------------------------------- a row's picture over time */

/* Bars of what was delivered, upwards, with what failed on top of them. */
static void add_spark(struct buf *out, const struct answer *trends, str provider)
{
    size_t points[POINTS_MOST], n = 0;
    int64_t most = 1;

    for (size_t i = 0; i < trends->count && n < POINTS_MOST; i++) {
        if (!str_eq(answer_text_of(trends, i, "provider"), provider))
            continue;
        const int64_t sum = answer_count_of(trends, i, "delivered") + answer_count_of(trends, i, "failed");
        most = sum > most ? sum : most;
        points[n++] = i;
    }
    buf_add(out, STR("<td>"));
    if (n > 1) {
        buf_printf(out,
                   "<svg class=\"spark\" viewBox=\"0 0 %zu 26\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
                   n * 4);
        for (size_t i = 0; i < n; i++) {
            const double up = 26.0 * (double)answer_count_of(trends, points[i], "delivered") / (double)most;
            const double down = 26.0 * (double)answer_count_of(trends, points[i], "failed") / (double)most;
            buf_printf(out, "<rect class=\"up\" x=\"%zu\" width=\"3\" y=\"%.1f\" height=\"%.1f\"/>", i * 4, 26 - up,
                       up);
            if (down > 0)
                buf_printf(out, "<rect class=\"down\" x=\"%zu\" width=\"3\" y=\"%.1f\" height=\"%.1f\"/>", i * 4,
                           26 - up - down, down);
        }
        buf_add(out, STR("</svg>"));
    }
    buf_add(out, STR("</td>"));
}

/* ---------------------------------------------------------------- tables */

static size_t choose(const struct html_table *t, size_t shown[SHOWN_MOST])
{
    const struct report *report = t->answer->report;
    size_t n = 0;

    for (size_t i = 0; t->columns && t->columns[i] && n < SHOWN_MOST; i++) {
        const int at = report_column(report, t->columns[i]);
        if (at >= 0)
            shown[n++] = (size_t)at;
    }
    for (size_t i = 0; !t->columns && i < report->column_count && n < SHOWN_MOST; i++)
        if (!report->columns[i].detail)
            shown[n++] = i;
    return n;
}

static void add_headings(struct buf *out, const struct html_table *t, const size_t *shown, size_t count)
{
    buf_add(out, STR("<thead><tr>"));
    for (size_t i = 0; i < count; i++) {
        const struct column *c = &t->answer->report->columns[shown[i]];
        buf_printf(out, "<th scope=\"col\" class=\"%s\" title=\"", cell_is_number(c) ? "n" : "");
        html_text(out, c->about);
        buf_add(out, STR("\">"));
        html_text(out, c->title);
        buf_add(out, STR("</th>"));
        if (i == 0 && t->trends)
            buf_add(out, STR("<th scope=\"col\" class=\"picture\">Over time</th>"));
    }
    buf_add(out, STR("</tr></thead>"));
}

static void add_under(struct buf *out, const struct html_table *t, size_t row, size_t columns)
{
    const int at = report_column(t->answer->report, t->under);

    if (at < 0 || answer_text(t->answer, row, (size_t)at).n == 0)
        return;
    buf_printf(out, "<tr class=\"under\"><td colspan=\"%zu\">", columns + (t->trends != NULL));
    add_cell_text(out, t->answer, row, (size_t)at);
    buf_add(out, STR("</td></tr>\n"));
}

void html_table(struct buf *out, const struct html_table *t)
{
    size_t shown[SHOWN_MOST];
    const size_t count = choose(t, shown);
    size_t kept = 0;

    if (t->answer->count == 0) {
        buf_add(out, STR("<p class=\"empty\">Nothing in this period.</p>\n"));
        return;
    }
    /* a table that scrolls sideways must be reachable by keyboard, and have a name there */
    buf_add(out, STR("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\""));
    html_text(out, t->answer->report->title);
    buf_printf(out, "\"><table%s>", t->sorts && t->answer->count > 1 ? " class=\"sorts\"" : "");
    add_headings(out, t, shown, count);
    buf_add(out, STR("<tbody>\n"));
    for (size_t row = 0; row < t->answer->count; row++) {
        if (t->keep && !t->keep(t->answer, row, t->what))
            continue;
        if (kept++ < t->from || (t->most && kept > t->from + t->most))
            continue;
        buf_add(out, STR("<tr>"));
        for (size_t i = 0; i < count; i++) {
            add_cell_html(out, t->answer, row, shown[i]);
            if (i == 0 && t->trends)
                add_spark(out, t->trends, answer_text_of(t->answer, row, "provider"));
        }
        buf_add(out, STR("</tr>\n"));
        if (t->under)
            add_under(out, t, row, count);
    }
    buf_add(out, STR("</tbody></table></div>\n"));
}

void html_list(struct buf *out, const struct answer *answer)
{
    const struct report *report = answer->report;

    buf_add(out, STR("<dl>\n"));
    for (size_t i = 0; i < report->column_count; i++) {
        if (report->columns[i].detail)
            continue;
        buf_add(out, STR("<dt>"));
        html_text(out, report->columns[i].title);
        buf_add(out, STR("</dt><dd>"));
        add_cell_text(out, answer, 0, i);
        buf_add(out, STR("</dd>\n"));
    }
    buf_add(out, STR("</dl>\n"));
}
