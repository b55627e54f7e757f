#include "cli/options.h"

#include <assert.h>
#include <glib.h>

#include "base/clock.h"
#include "cli/nearest.h"

struct reading { /* what the callback needs to know */
    const struct option_table *tables;
    size_t table_count;
    struct arena *arena;
};

struct place {
    const struct option *row;
    char *at;
};

static struct place place_of(const struct reading *reading, const char *given)
{
    const char *name = given[1] == '-' ? given + 2 : NULL;

    for (size_t t = 0; t < reading->table_count; t++)
        for (size_t i = 0; i < reading->tables[t].count; i++) {
            const struct option *row = &reading->tables[t].rows[i];

            if (name ? strcmp(row->name, name) == 0 : row->letter == given[1])
                return (struct place){row, (char *)reading->tables[t].into + row->at};
        }
    return (struct place){0};
}

static bool is_choice(const char *choices, str value)
{
    str rest = str_of(choices), word;

    while (str_take_field(&rest, '|', &word))
        if (str_eq(word, value))
            return true;
    return false;
}

static void add_text(struct texts *texts, const char *value, struct arena *arena)
{
    const char **grown = arena_alloc(arena, (texts->count + 1) * sizeof *grown);

    if (texts->count > 0)
        memcpy(grown, texts->items, texts->count * sizeof *grown);
    grown[texts->count++] = value;
    texts->items = grown;
}

/* NULL when it was stored, else what the value should have been. */
static const char *store(const struct place *place, const char *value, struct arena *arena)
{
    const str text = arena_str(arena, str_of(value));
    str rest = text;
    uint64_t number;

    switch (place->row->type) {
    case OPT_FLAG:
        *(bool *)(void *)place->at = true;
        return NULL;
    case OPT_TEXT:
        *(const char **)(void *)place->at = text.p;
        return NULL;
    case OPT_TEXTS:
        add_text((struct texts *)(void *)place->at, text.p, arena);
        return NULL;
    case OPT_NUMBER:
        if (!str_take_u64(&rest, &number) || rest.n > 0 || number > INT64_MAX)
            return "a whole number";
        *(int64_t *)(void *)place->at = (int64_t)number;
        return NULL;
    case OPT_DURATION:
        return clock_parse_age(text, (int64_t *)(void *)place->at) ? NULL
                                                                   : "a time span such as 90s, 15m, 36h, 7d or 4w";
    case OPT_CHOICE:
        if (!is_choice(place->row->arg, text))
            return place->row->arg;
        *(const char **)(void *)place->at = text.p;
        return NULL;
    }
    return NULL;
}

static gboolean take_option(const gchar *name, const gchar *value, gpointer self, GError **error)
{
    const struct reading *reading = self;
    const struct place place = place_of(reading, name);

    assert(place.row);
    const char *wanted = store(&place, value, reading->arena);
    if (!wanted)
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s wants %s, not \"%s\"", name, wanted, value);
    return FALSE;
}

/* G_OPTION_FLAG_FILENAME: the bytes as they are, whatever the locale. */
static GOptionEntry entry_of(const struct option *row)
{
    return (GOptionEntry){
        .long_name = row->name,
        .short_name = row->letter,
        .flags = row->type == OPT_FLAG ? G_OPTION_FLAG_NO_ARG : G_OPTION_FLAG_FILENAME,
        .arg = G_OPTION_ARG_CALLBACK,
        .arg_data = (gpointer)(uintptr_t)take_option,
        .description = row->help,
    };
}

static GOptionContext *context_of(struct reading *reading, bool stop_at_word)
{
    GOptionContext *context = g_option_context_new(NULL);
    GOptionGroup *group = g_option_group_new("", "", "", reading, NULL);

    for (size_t t = 0; t < reading->table_count; t++)
        for (size_t i = 0; i < reading->tables[t].count; i++) {
            const GOptionEntry entries[2] = {entry_of(&reading->tables[t].rows[i])};
            g_option_group_add_entries(group, entries);
        }
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, stop_at_word);
    return context;
}

static const char *meant(const struct reading *reading, str given)
{
    struct nearest nearest = nearest_start(given);

    for (size_t t = 0; t < reading->table_count; t++)
        for (size_t i = 0; i < reading->tables[t].count; i++)
            if (reading->tables[t].rows[i].help)
                nearest_offer(&nearest, reading->tables[t].rows[i].name);
    return nearest.best;
}

/* GOption says "Unknown option --sicne" and "Missing argument for --since". */
static bool complain(const struct reading *reading, const GError *error, struct err *err)
{
    str text = str_of(error->message);
    const char *close = NULL;

    if (g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) &&
        str_take(&text, STR("Unknown option "))) {
        if (str_starts(text, STR("--")))
            close = meant(reading, str_from(text, 2));
        err_set(err, ERR_CONFIG, "unknown option %.*s", STR_ARG(text));
    } else if (str_take(&text, STR("Missing argument for "))) {
        err_set(err, ERR_CONFIG, "%.*s wants a value", STR_ARG(text));
    } else {
        err_set(err, ERR_CONFIG, "%.*s", STR_ARG(text));
    }
    if (close) {
        const struct err first = *err;
        err_set(err, ERR_CONFIG, "%.300s, did you mean --%s?", first.text, close);
    }
    return false;
}

/* The words, without the one "--" that GOption leaves in when something behind it looks like an option. */
static void take_rest(char **argv, struct arena *arena, struct arguments *rest)
{
    const size_t count = g_strv_length(argv) - 1;
    const char **items = arena_alloc(arena, (count + 1) * sizeof *items);
    bool ended = false;

    *rest = (struct arguments){items, 0};
    for (size_t i = 1; i <= count; i++) {
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
            continue;
        }
        items[rest->count++] = arena_str(arena, str_of(argv[i])).p;
    }
}

static char **argv_of(const char *const *args, size_t count)
{
    char **argv = g_new0(char *, count + 2);

    argv[0] = g_strdup("rebound");
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = g_strdup(args[i]);
    return argv;
}

bool options_parse(const char *const *args, size_t count, const struct option_table *tables, size_t table_count,
                   bool stop_at_word, struct arena *arena, struct arguments *rest, struct err *err)
{
    struct reading reading = {tables, table_count, arena};
    GOptionContext *context = context_of(&reading, stop_at_word);
    char **argv = argv_of(args, count);
    GError *error = NULL;
    const bool ok = g_option_context_parse_strv(context, &argv, &error);

    if (ok)
        take_rest(argv, arena, rest);
    else
        complain(&reading, error, err);
    g_clear_error(&error);
    g_strfreev(argv);
    g_option_context_free(context);
    return ok;
}
