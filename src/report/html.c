/* One self-contained page: shell, style, script and chart library are built in; nothing is loaded. */
#include "report/html.h"

#include "base/embed.h"
#include "base/keyed.h"
#include "report/render.h"

/* Chart.js (MIT), from its Debian package at build time. */
extern const struct embedded_table embedded_chart;

const char *const page_reports[] = {
    "overview",    "timeline",   "providers",    "trends",       "categories", "failures", "deferrals",
    "undelivered", "blocklists", "suppressions", "nodes",        "tls",        "latency",  "senders",
    "users",       "complaints", "domains",      "unclassified", "quality",    "reputation",
    "tls_reports", "tls_failures", NULL,
};

struct shell {
    str policy, title, style, body, data, chart, script;
};

static str part(const struct embedded_table *table, const char *name)
{
    const struct embedded *file = embedded_find(table, name);
    return file ? embedded_text(file) : STR("");
}

/* RFC 4648 base64, as the policy writes hashes. */
static void add_base64(struct buf *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        const uint32_t three = (uint32_t)bytes[i] << 16 | (uint32_t)(i + 1 < n ? bytes[i + 1] : 0) << 8 |
                               (uint32_t)(i + 2 < n ? bytes[i + 2] : 0);
        buf_add_char(out, digits[three >> 18]);
        buf_add_char(out, digits[three >> 12 & 63]);
        buf_add_char(out, i + 1 < n ? digits[three >> 6 & 63] : '=');
        buf_add_char(out, i + 2 < n ? digits[three & 63] : '=');
    }
}

static void add_hash(struct buf *out, str text)
{
    const struct keyed sum = keyed_sha256(text);

    buf_add(out, STR(" 'sha256-"));
    add_base64(out, sum.bytes, KEYED_BYTES);
    buf_add_char(out, '\'');
}

/* Nothing may run, be loaded or sent but our own style and scripts. */
static void add_policy(struct buf *out, const struct shell *shell)
{
    buf_add(out, STR("default-src 'none'; style-src"));
    add_hash(out, shell->style);
    buf_add(out, STR("; script-src"));
    if (shell->chart.n)
        add_hash(out, shell->chart);
    add_hash(out, shell->script);
    buf_add(out, STR("; base-uri 'none'; form-action 'none'"));
}

static str shell_part(const struct shell *shell, str name)
{
    const struct {
        const char *name;
        str text;
    } places[] = {{"policy", shell->policy}, {"title", shell->title}, {"style", shell->style},  {"body", shell->body},
                  {"data", shell->data},     {"chart", shell->chart}, {"script", shell->script}};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (str_eq(name, str_of(places[i].name)))
            return places[i].text;
    return STR("");
}

static void fill_shell(struct buf *out, str page, const struct shell *shell)
{
    str before, name;

    while (str_take_until_text(&page, STR("{{"), &before)) {
        buf_add(out, before);
        if (!str_take_until_text(&page, STR("}}"), &name))
            return;
        buf_add(out, shell_part(shell, name));
    }
    buf_add(out, page);
}

static void add_footer(struct buf *out, const struct answers *answers)
{
    buf_add(out, STR("<footer><p>Made by rebound " REBOUND_VERSION " on "));
    add_moment(out, answers->generated_at_us);
    buf_add(out, STR(" UTC. This file is whole: it loads nothing and sends nothing. Its figures are inside as JSON "
                     "(element #data).</p></footer>\n"));
}

static bool wrap(struct buf *out, struct buf *body, const struct answers *answers, bool chart, struct err *err)
{
    struct buf data = {0}, policy = {0}, title = {0};
    char window[WINDOW_TEXT];
    const str page = part(&embedded_reports, "html/page.html");
    struct shell shell = {
        .style = part(&embedded_reports, "html/style.css"),
        .script = part(&embedded_reports, "html/script.js"),
        .chart = chart ? part(&embedded_chart, "chart.min.js") : STR(""),
        .body = buf_str(body),
    };

    if (page.n == 0)
        return err_set(err, ERR_IO, "the page's shell is not built in");
    render_json_into(&data, answers, true);
    add_policy(&policy, &shell);
    buf_printf(&title, "Mail delivery report, %s", window_text(&answers->question.window, window));
    shell.data = buf_str(&data);
    shell.policy = buf_str(&policy);
    shell.title = buf_str(&title);
    fill_shell(out, page, &shell);
    buf_free(&data);
    buf_free(&policy);
    buf_free(&title);
    return true;
}

bool render_page(struct buf *out, const struct answers *answers, const struct answer *before, struct err *err)
{
    struct buf body = {0};

    page_head(&body, answers, true);
    buf_add(&body, STR("<main id=\"main\">\n"));
    page_sections(&body, answers, before);
    buf_add(&body, STR("</main>\n"));
    add_footer(&body, answers);
    const bool ok = wrap(out, &body, answers, true, err);
    buf_free(&body);
    return ok;
}

bool render_tables(struct buf *out, const struct answers *answers, struct err *err)
{
    struct buf body = {0};

    page_head(&body, answers, false);
    buf_add(&body, STR("<main id=\"main\">\n"));
    for (size_t i = 0; i < answers->count; i++) {
        const struct answer *a = &answers->items[i];
        section_begin(&body, a->report->name, arena_str(answers->arena, a->report->title).p, a->report->promise);
        if (a->report->layout == LAYOUT_LIST && a->count == 1)
            html_list(&body, a);
        else
            html_table(&body, &(struct html_table){.answer = a, .sorts = true});
        section_end(&body);
    }
    buf_add(&body, STR("</main>\n"));
    add_footer(&body, answers);
    const bool ok = wrap(out, &body, answers, false, err);
    buf_free(&body);
    return ok;
}
