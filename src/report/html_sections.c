/* The sections of the full page: first what matters and what to do, then the figures behind it. */
#include <math.h>
#include <stdio.h>

#include "report/html.h"

enum { TEXTS_SHOWN = 5, UNDELIVERED_SHOWN = 8 };

struct page {
    struct buf *out;
    const struct answers *answers;
    const struct answer *before;
    struct actions actions;
};

static const struct answer *rows_of(const struct page *page, const char *name)
{
    return answers_find(page->answers, name);
}

static bool has_rows(const struct page *page, const char *name)
{
    const struct answer *a = rows_of(page, name);
    return a && a->count > 0;
}

void section_begin(struct buf *out, const char *id, const char *title, str about)
{
    buf_printf(out, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id, id, id,
               title);
    if (about.n) {
        buf_add(out, STR("<p>"));
        html_text(out, about);
        buf_add(out, STR("</p>\n"));
    }
}

void section_end(struct buf *out)
{
    buf_add(out, STR("</section>\n"));
}

/* ---------------------------------------------------------------- head, verdict, today */

static void section_verdict(const struct page *page);
static void section_today(const struct page *page);
static void section_figures(const struct page *page);
static void section_time(const struct page *page);
static void section_providers(const struct page *page);
static void section_reasons(const struct page *page);
static void section_undelivered(const struct page *page);
static void section_blocklists(const struct page *page);
static void section_suppressions(const struct page *page);
static void section_nodes(const struct page *page);
static void section_senders(const struct page *page);
static void section_domains(const struct page *page);
static void section_unclassified(const struct page *page);
static void section_quality(const struct page *page);
static void section_words(const struct page *page);

/* A section is left out where its report could not be asked (it does not honour a limit of the question). */
static const struct {
    const char *id, *title; /* title NULL: not in the navigation */
    const char *needs;
    void (*add)(const struct page *page);
} places[] = {
    {"verdict", NULL, "overview", section_verdict},
    {"today", "Do today", "overview", section_today},
    {"figures", "Figures", "overview", section_figures},
    {"time", "Over time", "timeline", section_time},
    {"providers", "Providers", "providers", section_providers},
    {"reasons", "Reasons", "categories", section_reasons},
    {"undelivered", "Undelivered", "undelivered", section_undelivered},
    {"blocklists", "Blocklists", "blocklists", section_blocklists},
    {"suppressions", "Suppressions", "suppressions", section_suppressions},
    {"nodes", "Nodes and TLS", "nodes", section_nodes},
    {"senders", "Senders", "senders", section_senders},
    {"domains", "Domains", "domains", section_domains},
    {"unclassified", "Not understood", "unclassified", section_unclassified},
    {"quality", "Data quality", "quality", section_quality},
    {"words", "Definitions", "overview", section_words},
};

static void add_limits(struct buf *out, const struct answers *answers)
{
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        if (answers->question.limits[i]) {
            buf_printf(out, " \xc2\xb7 %s ", limit_names[i]);
            html_text(out, answers_limit(answers, (enum limit)i));
        }
}

void page_head(struct buf *out, const struct answers *answers, bool navigation)
{
    const struct window *w = &answers->question.window;
    char text[WINDOW_TEXT];

    buf_add(out, STR("<header>\n<h1>Mail delivery report</h1>\n<p>"));
    html_text(out, str_of(window_text(w, text)));
    buf_printf(out, " \xc2\xb7 %s", w->by == BY_EVENT ? "by time of event" : "by day of first attempt");
    add_limits(out, answers);
    buf_add(out, STR("</p>\n<button class=\"theme\" type=\"button\" hidden>Dark</button>\n"));
    if (navigation) {
        buf_add(out, STR("<nav aria-label=\"Sections\"><ul>"));
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            if (places[i].title && answers_find(answers, places[i].needs))
                buf_printf(out, "<li><a href=\"#%s\">%s</a></li>", places[i].id, places[i].title);
        buf_add(out, STR("</ul></nav>\n"));
    }
    buf_add(out, STR("</header>\n"));
}

static void add_data_until(const struct page *page)
{
    const int64_t newest = page->answers->question.window.newest_us;

    buf_add(page->out, STR("<p>Data until "));
    add_moment(page->out, newest);
    buf_add(page->out, STR(" UTC. "));
}

static void section_verdict(const struct page *page)
{
    struct buf *out = page->out;
    const struct conclusion c = conclude(page->answers, page->before, &page->actions);

    buf_printf(out, "<section class=\"verdict %s\" aria-label=\"Verdict\"><h2>", html_level(c.level));
    html_text(out, c.text);
    buf_add(out, STR("</h2>"));
    add_data_until(page);
    html_text(out, c.change);
    buf_add(out, STR("</p></section>\n"));
}

static void add_action(struct buf *out, const struct action *action)
{
    buf_printf(out, "<li class=\"%s\"><span class=\"who\">%s</span><span class=\"what\">", html_level(action->level),
               action->who);
    html_text(out, action->what);
    buf_add(out, STR("</span><span class=\"where\">"));
    html_link(out, action->link, str_of(action->label));
    buf_add(out, STR("</span></li>\n"));
}

static void section_today(const struct page *page)
{
    const struct actions *actions = &page->actions;
    const size_t more = actions->bad + actions->watch - actions->count;

    section_begin(page->out, "today", "Do today", STR(""));
    if (actions->count == 0)
        buf_add(page->out, STR("<p class=\"empty\">Nothing. The figures below are for reading.</p>\n"));
    else
        buf_add(page->out, STR("<ol class=\"today\">\n"));
    for (size_t i = 0; i < actions->count; i++)
        add_action(page->out, &actions->items[i]);
    if (actions->count > 0)
        buf_add(page->out, STR("</ol>\n"));
    if (more > 0)
        buf_printf(page->out, "<p class=\"more\">%zu lesser %s below.</p>\n", more, more == 1 ? "point" : "points");
    section_end(page->out);
}

/* ---------------------------------------------------------------- figures */

static const struct {
    const char *title, *column, *class;
} parts[] = {{"Delivered", "stayed", "delivered"},
             {"Still waiting", "pending", "waiting"},
             {"Failed", "failed", "failed"},
             {"Handed over", "handed_over", "handed"},
             {"Lost sight of", "lost", "lost"}};
enum { PARTS = sizeof parts / sizeof *parts, ALWAYS = 3 };

static void add_parts(struct buf *out, const struct answer *o)
{
    int64_t counts[PARTS];
    int tenths[PARTS], x = 0;

    for (size_t i = 0; i < PARTS; i++)
        counts[i] = answer_count_of(o, 0, parts[i].column);
    share_tenths(counts, PARTS, tenths);
    buf_add(out, STR("<div class=\"bar\"><svg aria-hidden=\"true\">"));
    for (size_t i = 0; i < PARTS; x += tenths[i++])
        if (counts[i] > 0)
            buf_printf(out, "<rect class=\"%s\" x=\"%d.%d%%\" width=\"%d.%d%%\" height=\"100%%\"/>", parts[i].class,
                       x / 10, x % 10, tenths[i] / 10, tenths[i] % 10);
    buf_add(out, STR("</svg></div>\n<ul class=\"legend\">"));
    for (size_t i = 0; i < PARTS; i++) {
        if (i >= ALWAYS && counts[i] == 0)
            continue;
        buf_printf(out, "<li><span class=\"dot %s\"></span><b>%d.%d %%</b>%s<small>", parts[i].class, tenths[i] / 10,
                   tenths[i] % 10, parts[i].title);
        add_grouped(out, counts[i]);
        buf_add(out, STR("</small></li>"));
    }
    buf_add(out, STR("</ul>\n"));
}

/* Few providers report complaints: the rate speaks of their part of the mail only. */
static void add_feedback_share(struct buf *out, const struct answer *o)
{
    const double delivered = (double)answer_count_of(o, 0, "delivered");

    buf_add(out, STR("<br>known for "));
    add_percent(out, delivered > 0 ? (double)answer_count_of(o, 0, "feedback_delivered") / delivered : 0);
    buf_add(out, STR(" of our deliveries"));
}

static void add_tile(struct buf *out, const struct answer *o, const char *name)
{
    const int at = report_column(o->report, name);
    const struct column *c = &o->report->columns[at];
    struct interval range;

    buf_add(out, STR("<div class=\"tile\"><h3 title=\""));
    html_text(out, c->about);
    buf_add(out, STR("\">"));
    html_text(out, c->title);
    html_mark(out, cell_level(o, 0, (size_t)at));
    buf_add(out, STR("</h3><div class=\"figure\">"));
    add_percent(out, answer_double(o, 0, (size_t)at));
    buf_add(out, STR("</div><p>"));
    add_grouped(out, (int64_t)answer_double(o, 0, (size_t)c->numerator));
    buf_add(out, STR(" of "));
    add_grouped(out, (int64_t)answer_double(o, 0, (size_t)c->denominator));
    if (cell_interval(o, 0, (size_t)at, &range)) {
        buf_add(out, STR(" \xc2\xb7 "));
        add_interval(out, range);
        buf_add(out, STR(" %"));
    }
    if (strcmp(name, "complaint_rate") == 0)
        add_feedback_share(out, o);
    buf_add(out, STR("</p></div>\n"));
}

static void section_figures(const struct page *page)
{
    static const char *const tiles[] = {"delivery_rate", "hard_bounce_rate", "block_rate",     "blocked_share",
                                        "deferral_rate", "stuck_rate",       "complaint_rate", "on_time_60s"};
    const struct answer *o = rows_of(page, "overview");
    struct buf about = {0};

    add_grouped(&about, answer_count_of(o, 0, "attempted"));
    buf_add(&about, STR(" messages attempted; each recipient counts as one. Behind every rate stand its counts and the "
                        "range in which the true value lies with 95 % confidence."));
    if (answer_count_of(o, 0, "pending") * 200 > answer_count_of(o, 0, "attempted"))
        buf_add(&about, STR(" More than 0.5 % still waits, so these rates are not final yet (*)."));
    section_begin(page->out, "figures", "What became of our mail", buf_str(&about));
    add_parts(page->out, o);
    buf_add(page->out, STR("<div class=\"tiles\">\n"));
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++)
        add_tile(page->out, o, tiles[i]);
    buf_add(page->out, STR("</div>\n"));
    section_end(page->out);
    buf_free(&about);
}

static void section_time(const struct page *page)
{
    const struct answer *t = rows_of(page, "timeline");

    section_begin(page->out, "time", "Over time", t->report->promise);
    if (t->count > 1)
        buf_add(page->out,
                STR("<div class=\"chart\"><canvas id=\"over-time\" role=\"img\" aria-label=\"Messages delivered, "
                    "deferred and failed over time; the same figures are in the table below\"></canvas></div>\n"));
    buf_add(page->out, STR("<details class=\"fold\"><summary class=\"plain\">The same as a table</summary>\n"));
    html_table(page->out, &(struct html_table){.answer = t});
    buf_add(page->out, STR("</details>\n"));
    section_end(page->out);
}

/* ---------------------------------------------------------------- tables */

static void add_more(const struct page *page, const struct answer *a)
{
    if (a->count >= (size_t)page->answers->question.top)
        buf_printf(page->out, "<p class=\"more\">The first %zu; rebound report %s --top N shows more.</p>\n", a->count,
                   a->report->name);
}

static void add_plain(const struct page *page, const char *name, const char *heading, const char *const *columns)
{
    const struct answer *a = rows_of(page, name);

    if (!a)
        return;
    if (heading)
        buf_printf(page->out, "<h3>%s</h3>\n", heading);
    html_table(page->out, &(struct html_table){.answer = a, .sorts = true, .columns = columns});
    add_more(page, a);
}

static void section_of(const struct page *page, const char *id, const char *name, const char *title)
{
    section_begin(page->out, id, title, rows_of(page, name)->report->promise);
    add_plain(page, name, NULL, NULL);
    section_end(page->out);
}

static void section_providers(const struct page *page)
{
    const struct answer *a = rows_of(page, "providers");

    section_begin(page->out, "providers", "Providers", a->report->promise);
    html_table(page->out, &(struct html_table){.answer = a, .sorts = true, .trends = rows_of(page, "trends")});
    add_more(page, a);
    section_end(page->out);
}

static bool of_category(const struct answer *answer, size_t row, const void *category)
{
    return str_eq(answer_text_of(answer, row, "category"), *(const str *)category);
}

static size_t texts_of_category(const struct answer *answer, str category)
{
    size_t n = 0;

    for (size_t i = 0; i < answer->count; i++)
        n += of_category(answer, i, &category);
    return n;
}

static void add_reason_head(struct buf *out, const struct answer *a, size_t row)
{
    static const struct {
        const char *class;
        const char *colour;
    } colours[] = {{"H", "failed"}, {"B", "handed"}, {"T", "waiting"}, {"R", "waiting"}, {"U", "lost"}};
    const str class = answer_text_of(a, row, "class");
    const double share = answer_rate_of(a, row, "share");
    const char *colour = "lost";

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (str_eq(class, str_of(colours[i].class)))
            colour = colours[i].colour;
    buf_add(out, STR("<summary><span><b>"));
    html_text(out, answer_text_of(a, row, "title"));
    buf_add(out, STR("</b></span><span class=\"n\">"));
    const int64_t failed = answer_count_of(a, row, "recipient_messages");
    add_grouped(out, failed ? failed : answer_count_of(a, row, "deferrals"));
    buf_printf(out, " %s</span><svg aria-hidden=\"true\">", failed ? "failed" : "put off");
    buf_printf(out, "<rect class=\"%s\" width=\"%.1f%%\" height=\"100%%\"/></svg><span class=\"n share\">", colour,
               isnan(share) ? 0 : share * 100);
    add_percent(out, share);
    buf_add(out, STR("</span></summary>\n"));
}

static void add_fault(struct buf *out, const struct answer *a, size_t row)
{
    static const struct {
        const char *fault, *words;
    } faults[] = {{"address", "The address is bad."},           {"recipient", "The recipient's wish."},
                  {"recipient_system", "It is on their side."}, {"sender", "It is about us."},
                  {"message", "It is about the message."},      {"network", "It is the network."}};
    const str fault = answer_text_of(a, row, "fault");

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (str_eq(fault, str_of(faults[i].fault)))
            buf_printf(out, "<b>%s</b> ", faults[i].words);
}

static void add_reason(const struct page *page, const struct answer *a, size_t row)
{
    static const char *const columns[] = {"sample", "provider", "count", "share", "delist_url", NULL};
    static const char *const plain[] = {"sample", "provider", "count", "share", "last_seen", NULL};
    const struct answer *failures = rows_of(page, "failures");
    const str category = answer_text_of(a, row, "category");
    const int64_t deferrals = answer_count_of(a, row, "deferrals");
    const bool listed = str_eq(category, STR("blocklisted"));

    buf_printf(page->out, "<details%s>", row == 0 ? " open" : "");
    add_reason_head(page->out, a, row);
    buf_add(page->out, STR("<div class=\"inside\"><p class=\"advice\">"));
    add_fault(page->out, a, row);
    html_text(page->out, answer_text_of(a, row, "advice"));
    if (deferrals > 0) {
        buf_add(page->out, STR(" It also put off "));
        add_grouped(page->out, deferrals);
        buf_add(page->out, STR(" attempts."));
    }
    buf_add(page->out, STR("</p>\n"));
    const size_t texts = texts_of_category(failures, category);
    if (texts > 0)
        html_table(page->out, &(struct html_table){.answer = failures,
                                                   .columns = listed ? columns : plain,
                                                   .keep = of_category,
                                                   .what = &category,
                                                   .most = TEXTS_SHOWN});
    if (texts > TEXTS_SHOWN)
        buf_printf(page->out, "<p class=\"more\">%zu more texts: rebound report failures.</p>\n", texts - TEXTS_SHOWN);
    buf_add(page->out, STR("</div></details>\n"));
}

static void section_reasons(const struct page *page)
{
    const struct answer *a = rows_of(page, "categories");

    section_begin(page->out, "reasons", "Why mail failed", a->report->promise);
    if (a->count == 0)
        buf_add(page->out, STR("<p class=\"empty\">Nothing failed in this period.</p>\n"));
    for (size_t i = 0; i < a->count; i++)
        add_reason(page, a, i);
    if (has_rows(page, "deferrals"))
        add_plain(page, "deferrals", "Put off", NULL);
    section_end(page->out);
}

/* A few are enough to see what it is about; the rest is folded away. */
static void section_undelivered(const struct page *page)
{
    const struct answer *a = rows_of(page, "undelivered");

    section_begin(page->out, "undelivered", "Undelivered, the newest", a->report->promise);
    html_table(page->out, &(struct html_table){.answer = a, .sorts = true, .most = UNDELIVERED_SHOWN});
    if (a->count > UNDELIVERED_SHOWN) {
        buf_printf(page->out, "<details class=\"fold\"><summary class=\"plain\">%zu more</summary>\n",
                   a->count - UNDELIVERED_SHOWN);
        html_table(page->out, &(struct html_table){.answer = a, .sorts = true, .from = UNDELIVERED_SHOWN});
        buf_add(page->out, STR("</details>\n"));
    }
    add_more(page, a);
    section_end(page->out);
}

/* What others say of us, when they said anything. */
static void add_told(const struct page *page, const char *name, const char *heading, const char *const *columns,
                     const char *under)
{
    const struct answer *a = rows_of(page, name);

    if (!has_rows(page, name))
        return;
    buf_printf(page->out, "<h3>%s</h3>\n", heading);
    html_table(page->out, &(struct html_table){.answer = a, .columns = columns, .under = under});
    add_more(page, a);
}

static void section_blocklists(const struct page *page)
{
    static const char *const receivers[] = {"item",      "source",     "state",    "worst", "complaint_rate",
                                            "trap_hits", "error_rate", "last_day", NULL};
    static const char *const columns[] = {"blocklist",      "listed_item", "state",     "provider",   "node",
                                          "affected_share", "first_seen",  "last_seen", "delist_url", NULL};
    const struct answer *a = rows_of(page, "blocklists");

    section_begin(page->out, "blocklists", "Blocklists and reputation", a->report->promise);
    if (a->count == 0)
        buf_add(page->out, STR("<p class=\"empty\">No reply named a blocklist in this period.</p>\n"));
    else
        html_table(page->out, &(struct html_table){.answer = a, .columns = columns, .under = "sample"});
    add_more(page, a);
    add_told(page, "reputation", "What receivers say of us", receivers, "told");
    section_end(page->out);
}

static void section_suppressions(const struct page *page)
{
    section_of(page, "suppressions", "suppressions", "Suppressions");
}

static bool whole_way(const struct answer *answer, size_t row, const void *what)
{
    (void)what;
    return str_eq(answer_text_of(answer, row, "phase"), STR("all"));
}

static void add_latency(const struct page *page)
{
    static const char *const columns[] = {"provider", "deliveries", "p50", "p90", "p99", NULL};
    const struct answer *a = rows_of(page, "latency");

    if (!a)
        return;
    buf_add(page->out, STR("<h3>Time to deliver</h3>\n"));
    html_table(page->out, &(struct html_table){.answer = a, .sorts = true, .columns = columns, .keep = whole_way});
}

static void section_nodes(const struct page *page)
{
    static const char *const policies[] = {"policy_domain", "organization", "policy_type", "sessions",
                                           "failed",        "failure_rate", "last_day",    NULL};
    static const char *const failures[] = {"policy_domain", "result_type",   "receiving_mx", "sessions",
                                           "organizations", "sending_hosts", "last_day",     NULL};

    section_begin(page->out, "nodes", "Nodes, sending addresses, encryption", rows_of(page, "nodes")->report->promise);
    add_plain(page, "nodes", NULL, NULL);
    add_plain(page, "tls", "Encryption by provider", NULL);
    add_told(page, "tls_reports", "Encryption of mail to us, as others report it", policies, "failures");
    add_told(page, "tls_failures", "Why it failed", failures, "reason");
    add_latency(page);
    section_end(page->out);
}

static void section_senders(const struct page *page)
{
    section_begin(page->out, "senders", "Senders", rows_of(page, "senders")->report->promise);
    add_plain(page, "senders", NULL, NULL);
    if (has_rows(page, "users"))
        add_plain(page, "users", "Authenticated users", NULL);
    if (has_rows(page, "complaints"))
        add_plain(page, "complaints", "Complaints", NULL);
    section_end(page->out);
}

static void section_domains(const struct page *page)
{
    section_of(page, "domains", "domains", "Domains");
}

static void section_unclassified(const struct page *page)
{
    section_of(page, "unclassified", "unclassified", "Not understood");
}

static void section_quality(const struct page *page)
{
    section_of(page, "quality", "quality", "Data quality");
}

/* ---------------------------------------------------------------- definitions */

static void section_words(const struct page *page)
{
    const struct report *o = rows_of(page, "overview")->report;
    struct buf limits = {0};

    section_begin(
        page->out, "words", "Definitions",
        STR("One message to one recipient is the unit; attempts are counted apart. "
            "Mail delivered locally, sent on for others or handed between our own relays is no part of the rates."));
    buf_add(page->out, STR("<dl>\n"));
    for (size_t i = 0; i < o->column_count; i++) {
        if (o->columns[i].detail)
            continue;
        buf_add(page->out, STR("<dt>"));
        html_text(page->out, o->columns[i].title);
        buf_add(page->out, STR("</dt><dd>"));
        html_text(page->out, o->columns[i].about);
        buf_clear(&limits);
        level_text(o->columns[i].name, &limits);
        if (limits.n)
            buf_printf(page->out, " (%s)", limits.p);
        buf_add(page->out, STR("</dd>\n"));
    }
    buf_add(page->out, STR("</dl>\n"));
    section_end(page->out);
    buf_free(&limits);
}

void page_sections(struct buf *out, const struct answers *answers, const struct answer *before)
{
    struct page page = {.out = out, .answers = answers, .before = before};

    actions_find(answers, &page.actions);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (rows_of(&page, places[i].needs))
            places[i].add(&page);
}
