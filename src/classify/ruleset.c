#include "classify/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/embed.h"
#include "classify/conditions.h"
#include "classify/fold.h"
#include "classify/prefilter.h"
#include "classify/rulefile.h"

struct ruleset {
    struct arena *arena;
    struct rule **rules;
    size_t count, room, files;
    struct unit *units; /* what the prefilter selects, in order of trial */
    size_t unit_count, always_tried;
    const struct rule **unit_rules;
    struct prefilter *prefilter;
    struct conditions *conditions;
    uint64_t *candidates;
};

/* One expression of a rule, or a rule without any. The units of its "not" lines follow those of its "text" lines. */
struct unit {
    const struct rule *rule;
    struct rule_text *text; /* NULL: the rule has conditions on codes only */
    size_t nots, nots_end;  /* units of the rule's "not" lines */
    bool forbids;           /* is one of them */
};

struct ruleset *ruleset_new(void)
{
    struct ruleset *set = mem_zero(1, sizeof *set);

    set->arena = arena_new();
    return set;
}

static void free_texts(struct rule_text *text)
{
    for (; text; text = text->next)
        pattern_free(text->pattern);
}

void ruleset_free(struct ruleset *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free_texts(set->rules[i]->status);
        free_texts(set->rules[i]->code);
        free_texts(set->rules[i]->texts);
        free_texts(set->rules[i]->nots);
        free_texts(set->rules[i]->whole_texts);
        free_texts(set->rules[i]->whole_nots);
    }
    prefilter_free(set->prefilter);
    conditions_free(set->conditions);
    arena_free(set->arena);
    free(set->rules);
    free(set->candidates);
    free(set->units);
    free(set->unit_rules);
    free(set);
}

/* ---- reading */

struct rule *ruleset_add_rule(struct ruleset *set)
{
    if (set->count == set->room) {
        set->room = set->room * 2 + 64;
        set->rules = mem_grow(set->rules, set->room * sizeof *set->rules);
    }
    set->rules[set->count] = arena_alloc(set->arena, sizeof(struct rule));
    return set->rules[set->count++];
}

bool ruleset_read(struct ruleset *set, str file, str text, bool user, struct err *err)
{
    struct rulefile reader = {.set = set, .arena = set->arena, .user = user, .order = RULEFILE_ORDER};

    if (set->files++ >= RULE_FILES_MAX)
        return err_set(err, ERR_CONFIG, "%.*s: more than %d rule files", STR_ARG(file), RULE_FILES_MAX);
    if (text.n > RULE_FILE_BYTES_MAX)
        return err_set(err, ERR_CONFIG, "%.*s: larger than %d bytes", STR_ARG(file), RULE_FILE_BYTES_MAX);
    reader.file = arena_str(set->arena, file);
    if (!rulefile_read(&reader, arena_str(set->arena, text), err))
        return false;
    if (set->count > RULES_MAX)
        return err_set(err, ERR_CONFIG, "%.*s: more than %d rules", STR_ARG(file), RULES_MAX);
    return true;
}

bool ruleset_read_shipped(struct ruleset *set, struct err *err)
{
    for (size_t i = 0; i < embedded_rules.count; i++) {
        const struct embedded *file = &embedded_rules.files[i];
        if (str_ends(str_of(file->name), STR(".rules")) &&
            !ruleset_read(set, str_of(file->name), embedded_text(file), false, err))
            return false;
    }
    return true;
}

static bool read_path(struct ruleset *set, const char *path, struct err *err)
{
    FILE *f = fopen(path, "rb");
    char *bytes;
    size_t n;
    bool fine;

    if (!f)
        return err_set_errno(err, ERR_CONFIG, "%s", path);
    bytes = mem_alloc(RULE_FILE_BYTES_MAX + 1);
    n = fread(bytes, 1, RULE_FILE_BYTES_MAX + 1, f);
    fine = ferror(f) ? err_set_errno(err, ERR_CONFIG, "%s", path)
                     : ruleset_read(set, str_of(path), (str){bytes, n}, true, err);
    fclose(f);
    free(bytes);
    return fine;
}

static int is_rule_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(str_of(entry->d_name), STR(".rules"));
}

bool ruleset_read_folder(struct ruleset *set, const char *folder, struct err *err)
{
    struct dirent **names = NULL;
    const int count = scandir(folder, &names, is_rule_file, alphasort);
    bool fine = true;

    if (count < 0)
        return errno == ENOENT || err_set_errno(err, ERR_CONFIG, "%s", folder);
    for (int i = 0; i < count; i++) {
        const str path = arena_printf(set->arena, "%s/%s", folder, names[i]->d_name);
        fine = fine && read_path(set, path.p, err);
        free(names[i]);
    }
    free(names);
    return fine;
}

/* ---- order and prefilter */

static int in_order(const void *a, const void *b)
{
    const struct rule *x = *(struct rule *const *)a, *y = *(struct rule *const *)b;

    if (x->user != y->user)
        return x->user ? -1 : 1;
    if ((x->providers.n > 0) != (y->providers.n > 0))
        return x->providers.n > 0 ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

bool rule_has_literal(const struct rule *rule)
{
    struct literals sets[2];

    for (const struct rule_text *t = rule->texts; t; t = t->next) {
        literals_required(t->folded, sets);
        if (sets[0].count == 0)
            return false;
    }
    return rule->texts != NULL;
}

/* Answers whether there is a literal to look for. */
static bool add_unit(struct ruleset *set, const struct rule *rule, struct rule_text *text, bool forbids)
{
    struct literals sets[2];

    literals_required(text ? text->folded : STR(""), sets);
    if (literals_are_rare(&sets[0]) || literals_are_common(&sets[1]))
        sets[1].count = 0;
    if (set->unit_count % 256 == 0)
        set->units = mem_grow(set->units, (set->unit_count + 256) * sizeof *set->units);
    set->units[set->unit_count] = (struct unit){.rule = rule, .text = text, .forbids = forbids};
    prefilter_add(set->prefilter, set->unit_count++, sets);
    return sets[0].count > 0;
}

static void add_units(struct ruleset *set, const struct rule *rule)
{
    const size_t first = set->unit_count;
    bool sought = true;
    size_t nots;

    if (!rule->texts)
        sought = add_unit(set, rule, NULL, false);
    for (struct rule_text *t = rule->texts; t; t = t->next)
        sought &= add_unit(set, rule, t, false);
    set->always_tried += !sought;
    nots = set->unit_count;
    for (struct rule_text *t = rule->nots; t; t = t->next)
        add_unit(set, rule, t, true);
    for (size_t i = first; i < nots; i++) {
        set->units[i].nots = nots;
        set->units[i].nots_end = set->unit_count;
    }
}

static void build_prefilter(struct ruleset *set)
{
    set->prefilter = prefilter_new();
    for (size_t i = 0; i < set->count; i++)
        add_units(set, set->rules[i]);
    prefilter_build(set->prefilter);
    set->candidates = mem_zero(2 * prefilter_words(set->unit_count) + 1, sizeof *set->candidates);
}

static void build_conditions(struct ruleset *set)
{
    set->unit_rules = mem_alloc((set->unit_count + 1) * sizeof *set->unit_rules);
    for (size_t i = 0; i < set->unit_count; i++)
        set->unit_rules[i] = set->units[i].rule;
    set->conditions = conditions_new(set->unit_rules, set->unit_count);
}

static int by_name(const void *a, const void *b)
{
    const struct rule *x = *(struct rule *const *)a, *y = *(struct rule *const *)b;
    const int order = str_compare(x->name, y->name);

    return order ? order : x->number < y->number ? -1 : 1;
}

static bool names_are_unique(const struct ruleset *set, struct err *err)
{
    struct rule **sorted;
    const struct rule *twice = NULL, *first = NULL;

    if (set->count == 0)
        return true;
    sorted = mem_alloc(set->count * sizeof *sorted);
    memcpy(sorted, set->rules, set->count * sizeof *sorted);
    qsort(sorted, set->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < set->count && !twice; i++)
        if (str_eq(sorted[i - 1]->name, sorted[i]->name)) {
            first = sorted[i - 1];
            twice = sorted[i];
        }
    free(sorted);
    return !twice || err_set(err, ERR_CONFIG, "%.*s:%zu: rule %.*s is already in %.*s:%zu", STR_ARG(twice->file),
                             twice->line, STR_ARG(twice->name), STR_ARG(first->file), first->line);
}

bool ruleset_finish(struct ruleset *set, struct err *err)
{
    for (size_t i = 0; i < set->count; i++)
        set->rules[i]->number = i;
    if (!names_are_unique(set, err))
        return false;
    if (set->count)
        qsort(set->rules, set->count, sizeof *set->rules, in_order);
    for (size_t i = 0; i < set->count; i++)
        set->rules[i]->number = i;
    build_prefilter(set);
    build_conditions(set);
    return true;
}

/* ---- matching */

unsigned rule_text_flags(str expression)
{
    for (size_t i = 0; i < expression.n; i++)
        if ((unsigned char)expression.p[i] >= 0x80)
            return PATTERN_UTF;
    return 0;
}

bool rule_holds(const struct rule *rule, const struct subject *s)
{
    return rule_conditions_hold(rule, s) && (!rule->whole_texts || rule_texts_match(rule->whole_texts, s->text)) &&
           !rule_texts_match(rule->whole_nots, s->text);
}

static bool stands(const struct ruleset *set, size_t unit)
{
    return set->candidates[unit / 64] >> (unit % 64) & 1;
}

static bool is_forbidden(const struct ruleset *set, const struct unit *unit, str text)
{
    for (size_t i = unit->nots; i < unit->nots_end; i++)
        if (stands(set, i) && rule_text_matches(set->units[i].text, text))
            return true;
    return false;
}

static bool unit_holds(const struct ruleset *set, const struct unit *unit, str text)
{
    return !unit->forbids && (!unit->text || rule_text_matches(unit->text, text)) && !is_forbidden(set, unit, text);
}

const struct rule *ruleset_match(struct ruleset *set, const struct subject *subject)
{
    prefilter_run(set->prefilter, subject->text, set->candidates);
    conditions_narrow(set->conditions, subject, set->candidates);
    for (size_t word = 0; word < prefilter_words(set->unit_count); word++)
        for (uint64_t bits = set->candidates[word]; bits; bits &= bits - 1) {
            const struct unit *unit = &set->units[word * 64 + (size_t)__builtin_ctzll(bits)];
            if (unit_holds(set, unit, subject->text))
                return unit->rule;
        }
    return NULL;
}

const struct rule *ruleset_match_sequential(struct ruleset *set, const struct subject *subject)
{
    for (size_t i = 0; i < set->count; i++)
        if (rule_holds(set->rules[i], subject))
            return set->rules[i];
    return NULL;
}

/* ---- what is in it */

size_t ruleset_rules(const struct ruleset *set, const struct rule *const **out)
{
    *out = (const struct rule *const *)set->rules;
    return set->count;
}

const struct rule *ruleset_named(const struct ruleset *set, str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->rules[i]->name, name))
            return set->rules[i];
    return NULL;
}

size_t ruleset_always_tried(const struct ruleset *set)
{
    return set->always_tried;
}

static uint64_t hits_of(const struct rule_text *text)
{
    uint64_t hits = 0;

    for (; text; text = text->next)
        hits += text->pattern ? pattern_limit_hits(text->pattern) : 0;
    return hits;
}

uint64_t rule_limit_hits(const struct rule *rule)
{
    return hits_of(rule->texts) + hits_of(rule->nots) + hits_of(rule->status) + hits_of(rule->code);
}
