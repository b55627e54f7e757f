#include "classify/rulefile.h"

#include "classify/blocklists.h"
#include "classify/fold.h"
#include "classify/literal.h"

typedef bool take_value(struct rulefile *f, str value, struct err *err);

/* Does it compile? Shipped rules do: their tests say so, and starting up is cheaper for it. */
static bool compiles(const struct rulefile *f, str expression, struct err *err)
{
    struct pattern *pattern;

    if (!f->user)
        return true;
    pattern = pattern_new(expression, rule_text_flags(expression), err);
    pattern_free(pattern);
    return pattern != NULL;
}

static void append(struct rulefile *f, struct rule_text **list, str source, str expression, unsigned flags)
{
    while (*list)
        list = &(*list)->next;
    *list = arena_alloc(f->arena, sizeof **list);
    **list = (struct rule_text){.source = source, .folded = expression, .flags = flags, .line = f->line};
}

/* Settings like (?i), (?x) or (*UTF), quotes and references to groups speak of the whole expression; an empty branch is none. */
static bool is_separable(str source)
{
    if (str_starts(source, STR("|")) || str_ends(source, STR("|")) || str_find(source, STR("||")) != STR_NONE)
        return false;
    for (size_t i = 0; i + 1 < source.n; i++) {
        const char next = source.p[i + 1];
        if (source.p[i] == '(' && (next == '*' || (next == '?' && i + 2 < source.n && !strchr(":=!<>", source.p[i + 2]))))
            return false;
        if (source.p[i] == '\\' && (str_is_digit(next) || strchr("QgkK", next)))
            return false;
        i += source.p[i] == '\\';
    }
    return true;
}

/* Alternatives in one pair of brackets are as good as several branches, and each is asked for on its own then. */
static void append_branch(struct rulefile *f, struct rule_text **list, str source, str branch, unsigned flags)
{
    struct literals_frame frame;
    str piece;

    if (!literals_framed(branch, &frame) || !is_separable(frame.body)) {
        append(f, list, source, branch, flags);
        return;
    }
    while (literals_next_branch(&frame.body, &piece))
        append(f, list, source,
               arena_printf(f->arena, "%.*s%.*s%.*s", STR_ARG(frame.head), STR_ARG(piece), STR_ARG(frame.tail)), flags);
}

/* A condition on text: folded, found anywhere. */
static bool add_text(struct rulefile *f, struct rule_text **list, struct rule_text **wholes, str value, struct err *err)
{
    const bool split = is_separable(value);
    struct buf folded = {0};
    str all, branch;
    unsigned flags;

    fold_pattern(value, &folded);
    all = arena_str(f->arena, buf_str(&folded));
    buf_free(&folded);
    if (all.n == 0) /* accents and soft hyphens only */
        return err_set(err, ERR_CONFIG, "nothing that could be found");
    if (!compiles(f, all, err))
        return false;
    flags = rule_text_flags(all);
    append(f, wholes, value, all, flags);
    while (split && literals_next_branch(&all, &branch))
        append_branch(f, list, value, branch, flags);
    if (all.n > 0)
        append(f, list, value, all, flags);
    return true;
}

/* A condition on a code: the whole of it. */
static bool add_whole(struct rulefile *f, struct rule_text **list, str value, struct err *err)
{
    const str expression = arena_printf(f->arena, "^(?:%.*s)$", STR_ARG(value));

    if (!compiles(f, expression, err))
        return false;
    append(f, list, value, expression, rule_text_flags(expression));
    return true;
}

static bool take_text(struct rulefile *f, str value, struct err *err)
{
    return add_text(f, &f->rule->texts, &f->rule->whole_texts, value, err);
}

static bool take_not(struct rulefile *f, str value, struct err *err)
{
    return add_text(f, &f->rule->nots, &f->rule->whole_nots, value, err);
}

static bool take_status(struct rulefile *f, str value, struct err *err)
{
    return add_whole(f, &f->rule->status, value, err);
}

static bool take_code(struct rulefile *f, str value, struct err *err)
{
    return add_whole(f, &f->rule->code, value, err);
}

static bool take_category(struct rulefile *f, str value, struct err *err)
{
    f->rule->category = value;
    return classify_category(value) || err_set(err, ERR_CONFIG, "no category \"%.*s\"", STR_ARG(value));
}

static bool take_severity(struct rulefile *f, str value, struct err *err)
{
    f->rule->severity = value;
    return str_eq(value, STR("hard")) || str_eq(value, STR("soft")) || str_eq(value, STR("none")) ||
           err_set(err, ERR_CONFIG, "severity is hard, soft or none, not \"%.*s\"", STR_ARG(value));
}

static bool take_blocklist(struct rulefile *f, str value, struct err *err)
{
    f->rule->blocklist = value;
    return blocklist_by_id(value) || err_set(err, ERR_CONFIG, "no blocklist \"%.*s\"", STR_ARG(value));
}

static bool take_phase(struct rulefile *f, str value, struct err *err)
{
    str word;
    enum phase phase;

    while (str_take_word(&value, &word)) {
        if (!phase_of_name(word, &phase) || phase == PHASE_NONE)
            return err_set(err, ERR_CONFIG, "no phase \"%.*s\"", STR_ARG(word));
        f->rule->phases |= (uint16_t)(1u << phase);
    }
    return true;
}

static bool is_provider_word(str word)
{
    const struct provider *all;
    const size_t count = providers_all(providers_shipped(), &all);
    const bool kind = str_take(&word, STR("kind:"));

    for (size_t i = 0; i < count; i++)
        if (kind ? str_eq(word, all[i].kind) : str_eq(word, all[i].id) || str_eq(word, all[i].group))
            return true;
    return false;
}

static bool take_provider(struct rulefile *f, str value, struct err *err)
{
    str rest = value, word;

    while (str_take_word(&rest, &word))
        if (!is_provider_word(word))
            return err_set(err, ERR_CONFIG, "no provider, group or kind \"%.*s\"", STR_ARG(word));
    f->rule->providers = value;
    return true;
}

static bool take_advice(struct rulefile *f, str value, struct err *err)
{
    (void)err;
    f->rule->advice = value;
    return true;
}

static bool take_delist(struct rulefile *f, str value, struct err *err)
{
    (void)err;
    f->rule->delist = value;
    return true;
}

static bool add_evidence(struct rulefile *f, str value, bool yes)
{
    struct rule_evidence **list = &f->rule->evidence;

    while (*list)
        list = &(*list)->next;
    *list = arena_alloc(f->arena, sizeof **list);
    **list = (struct rule_evidence){.text = value, .line = f->line, .yes = yes};
    return true;
}

static bool take_yes(struct rulefile *f, str value, struct err *err)
{
    (void)err;
    return add_evidence(f, value, true);
}

static bool take_no(struct rulefile *f, str value, struct err *err)
{
    (void)err;
    return add_evidence(f, value, false);
}

static const struct {
    const char *key;
    bool once;
    take_value *take;
} keys[] = {
    {"category", true, take_category},   {"status", true, take_status},     {"code", true, take_code},
    {"phase", true, take_phase},         {"provider", true, take_provider}, {"text", false, take_text},
    {"not", false, take_not},            {"yes", false, take_yes},          {"no", false, take_no},
    {"blocklist", true, take_blocklist}, {"severity", true, take_severity}, {"advice", true, take_advice},
    {"delist", true, take_delist},
};

/* What a key that may stand once has been given before. */
static bool is_given(const struct rule *r, const char *key)
{
    const struct {
        const char *key;
        bool given;
    } given[] = {
        {"category", r->category.n > 0}, {"status", r->status != NULL},       {"code", r->code != NULL},
        {"phase", r->phases != 0},       {"provider", r->providers.n > 0},    {"blocklist", r->blocklist.n > 0},
        {"severity", r->severity.n > 0}, {"advice", r->advice.n > 0},         {"delist", r->delist.n > 0},
    };

    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(given[i].key, key) == 0)
            return given[i].given;
    return false;
}

static bool take_key(struct rulefile *f, str key, str value, struct err *err)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!str_eq(key, str_of(keys[i].key)))
            continue;
        if (!f->rule)
            return err_set(err, ERR_CONFIG, "\"%s\" before the first rule", keys[i].key);
        if (value.n == 0)
            return err_set(err, ERR_CONFIG, "%s: empty", keys[i].key);
        if (keys[i].once && is_given(f->rule, keys[i].key))
            return err_set(err, ERR_CONFIG, "%s: given twice", keys[i].key);
        return keys[i].take(f, value, err) || err_within(err, "%s", keys[i].key);
    }
    return err_set(err, ERR_CONFIG, "what is \"%.*s\"?", (int)(key.n < 40 ? key.n : 40), key.p);
}

/* A rule is whole when it names a category and sets at least one condition. */
static bool end_rule(struct rulefile *f, struct err *err)
{
    const struct rule *r = f->rule;

    if (!r)
        return true;
    if (r->category.n == 0)
        return err_set(err, ERR_CONFIG, "%.*s:%zu: rule %.*s has no category", STR_ARG(f->file), r->line,
                       STR_ARG(r->name));
    if (!r->texts && !r->status && !r->code)
        return err_set(err, ERR_CONFIG, "%.*s:%zu: rule %.*s has no text, status or code", STR_ARG(f->file), r->line,
                       STR_ARG(r->name));
    return true;
}

static bool begin_rule(struct rulefile *f, str name, struct err *err)
{
    if (!end_rule(f, err))
        return false;
    if (name.n == 0 || str_find_char(name, ' ') != STR_NONE)
        return err_set(err, ERR_CONFIG, "%.*s:%zu: a rule has a name without blanks", STR_ARG(f->file), f->line);
    f->rule = ruleset_add_rule(f->set);
    f->rule->name = name;
    f->rule->file = f->file;
    f->rule->line = f->line;
    f->rule->user = f->user;
    f->rule->order = f->order;
    return true;
}

static bool take_order(struct rulefile *f, str value, struct err *err)
{
    uint64_t order;

    if (f->rule || !str_take_u64(&value, &order) || value.n > 0 || order > 1000)
        return err_set(err, ERR_CONFIG, "%.*s:%zu: order is a number up to 1000, before the first rule",
                       STR_ARG(f->file), f->line);
    f->order = (size_t)order;
    return true;
}

static bool take_line(struct rulefile *f, str line, struct err *err)
{
    str rest = str_trim(line), key;

    if (rest.n == 0 || rest.p[0] == '#')
        return true;
    str_take_word(&rest, &key);
    rest = str_trim(rest);
    if (str_eq(key, STR("rule")))
        return begin_rule(f, rest, err);
    if (str_eq(key, STR("order")))
        return take_order(f, rest, err);
    return take_key(f, key, rest, err) || err_within(err, "%.*s:%zu", STR_ARG(f->file), f->line);
}

bool rulefile_read(struct rulefile *f, str text, struct err *err)
{
    str line;

    while (str_take_line(&text, &line)) {
        f->line++;
        if (!take_line(f, line, err))
            return false;
    }
    return end_rule(f, err);
}
