/* rules: the tools that keep rules right. check, test and explain need no database. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "classify/lint.h"
#include "cli/cmd_rules_history.h"
#include "cli/commands.h"

struct rules_options {
    bool all;
    const char *provider;
};

#define AT(member) offsetof(struct rules_options, member)
static const struct option check_options[] = {
    {'a', "all", NULL, "the built-in rules too, not only one's own", OPT_FLAG, AT(all)},
};
static const struct option explain_options[] = {
    {'p', "provider", "ID", "as if this provider had said it", OPT_TEXT, AT(provider)},
};

enum { FOLDER_ARG = 0 };

static struct classifier *read_rules(const struct command_context *context, const char *folder, struct err *err)
{
    return classifier_new(folder ? folder : context->config ? context->config->rules : NULL, err);
}

static void show_finding(void *self, const struct lint_finding *f)
{
    struct out *out = self;
    const bool error = f->grade == LINT_ERROR;

    out_show(out, f->rule->file);
    out_printf(out, ":%zu: %s%s%s: ", f->line, out_colour(out, error ? COLOUR_BAD : COLOUR_WARN),
               error ? "error" : "warning", out_colour(out, COLOUR_NONE));
    out_show(out, f->rule->name);
    out_printf(out, ": ");
    out_show(out, f->text);
    out_printf(out, "\n");
    out_line_done(out);
}

static bool has_own(struct classifier *classifier)
{
    const struct rule *const *rules;

    return ruleset_rules(classifier_rules(classifier), &rules) > 0 && rules[0]->user;
}

/* Without rules of one's own the built-in ones are what there is to look at. */
static bool look_at_all(const struct command_context *context, struct classifier *classifier)
{
    return ((const struct rules_options *)context->options)->all || !has_own(classifier);
}

static int run_check(struct command_context *context)
{
    const char *folder = context->args.count > FOLDER_ARG ? context->args.items[FOLDER_ARG] : NULL;
    struct err err = {0};
    struct classifier *classifier = read_rules(context, folder, &err);
    size_t errors;

    if (!classifier)
        return command_fail(context, &err);
    errors = lint_rules(classifier, look_at_all(context, classifier), show_finding, context->out);
    out_printf(context->out, "%zu %s\n", errors, errors == 1 ? "error" : "errors");
    classifier_free(classifier);
    return errors ? EXIT_INPUT : EXIT_DONE;
}

/* ---------------------------------------------------------------- test */

struct score {
    size_t labelled, given, right; /* of one category: rows with it, verdicts with it, both */
};

struct columns {
    size_t text, category, provider, also_ok; /* SIZE_MAX: there is none */
};

enum { FIELDS_MAX = 32 };

static size_t fields_of(str line, str fields[FIELDS_MAX])
{
    size_t n = 0;

    while (n < FIELDS_MAX && str_take_field(&line, '\t', &fields[n]))
        n++;
    return n;
}

static size_t column_named(const str *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], str_of(name)))
            return i;
    return SIZE_MAX;
}

static bool read_columns(str line, struct columns *columns, struct err *err)
{
    str names[FIELDS_MAX];
    const size_t count = fields_of(line, names);

    columns->text = column_named(names, count, "text");
    columns->category = column_named(names, count, "category");
    columns->provider = column_named(names, count, "provider");
    columns->also_ok = column_named(names, count, "also_ok");
    return (columns->text != SIZE_MAX && columns->category != SIZE_MAX) ||
           err_set(err, ERR_CONFIG, "the first line has to name the columns text and category, between tabs");
}

static str field_at(const str *fields, size_t count, size_t column)
{
    return column < count ? fields[column] : STR("");
}

static bool is_among(str words, str word)
{
    str one;

    while (str_take_field(&words, ',', &one))
        if (str_eq(one, word))
            return true;
    return false;
}

static size_t index_of(str category)
{
    const struct category *all;

    classify_categories(&all);
    return (size_t)(classify_category(category) - all);
}

static void show_wrong(struct out *out, str text, str want, const struct verdict *v)
{
    out_show(out, want);
    out_printf(out, " expected, %.*s by %.*s: ", STR_ARG(v->category), STR_ARG(v->rule));
    out_show(out, text);
    out_printf(out, "\n");
    out_line_done(out);
}

static bool score_row(struct command_context *context, struct classifier *classifier, const str *fields, size_t count,
                      const struct columns *columns, struct score *scores)
{
    const struct classify_input in = {.text = field_at(fields, count, columns->text),
                                      .provider = field_at(fields, count, columns->provider)};
    const str want = field_at(fields, count, columns->category);
    struct verdict v;
    bool right;

    if (!classify_category(want))
        return false;
    classify_text(classifier, &in, &v);
    right = str_eq(want, v.category) || is_among(field_at(fields, count, columns->also_ok), v.category);
    scores[index_of(right ? v.category : want)].labelled++;
    scores[index_of(v.category)].given++;
    scores[index_of(v.category)].right += right;
    if (!right)
        show_wrong(context->out, in.text, want, &v);
    return true;
}

static void show_rate(struct out *out, size_t part, size_t whole)
{
    if (whole)
        out_printf(out, " %8.1f %%", 100.0 * (double)part / (double)whole);
    else
        out_printf(out, " %10s", "-");
}

static void show_scores(struct out *out, const struct score *scores)
{
    const struct category *all;
    const size_t count = classify_categories(&all);
    size_t labelled = 0, right = 0;

    out_printf(out, "%-20s %8s %8s %10s %10s\n", "category", "labelled", "given", "precision", "recall");
    for (size_t i = 0; i < count; i++) {
        if (scores[i].labelled + scores[i].given == 0)
            continue;
        out_printf(out, "%-20.*s %8zu %8zu", STR_ARG(all[i].id), scores[i].labelled, scores[i].given);
        show_rate(out, scores[i].right, scores[i].given);
        show_rate(out, scores[i].right, scores[i].labelled);
        out_printf(out, "\n");
        labelled += scores[i].labelled;
        right += scores[i].right;
    }
    out_printf(out, "%-20s %8zu %8s", "all", labelled, "");
    show_rate(out, right, labelled);
    out_printf(out, "\n");
}

static bool score_lines(struct command_context *context, struct classifier *classifier, FILE *f, const char *path,
                        struct score *scores, struct err *err)
{
    struct columns columns = {0};
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t length;
    bool fine = true;

    while (fine && (length = getline(&line, &room, f)) != -1) {
        str text = {line, (size_t)length}, fields[FIELDS_MAX];
        str row = STR("");

        str_take_line(&text, &row);
        if (++number == 1)
            fine = read_columns(row, &columns, err);
        else if (row.n > 0)
            fine = score_row(context, classifier, fields, fields_of(row, fields), &columns, scores) ||
                   err_set(err, ERR_CONFIG, "no such category");
    }
    free(line);
    return fine || err_within(err, "%s:%zu", path, number);
}

static int test_file(struct command_context *context, struct classifier *classifier, const char *path)
{
    struct err err = {0};
    const struct category *all;
    struct score *scores = arena_alloc(context->arena, classify_categories(&all) * sizeof *scores);
    FILE *f = fopen(path, "rb");
    bool fine;

    if (!f) {
        err_set_errno(&err, ERR_INPUT, "%s", path);
        return command_fail(context, &err);
    }
    fine = score_lines(context, classifier, f, path, scores, &err);
    fclose(f);
    if (!fine)
        return command_fail(context, &err);
    show_scores(context->out, scores);
    return EXIT_DONE;
}

static int test_evidence(struct command_context *context, struct classifier *classifier)
{
    size_t count, errors = lint_evidence(classifier, true, show_finding, context->out, &count);

    out_printf(context->out, "%zu lines of evidence, %zu wrong\n", count, errors);
    return errors ? EXIT_INPUT : EXIT_DONE;
}

static int run_test(struct command_context *context)
{
    struct err err = {0};
    struct classifier *classifier = read_rules(context, NULL, &err);
    int status;

    if (!classifier)
        return command_fail(context, &err);
    status = context->args.count > 0 ? test_file(context, classifier, context->args.items[0])
                                     : test_evidence(context, classifier);
    classifier_free(classifier);
    return status;
}

/* ---------------------------------------------------------------- explain */

static void show_field(struct out *out, const char *name, str value)
{
    if (value.n == 0)
        return;
    out_printf(out, "%-14s ", name);
    out_show(out, value);
    out_printf(out, "\n");
}

static void show_codes(struct out *out, const struct verdict *v)
{
    char code[16] = "", status[ESC_TEXT];

    if (v->reply_code)
        snprintf(code, sizeof code, "%d", v->reply_code);
    show_field(out, "reply code", str_of(code));
    show_field(out, "status", str_of(esc_text(v->enhanced_status, status)));
    show_field(out, "phase", str_of(phase_name(v->phase)));
}

static void show_decision(struct command_context *context, struct classifier *classifier, const struct verdict *v)
{
    struct out *out = context->out;
    const struct category *category = classify_category(v->category);
    const struct rule *rule = ruleset_named(classifier_rules(classifier), v->rule);

    show_field(out, "category", v->category);
    show_field(out, "severity", v->severity);
    show_field(out, "fault", v->fault);
    show_field(out, "decided by", v->rule.n ? v->rule : STR("nothing known"));
    if (rule)
        show_field(out, "", arena_printf(context->arena, "%.*s:%zu", STR_ARG(rule->file), rule->line));
    show_field(out, "blocklist", v->blocklist);
    show_field(out, "listed", v->listed_item);
    if (v->stale)
        show_field(out, "", STR("the list is dead: the receiver has to drop it"));
    if (v->misconfigured)
        show_field(out, "", STR("the receiver's queries are refused: nothing is listed"));
    show_field(out, "advice", rule && rule->advice.n ? rule->advice : category->advice);
    if (rule)
        show_field(out, "delist", rule->delist);
}

static int run_explain(struct command_context *context)
{
    const struct rules_options *options = context->options;
    const struct classify_input in = {.text = str_of(context->args.items[0]), .provider = str_of(options->provider)};
    struct err err = {0};
    struct classifier *classifier = read_rules(context, NULL, &err);
    struct verdict v;

    if (!classifier)
        return command_fail(context, &err);
    classify_text(classifier, &in, &v);
    show_field(context->out, "rules see", v.masked);
    show_codes(context->out, &v);
    show_decision(context, classifier, &v);
    classifier_free(classifier);
    return EXIT_DONE;
}

static const struct command verbs[] = {
    {.name = "check",
     .args = "[FOLDER]",
     .summary = "Look for mistakes in rules, with file and line",
     .manual = "Reads the rules of FOLDER (default: rules.d beside the configuration) and the built-in ones, and reports\n"
               "evidence that does not hold, texts claimed by two categories, rules that are never reached, literals that\n"
               "masking removes, rules without a literal, and expressions that run into their match limit.",
     .options = check_options,
     .option_count = sizeof check_options / sizeof *check_options,
     .options_bytes = sizeof(struct rules_options),
     .most_args = 1,
     .run = run_check},
    {.name = "test",
     .args = "[FILE.tsv]",
     .summary = "Run the evidence of all rules, or a file of labelled replies",
     .manual = "FILE.tsv has a first line that names its columns, between tabs: text and category, and if you like provider and\n"
               "also_ok (further right answers, between commas). Prints precision and recall per category.",
     .options_bytes = sizeof(struct rules_options),
     .most_args = 1,
     .run = run_test},
    {.name = "explain",
     .args = "TEXT",
     .summary = "Show how one reply is understood, and which rule decides",
     .options = explain_options,
     .option_count = sizeof explain_options / sizeof *explain_options,
     .options_bytes = sizeof(struct rules_options),
     .least_args = 1,
     .most_args = 1,
     .run = run_explain},
    {.name = "stats",
     .summary = "Show what each rule decided, when last, and which never did",
     .manual = "Counts deferrals and failures of all that was read, by the rule that decides them now. \"code\" decided where no\n"
               "rule did, \"gone\" is a rule that is no more: rebound reclassify judges its texts again.",
     .options = rules_stats_options,
     .option_count = RULES_STATS_OPTIONS,
     .options_bytes = sizeof(struct rules_history_options),
     .uses_database = true,
     .run = run_rules_stats},
    {.name = "suggest",
     .summary = "Propose rules for texts that none knows",
     .manual = "For each of the texts that cost most: the known texts nearest to it in words, and a rule in their category, with\n"
               "its evidence, tried on all of history. What it would take from other categories is named. To use one, put it\n"
               "into a file of rules.d, then: rebound rules check, rebound reclassify --dry-run.",
     .options = rules_suggest_options,
     .option_count = RULES_SUGGEST_OPTIONS,
     .options_bytes = sizeof(struct rules_history_options),
     .uses_database = true,
     .run = run_rules_suggest},
    {.name = "unclassified",
     .summary = "Show the texts that no rule knows, the costliest first",
     .manual = "Ranked by messages that failed and by how many providers say it. With --share the list is fit to be sent to\n"
               "others: texts as rules see them, with codes and providers, without samples.",
     .options = rules_unclassified_options,
     .option_count = RULES_UNCLASSIFIED_OPTIONS,
     .options_bytes = sizeof(struct rules_history_options),
     .uses_database = true,
     .run = run_rules_unclassified},
};

const struct command command_rules = {
    .name = "rules",
    .summary = "Check, test and explain the rules that classify replies, and find new ones",
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof *verbs,
};
