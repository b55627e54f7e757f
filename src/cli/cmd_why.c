/* why: the chain behind a suppression, or what is missing for one. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "store/db.h"
#include "suppress/why.h"

struct why_options {
    const char *format;
};

#define AT(member) offsetof(struct why_options, member)
static const struct option why_rows[] = {
    {0, "format", "text|json", "how to print it (default: text)", OPT_CHOICE, AT(format)},
};

/* ---------------------------------------------------------------- text */

static const char *when(int64_t at_us, char text[CLOCK_TEXT])
{
    return at_us == CLOCK_NONE ? "-" : clock_text(clock_floor(at_us, CLOCK_SECOND), text);
}

static const char *grade_words(str grade)
{
    static const struct {
        char grade;
        const char *words;
    } grades[] = {
        {'A', "A: our own log"},
        {'B', "B: a report with a token of ours"},
        {'C', "C: a report that matches a send of ours"},
        {'D', "D: unverified, no send of ours proves it"},
    };

    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++)
        if (grade.n && grade.p[0] == grades[i].grade)
            return grades[i].words;
    return "none: an operator's decision";
}

static const char *cause_words(str cause)
{
    static const struct {
        const char *cause, *words;
    } causes[] = {
        {"incident", "held: its provider turned away many good addresses in that hour (rebound suppression confirm, or release)"},
        {"cap", "held: too many new entries that day (rebound suppression confirm, or release)"},
        {"unverified", "held: too many unverified complaints that day (rebound suppression confirm, or release)"},
        {"delivered", "released: a later message was delivered"},
        {"listing", "released: we were on a blocklist at that provider, so its refusals do not count"},
        {"not-spam", "released: the recipient said it was no spam"},
        {"operator", "released by an operator"},
    };

    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (str_eq(cause, str_of(causes[i].cause)))
            return causes[i].words;
    return "";
}

static void line(struct out *out, const char *name, str value)
{
    if (value.n == 0)
        return;
    out_printf(out, "    %-12s ", name);
    out_show(out, value);
    out_add(out, STR("\n"));
}

static void show_entry(struct out *out, const struct list_entry *e)
{
    char text[CLOCK_TEXT];
    const str grade = {&e->evidence, e->evidence ? 1 : 0};

    out_printf(out, "  %s%.*s%s at %.*s", out_colour(out, COLOUR_STRONG), STR_ARG(e->state), out_colour(out, COLOUR_NONE),
               STR_ARG(e->scope));
    if (str_eq(e->kind, STR("domain")))
        out_add(out, STR(" (the whole domain)"));
    out_add(out, STR("\n"));
    line(out, "reason", e->reason);
    line(out, "why so", str_of(cause_words(e->state_cause)));
    line(out, "evidence", str_of(grade_words(grade)));
    line(out, "strikes", str_of(e->strikes == 1 ? "1" : ""));
    if (e->strikes > 1)
        out_printf(out, "    %-12s %" PRId64 "\n", "strikes", e->strikes);
    if (e->first_event_us != CLOCK_NONE)
        out_printf(out, "    %-12s %s", "from", when(e->first_event_us, text));
    if (e->first_event_us != CLOCK_NONE)
        out_printf(out, " to %s\n", when(e->last_event_us, text));
    line(out, "until", e->expires_at_us == CLOCK_NONE ? STR("for good") : str_of(when(e->expires_at_us, text)));
    line(out, "rule", e->rule);
    line(out, "reply", e->diagnostic);
    line(out, "note", e->note);
}

static void show_policy(struct out *out, const struct why_policy *p)
{
    out_printf(out, "  %-18.*s ", STR_ARG(p->reason));
    if (p->missing.n)
        out_show(out, p->missing);
    else
        out_printf(out, "reached: %" PRId64 " strike%s, %" PRId64 " needed", p->strikes, p->strikes == 1 ? "" : "s", p->needed);
    if (p->lifted)
        out_printf(out, "; %" PRId64 " lifted, as we were on a blocklist there", p->lifted);
    if (p->incident)
        out_printf(out, "; %" PRId64 " in a provider incident", p->incident);
    out_add(out, STR("\n"));
}

/* Whether a failure counts, in a word or two. */
static const char *weight_words(const struct why_strike *s)
{
    return !s->in_force        ? "taken back when other logs were read"
           : s->reason.n == 0  ? "never counts: the address is not at fault"
           : s->lifted         ? "lifted: we were on a blocklist there"
           : s->delivered_since ? "reset by a later delivery"
           : s->incident       ? "counts, in a provider incident"
           : s->counted        ? "counts"
           : s->evidence.n && s->evidence.p[0] == 'D' ? "does not count: unverified"
                               : "counted with another failure of that day";
}

static void show_strike(struct out *out, const struct why_strike *s, bool is_domain)
{
    char text[CLOCK_TEXT];

    out_printf(out, "  %s  ", when(s->at_us, text));
    out_show(out, s->category);
    out_printf(out, "  (%s)\n", weight_words(s));
    line(out, "reply", s->reply);
    if (is_domain)
        line(out, "recipient", s->address);
    if (s->path.n) {
        out_printf(out, "    %-12s ", "read from");
        out_show(out, s->path);
        out_printf(out, ", byte %" PRId64 "\n", s->offset);
    }
    line(out, "node", s->node);
    line(out, "provider", s->provider);
    line(out, "stream", s->stream);
    line(out, "rule", s->rule);
    line(out, "signature", s->masked);
    line(out, "evidence", str_of(grade_words(s->evidence)));
}

static void show_mail(struct out *out, const struct why_mail *m)
{
    char text[CLOCK_TEXT];

    out_printf(out, "  %s  ", when(m->at_us, text));
    out_show(out, m->category.n ? m->category : STR("report"));
    out_printf(out, "  (%s)\n", grade_words(m->evidence));
    line(out, "feedback", m->feedback_type);
    line(out, "from", m->reporting_mta);
    line(out, "text", m->diagnostic);
    if (m->path.n) {
        out_printf(out, "    %-12s ", "read from");
        out_show(out, m->path);
        out_printf(out, ", byte %" PRId64 "\n", m->offset);
    }
}

static void show_moment(struct out *out, const struct list_moment *m)
{
    char text[CLOCK_TEXT];

    out_printf(out, "  %s  %.*s by ", when(m->at_us, text), STR_ARG(m->change));
    out_show(out, m->actor);
    out_printf(out, " (%.*s, %.*s)", STR_ARG(m->reason), STR_ARG(m->scope));
    if (m->note.n) {
        out_add(out, STR(": "));
        out_show(out, m->note);
    }
    out_add(out, STR("\n"));
}

static void title(struct out *out, const char *text)
{
    out_printf(out, "\n%s%s%s\n", out_colour(out, COLOUR_STRONG), text, out_colour(out, COLOUR_NONE));
}

static bool in_force(const struct why *why)
{
    for (size_t i = 0; i < why->entry_count; i++)
        if (str_eq(why->entries[i].state, STR("active")))
            return true;
    return false;
}

static void show_verdict(struct out *out, const struct why *why)
{
    out_show(out, why->who);
    out_printf(out, " %s\n", in_force(why) ? "is suppressed" : why->known ? "is not suppressed" : "is not known here");
    for (size_t i = 0; i < why->entry_count; i++)
        show_entry(out, &why->entries[i]);
}

static void show_deliveries(struct out *out, const struct why *why)
{
    char text[CLOCK_TEXT];

    if (why->is_domain)
        return;
    title(out, "Delivered");
    out_printf(out, "  %" PRId64 " times", why->deliveries);
    if (why->deliveries > 0)
        out_printf(out, ", last %s", when(why->last_delivery_us, text));
    if (why->deliveries > 0 && why->standing_delivery_us != why->last_delivery_us)
        out_printf(out, " (it bounced later; the last that stands: %s)", when(why->standing_delivery_us, text));
    out_add(out, STR("\n"));
}

static void show_undo(struct out *out, const struct why *why)
{
    if (!in_force(why))
        return;
    title(out, "To undo it");
    out_add(out, STR("  rebound suppression release "));
    out_show(out, why->who);
    out_add(out, STR(" --note 'why'\n  It stays off the list for this evidence; a later failure lists it again.\n"));
}

static void show(struct out *out, const struct why *why)
{
    show_verdict(out, why);
    if (!why->known)
        return;
    if (why->policy_count)
        title(out, "By the policy");
    for (size_t i = 0; i < why->policy_count; i++)
        show_policy(out, &why->policies[i]);
    if (why->strike_count)
        title(out, "Final failures");
    for (size_t i = 0; i < why->strike_count; i++)
        show_strike(out, &why->strikes[i], why->is_domain);
    if (why->mail_count)
        title(out, "Mails about it");
    for (size_t i = 0; i < why->mail_count; i++)
        show_mail(out, &why->mails[i]);
    show_deliveries(out, why);
    if (why->moment_count)
        title(out, "History");
    for (size_t i = 0; i < why->moment_count; i++)
        show_moment(out, &why->moments[i]);
    show_undo(out, why);
}

/* ---------------------------------------------------------------- JSON */

static void text_member(struct json_out *to, const char *key, str value)
{
    json_key(to, key);
    json_str_or_none(to, value);
}

static void time_member(struct json_out *to, const char *key, int64_t at_us)
{
    json_key(to, key);
    json_time(to, at_us);
}

static void int_member(struct json_out *to, const char *key, int64_t value)
{
    json_key(to, key);
    json_int(to, value);
}

static void bool_member(struct json_out *to, const char *key, bool value)
{
    json_key(to, key);
    json_bool(to, value);
}

static void policy_json(struct json_out *to, const struct why_policy *p)
{
    json_begin_object(to);
    text_member(to, "reason", p->reason);
    int_member(to, "strikes", p->strikes);
    int_member(to, "needed", p->needed);
    int_member(to, "apart_seconds", p->apart_s);
    json_key(to, "ttl_seconds");
    if (p->ttl_s < 0)
        json_none(to);
    else
        json_int(to, p->ttl_s);
    bool_member(to, "resets_on_delivery", p->resets);
    bool_member(to, "known_good", p->known_good);
    int_member(to, "lifted", p->lifted);
    int_member(to, "in_incident", p->incident);
    text_member(to, "missing", p->missing);
    json_end_object(to);
}

static void strike_json(struct json_out *to, const struct why_strike *s)
{
    json_begin_object(to);
    time_member(to, "at", s->at_us);
    text_member(to, "category", s->category);
    text_member(to, "counts", str_of(weight_words(s)));
    bool_member(to, "counted", s->counted && s->in_force && !s->lifted && !s->delivered_since);
    text_member(to, "evidence", s->evidence);
    text_member(to, "origin", s->origin);
    text_member(to, "reply", s->reply);
    text_member(to, "rule", s->rule);
    text_member(to, "signature", s->masked);
    text_member(to, "enhanced_status", s->enhanced_status);
    text_member(to, "node", s->node);
    text_member(to, "provider", s->provider);
    text_member(to, "stream", s->stream);
    text_member(to, "recipient", s->address);
    text_member(to, "input", s->path);
    int_member(to, "offset", s->offset);
    time_member(to, "delivered_before", s->prev_delivery_us);
    json_end_object(to);
}

static void mail_json(struct json_out *to, const struct why_mail *m)
{
    json_begin_object(to);
    time_member(to, "at", m->at_us);
    text_member(to, "category", m->category);
    text_member(to, "evidence", m->evidence);
    text_member(to, "feedback_type", m->feedback_type);
    text_member(to, "reporting_mta", m->reporting_mta);
    text_member(to, "diagnostic", m->diagnostic);
    text_member(to, "decoded_by", m->decoded_by);
    text_member(to, "input", m->path);
    int_member(to, "offset", m->offset);
    json_end_object(to);
}

static void moment_json(struct json_out *to, const struct list_moment *m)
{
    json_begin_object(to);
    time_member(to, "at", m->at_us);
    text_member(to, "change", m->change);
    text_member(to, "scope", m->scope);
    text_member(to, "state", m->state);
    text_member(to, "reason", m->reason);
    text_member(to, "actor", m->actor);
    text_member(to, "note", m->note);
    json_end_object(to);
}

static void why_json(struct out *out, const struct why *why)
{
    struct json_out to = {.to = &out->buf};

    json_begin_object(&to);
    text_member(&to, "who", why->who);
    bool_member(&to, "suppressed", in_force(why));
#define ARRAY(name, items, count, write)                                                                                \
    json_key(&to, name);                                                                                               \
    json_begin_array(&to);                                                                                             \
    for (size_t i = 0; i < (count); i++)                                                                               \
        write(&to, &(items)[i]);                                                                                       \
    json_end_array(&to)
    ARRAY("suppressions", why->entries, why->entry_count, list_json);
    ARRAY("policy", why->policies, why->policy_count, policy_json);
    ARRAY("strikes", why->strikes, why->strike_count, strike_json);
    ARRAY("mails", why->mails, why->mail_count, mail_json);
    ARRAY("history", why->moments, why->moment_count, moment_json);
#undef ARRAY
    int_member(&to, "deliveries", why->deliveries);
    time_member(&to, "last_delivery", why->last_delivery_us);
    time_member(&to, "last_standing_delivery", why->standing_delivery_us);
    json_end_object(&to);
    out_add(out, STR("\n"));
}

/* ---------------------------------------------------------------- the command */

static int run(struct command_context *context)
{
    const struct why_options *options = context->options;
    struct err err = {0};
    struct why why;
    struct db *db = context_db(context, &err);
    const bool good = db && why_read(db, str_of(context->args.items[0]), context->arena, &why, &err);

    db_close(db);
    if (!good)
        return command_fail(context, &err);
    if (str_eq(str_of(options->format), STR("json")))
        why_json(context->out, &why);
    else
        show(context->out, &why);
    return why.known ? EXIT_DONE : EXIT_INPUT;
}

const struct command command_why = {
    .name = "why",
    .args = "ADDRESS",
    .summary = "Tell why an address is suppressed, or what is missing for it",
    .manual = "The chain: the entry, the row of the policy, every final failure with its raw reply and where it was read, "
              "deliveries, mails, history, and how to undo it. Exit 1 when nothing is known of the address.",
    .options = why_rows,
    .option_count = sizeof why_rows / sizeof *why_rows,
    .options_bytes = sizeof(struct why_options),
    .least_args = 1,
    .most_args = 1,
    .uses_database = true,
    .run = run,
};
