#include "report/actions.h"

#include <math.h>
#include <stdio.h>

struct finder {
    const struct answers *answers;
    struct actions *out;
};

static const struct answer *rows_of(const struct finder *f, const char *name)
{
    return answers_find(f->answers, name);
}

static size_t count_of(const struct answer *answer)
{
    return answer ? answer->count : 0;
}

static bool before(const struct action *a, const struct action *b)
{
    return a->level != b->level ? a->level > b->level : a->weight > b->weight;
}

/* Keeps the first five in order. */
static void add(struct finder *f, struct action action)
{
    struct actions *out = f->out;
    size_t at = out->count;

    if (action.level == LEVEL_BAD)
        out->bad++;
    else
        out->watch++;
    if (at == ACTIONS_MOST && !before(&action, &out->items[at - 1]))
        return;
    if (at == ACTIONS_MOST)
        at--;
    else
        out->count++;
    for (; at > 0 && before(&action, &out->items[at - 1]); at--)
        out->items[at] = out->items[at - 1];
    out->items[at] = action;
}

static str text(const struct finder *f, const struct buf *buf)
{
    return arena_str(f->answers->arena, buf_str(buf));
}

/* ---------------------------------------------------------------- listings */

static bool same_item(const struct answer *a, size_t i, size_t j)
{
    return str_eq(answer_text_of(a, i, "blocklist"), answer_text_of(a, j, "blocklist")) &&
           str_eq(answer_text_of(a, i, "listed_item"), answer_text_of(a, j, "listed_item"));
}

static bool is_first_of_item(const struct answer *a, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (same_item(a, i, row))
            return false;
    return true;
}

static bool hurts_now(const struct answer *a, size_t row)
{
    const str state = answer_text_of(a, row, "state");
    return str_eq(state, STR("active")) || str_eq(state, STR("suspected"));
}

static bool hurts_provider(const struct answer *a, size_t first, size_t row, str provider)
{
    return same_item(a, first, row) && hurts_now(a, row) && str_eq(answer_text_of(a, row, "provider"), provider);
}

/* The provider's first row of this item: its nodes are summed there. */
static bool is_first_of_provider(const struct answer *a, size_t first, size_t row)
{
    const str provider = answer_text_of(a, row, "provider");

    for (size_t i = first; i < row; i++)
        if (hurts_provider(a, first, i, provider))
            return false;
    return hurts_provider(a, first, row, provider);
}

static double provider_share(const struct answer *a, size_t first, str provider)
{
    int64_t hits = 0, attempts = 0;

    for (size_t i = first; i < a->count; i++) {
        if (!hurts_provider(a, first, i, provider))
            continue;
        hits += answer_count_of(a, i, "hits");
        attempts += answer_count_of(a, i, "attempts");
    }
    return attempts > 0 ? fmin((double)hits / (double)attempts, 1) : NAN;
}

/* "gmail (34 % of our attempts), yahoo (2 %)" */
static void add_victims(struct buf *to, const struct answer *a, size_t first)
{
    size_t named = 0, more = 0;

    for (size_t i = first; i < a->count; i++) {
        if (!is_first_of_provider(a, first, i))
            continue;
        if (named == 3) {
            more++;
            continue;
        }
        const str provider = answer_text_of(a, i, "provider");
        const str who = str_eq(provider, STR("other")) ? STR("other receivers") : provider;
        buf_printf(to, "%s%.*s (", named++ ? ", " : "", STR_ARG(who));
        add_percent(to, provider_share(a, first, provider));
        buf_printf(to, "%s)", named == 1 ? " of our attempts" : "");
    }
    if (more)
        buf_printf(to, " and %zu more", more);
}

/* The facts call weight 5 critical; where it hits less than one attempt in a hundred it can wait until after the
 * coffee. */
static enum level listing_level(const struct answer *a, size_t first)
{
    enum level level = LEVEL_GOOD;

    for (size_t i = first; i < a->count; i++) {
        const int64_t weight = answer_count_of(a, i, "weight");
        const double share = answer_rate_of(a, i, "affected_share");
        const bool felt = share >= 0.01;
        if (!same_item(a, first, i) || !hurts_now(a, i))
            continue;
        if (str_eq(answer_text_of(a, i, "state"), STR("active")) && (share > 0.2 || (weight >= 5 && felt)))
            return LEVEL_BAD;
        if (weight > 2 || felt)
            level = LEVEL_WATCH;
    }
    return level;
}

static void find_listings(struct finder *f)
{
    const struct answer *a = rows_of(f, "blocklists");

    for (size_t i = 0; i < count_of(a); i++) {
        struct buf b = {0};
        if (!hurts_now(a, i) || !is_first_of_item(a, i))
            continue;
        const enum level level = listing_level(a, i);
        if (level == LEVEL_GOOD)
            continue; /* a note in the table is enough */
        const str name = answer_text_of(a, i, "name"), item = answer_text_of(a, i, "listed_item");
        const str note = answer_text_of(a, i, "delist_note");
        buf_printf(&b, "%.*s %s %.*s since ", STR_ARG(name),
                   str_eq(answer_text_of(a, i, "state"), STR("active")) ? "blocks" : "may be blocking",
                   STR_ARG(item.n ? item : STR("our mail")));
        add_moment(&b, answer_time_of(a, i, "first_seen"));
        buf_add(&b, STR(" UTC. It hits "));
        add_victims(&b, a, i);
        buf_add(&b, STR(". Stop what caused it, then ask for removal"));
        if (note.n)
            buf_printf(&b, " (%.*s)", STR_ARG(note));
        buf_add_char(&b, '.');
        const str url = answer_text_of(a, i, "delist_url");
        add(f, (struct action){level, (double)answer_count_of(a, i, "hits"), "Postmaster", text(f, &b),
                               url.n ? url : STR("#blocklists"), url.n ? "Removal page" : "Listings"});
        buf_free(&b);
    }
}

/* A provider whose refusals a listing explains, be it over or not, needs no line of its own. */
static bool listing_explains(const struct finder *f, str provider)
{
    const struct answer *a = rows_of(f, "blocklists");

    for (size_t i = 0; i < count_of(a); i++)
        if (str_eq(answer_text_of(a, i, "provider"), provider))
            return true;
    return false;
}

/* ---------------------------------------------------------------- refusals about us */

static void find_reasons(struct finder *f)
{
    const struct answer *a = rows_of(f, "categories");
    const int64_t failed = answer_count_of(rows_of(f, "overview"), 0, "failed");

    for (size_t i = 0; i < count_of(a); i++) {
        const str class = answer_text_of(a, i, "class"), category = answer_text_of(a, i, "category");
        const int64_t n = answer_count_of(a, i, "recipient_messages");
        struct buf b = {0};
        if (!str_eq(class, STR("B")) || n < 5 || n * 20 < failed)
            continue;
        if (str_eq(category, STR("blocklisted")) && count_of(rows_of(f, "blocklists")) > 0)
            continue; /* the listings tell it better */
        const str title = answer_text_of(a, i, "title"), advice = answer_text_of(a, i, "advice");
        buf_printf(&b, "%.*s: ", STR_ARG(title));
        add_grouped(&b, n);
        buf_printf(&b, " messages refused. %.*s", STR_ARG(advice));
        add(f, (struct action){LEVEL_WATCH, (double)n, "Postmaster", text(f, &b), STR("#reasons"), "Replies"});
        buf_free(&b);
    }
}

static void find_blocking_providers(struct finder *f)
{
    const struct answer *a = rows_of(f, "providers");

    for (size_t i = 0; i < count_of(a); i++) {
        const double refused = (double)answer_count_of(a, i, "refused"), final = (double)answer_count_of(a, i, "final");
        const enum level level = level_of("block_rate", refused, final);
        const str provider = answer_text_of(a, i, "provider"), name = answer_text_of(a, i, "name");
        struct buf b = {0};
        if (level < LEVEL_WATCH || listing_explains(f, provider))
            continue;
        buf_printf(&b, "%.*s refuses ", STR_ARG(name));
        add_percent(&b, refused / final);
        buf_add(&b,
                STR(" of our mail for reasons that are about us. Read its replies and follow its postmaster page."));
        add(f, (struct action){level, refused, "Postmaster", text(f, &b), STR("#providers"), "Providers"});
        buf_free(&b);
    }
}

/* ---------------------------------------------------------------- addresses, queue, complaints */

static void find_bad_addresses(struct finder *f)
{
    const struct answer *o = rows_of(f, "overview");
    const double hard = (double)answer_count_of(o, 0, "hard"), final = (double)answer_count_of(o, 0, "final");
    const enum level level = level_of("hard_bounce_rate", hard, final);
    struct buf b = {0};

    if (level < LEVEL_WATCH)
        return;
    add_percent(&b, hard / final);
    buf_add(&b, STR(" of our mail goes to addresses that do not exist (providers look hard at more than 2 %). "
                    "Put the suppression list to use and find out where these addresses came from."));
    add(f, (struct action){level, hard, "List owner", text(f, &b), STR("#suppressions"), "Suppressions"});
    buf_free(&b);
}

static void find_waiting(struct finder *f)
{
    const struct answer *o = rows_of(f, "overview");
    const int64_t expiring = answer_count_of(o, 0, "expiring"), stuck = answer_count_of(o, 0, "stuck");
    const enum level level = level_of("stuck_rate", (double)stuck, (double)answer_count_of(o, 0, "attempted"));
    struct buf b = {0};

    if (expiring == 0 && level < LEVEL_WATCH)
        return;
    add_grouped(&b, expiring ? expiring : stuck);
    buf_add(&b, expiring ? STR(" messages have waited for three days or more and will soon be given up. "
                               "See what holds them back, and tell their senders.")
                         : STR(" messages have waited for more than an hour. See which provider holds them back."));
    add(f, (struct action){level > LEVEL_WATCH ? level : LEVEL_WATCH, (double)(expiring ? expiring : stuck),
                           "Postmaster", text(f, &b), STR("#undelivered"), "Waiting mail"});
    buf_free(&b);
}

static void find_complaints(struct finder *f)
{
    const struct answer *o = rows_of(f, "overview");
    const int64_t complaints = answer_count_of(o, 0, "complaints");
    const enum level level =
        level_of("complaint_rate", (double)complaints, (double)answer_count_of(o, 0, "feedback_delivered"));
    struct buf b = {0};

    if (level < LEVEL_WATCH)
        return;
    add_grouped(&b, complaints);
    buf_add(&b, STR(" people reported our mail as unwanted. Mail only those who asked for it, and make leaving easy."));
    add(f, (struct action){level, (double)complaints, "List owner", text(f, &b), STR("#senders"), "Streams"});
    buf_free(&b);
}

/* ---------------------------------------------------------------- what receivers say of us */

static bool is_of(const struct answer *a, size_t row, str source)
{
    return str_eq(answer_text_of(a, row, "source"), source);
}

/* The domain that Google's users report most, by Google's own figure. */
static void find_gmail_spam(struct finder *f)
{
    const struct answer *a = rows_of(f, "reputation");
    size_t worst = 0;
    double most = 0;
    struct buf b = {0};

    for (size_t i = 0; i < count_of(a); i++) {
        const double share = answer_rate_of(a, i, "complaint_rate");
        if (is_of(a, i, STR("postmaster")) && share > most) {
            most = share;
            worst = i;
        }
    }
    const enum level level = level_of_share("complaint_rate", most);
    if (level < LEVEL_WATCH)
        return;
    const str domain = answer_text_of(a, worst, "item");
    buf_add(&b, STR("Gmail's users report "));
    add_percent(&b, most);
    buf_printf(&b,
               " of what they get from %.*s as spam (Google asks for less than 0.10 %%, and holds mail back from 0.30 %%). "
               "Mail only those who asked for it, and make leaving easy.",
               STR_ARG(domain));
    add(f, (struct action){level, most, "List owner", text(f, &b), STR("#blocklists"), "What receivers say"});
    buf_free(&b);
}

static bool is_bad_verdict(str verdict)
{
    return str_eq(verdict, STR("RED")) || str_eq(verdict, STR("BLOCKED")) || str_eq(verdict, STR("BAD"));
}

/* "192.0.2.11 (RED), 192.0.2.10 (BLOCKED) and 2 more" */
static size_t add_verdicts(struct buf *to, const struct answer *a, str source)
{
    enum { NAMED = 3 };
    size_t found = 0;

    for (size_t i = 0; i < count_of(a); i++) {
        const str verdict = answer_text_of(a, i, "state"), item = answer_text_of(a, i, "item");
        if (!is_of(a, i, source) || !is_bad_verdict(verdict))
            continue;
        if (found++ < NAMED)
            buf_printf(to, "%s%.*s (%.*s)", found > 1 ? ", " : "", STR_ARG(item), STR_ARG(verdict));
    }
    if (found > NAMED)
        buf_printf(to, " and %zu more", found - NAMED);
    return found;
}

static void find_verdicts(struct finder *f)
{
    static const struct {
        str source;
        const char *who;
    } sources[] = {{STR("snds"), "Microsoft"}, {STR("postmaster"), "Google"}};

    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct buf b = {0};
        buf_printf(&b, "%s has its worst opinion of ", sources[i].who);
        const size_t found = add_verdicts(&b, rows_of(f, "reputation"), sources[i].source);
        buf_add(&b, STR(": most mail from there is taken for spam. Find what was sent from it, and stop that first."));
        if (found > 0)
            add(f, (struct action){LEVEL_BAD, (double)found, "Postmaster", text(f, &b), STR("#blocklists"),
                                   "What receivers say"});
        buf_free(&b);
    }
}

/* ---------------------------------------------------------------- our own house */

static void find_decisions(struct finder *f)
{
    const struct answer *a = rows_of(f, "suppressions");
    int64_t held = 0;
    struct buf b = {0};

    for (size_t i = 0; i < count_of(a); i++)
        if (str_eq(answer_text_of(a, i, "state"), STR("pending")))
            held += answer_count_of(a, i, "count");
    if (held == 0)
        return;
    add_grouped(&b, held);
    buf_add(&b, STR(" suppressions are held for a decision: rebound suppression list --state pending."));
    add(f, (struct action){LEVEL_WATCH, (double)held, "Operator", text(f, &b), STR("#suppressions"), "Suppressions"});
    buf_free(&b);
}

static void find_unread(struct finder *f)
{
    const struct answer *a = rows_of(f, "quality");
    int64_t unread = 0, aside = 0, read = 0;
    struct buf b = {0};

    for (size_t i = 0; i < count_of(a); i++) {
        unread += answer_count_of(a, i, "unread");
        aside += answer_count_of(a, i, "set_aside");
        read += answer_count_of(a, i, "read");
    }
    if (aside == 0 && unread * 1000 <= read)
        return;
    add_grouped(&b, unread);
    buf_add(&b, STR(" lines were not understood and "));
    add_grouped(&b, aside);
    buf_add(&b, STR(" pieces of input were set aside: figures may be too low."));
    add(f, (struct action){LEVEL_WATCH, 0, "Operator", text(f, &b), STR("#quality"), "Data quality"});
    buf_free(&b);
}

static void find_unclassified(struct finder *f)
{
    const struct answer *o = rows_of(f, "overview");
    const int64_t n = answer_count_of(o, 0, "unclassified");
    struct buf b = {0};

    if (level_of("unclassified_rate", (double)n, (double)answer_count_of(o, 0, "refusals")) < LEVEL_WATCH)
        return;
    add_grouped(&b, n);
    buf_add(&b, STR(" refusals match no rule. Name the most frequent: rebound rules unclassified."));
    add(f, (struct action){LEVEL_WATCH, 0, "Operator", text(f, &b), STR("#unclassified"), "Texts"});
    buf_free(&b);
}

void actions_find(const struct answers *answers, struct actions *out)
{
    static void (*const finders[])(struct finder *) = {
        find_listings,   find_blocking_providers, find_reasons, find_bad_addresses, find_waiting,
        find_complaints, find_gmail_spam,         find_verdicts, find_decisions,    find_unread,
        find_unclassified,
    };
    struct finder f = {answers, out};

    *out = (struct actions){0};
    for (size_t i = 0; i < sizeof finders / sizeof *finders; i++)
        finders[i](&f);
}

/* ---------------------------------------------------------------- the verdict */

static void add_change(struct buf *to, const struct answer *now, const struct answer *before)
{
    const double was = answer_rate_of(before, 0, "delivery_rate"), is = answer_rate_of(now, 0, "delivery_rate");
    const double points = (is - was) * 100;

    if (isnan(was) || isnan(is))
        return;
    if (fabs(points) < 0.05)
        buf_add(to, STR("Unchanged against the period before ("));
    else
        buf_printf(to, "%s %.1f points against the period before (", points > 0 ? "Up" : "Down", fabs(points));
    add_percent(to, was);
    buf_add(to, STR(" of "));
    add_grouped(to, answer_count_of(before, 0, "final"));
    buf_add(to, STR(")."));
}

struct conclusion conclude(const struct answers *answers, const struct answer *before_window,
                           const struct actions *actions)
{
    const struct answer *o = answers_find(answers, "overview");
    const double rate = answer_rate_of(o, 0, "delivery_rate");
    struct conclusion c = {actions->bad ? LEVEL_BAD : actions->watch ? LEVEL_WATCH : LEVEL_GOOD, STR(""), STR("")};
    const size_t found = actions->bad + actions->watch;
    struct buf b = {0}, change = {0};

    if (answer_count_of(o, 0, "injected") == 0) {
        c.level = LEVEL_NONE;
        c.text = STR("No mail was sent in this period.");
        return c;
    }
    buf_add(&b, c.level == LEVEL_GOOD    ? STR("All is well: ")
                : c.level == LEVEL_WATCH ? STR("Mail flows: ")
                                         : STR("Mail needs help: "));
    add_percent(&b, rate);
    buf_add(&b, STR(" of what came to an end was delivered"));
    if (found)
        buf_printf(&b, "; %zu %s attention", found, found == 1 ? "thing needs" : "things need");
    buf_add_char(&b, '.');
    add_change(&change, o, before_window);
    c.text = arena_str(answers->arena, buf_str(&b));
    c.change = arena_str(answers->arena, buf_str(&change));
    buf_free(&b);
    buf_free(&change);
    return c;
}
