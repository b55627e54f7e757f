#include "cli/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "cli/nearest.h"

enum { MAX_FILE = 1024 * 1024, MAX_TARGETS = 64 };

static const str export_section = {"export ", 7};

struct reading {
    struct config *config;
    GKeyFile *file;
    str text; /* of the file, to find a line again for a message */
    struct config_target targets[MAX_TARGETS];
    struct err *err;
};

/* ---------------------------------------------------------------- where in the file something stands */

static str key_of_line(str line)
{
    return str_trim(str_to(line, str_find_char(line, '=')));
}

/* The line of a key (of its section, when key is NULL); 0 when it is not found. */
static size_t line_of(str text, const char *section, const char *key)
{
    str line, here = STR("rebound");
    size_t number = 0;

    while (str_take_line(&text, &line)) {
        number++;
        line = str_trim(line);
        if (line.n > 1 && line.p[0] == '[') {
            here = str_to(str_from(line, 1), line.n - 2);
            if (!key && str_eq(here, str_of(section)))
                return number;
        } else if (key && str_eq(here, str_of(section)) && str_eq(key_of_line(line), str_of(key))) {
            return number;
        }
    }
    return 0;
}

static bool within(const struct reading *reading, const char *section, const char *key)
{
    const size_t line = line_of(reading->text, section, key);

    return line ? err_within(reading->err, "%s:%zu", reading->config->path, line)
                : err_within(reading->err, "%s", reading->config->path);
}

/* ---------------------------------------------------------------- values */

static str keep(const struct reading *reading, str s)
{
    return arena_str(reading->config->arena, s);
}

static bool take_item(str *in, str *item)
{
    while (in->n > 0 && (str_is_space(in->p[0]) || in->p[0] == ',' || in->p[0] == ';'))
        *in = str_from(*in, 1);
    size_t n = 0;
    while (n < in->n && !str_is_space(in->p[n]) && in->p[n] != ',' && in->p[n] != ';')
        n++;
    *item = str_to(*in, n);
    *in = str_from(*in, n);
    return n > 0;
}

static struct config_list list_of(const struct reading *reading, str value)
{
    struct config_list list = {0};
    str rest = value, item;
    str *items;

    while (take_item(&rest, &item))
        list.count++;
    items = arena_alloc(reading->config->arena, list.count * sizeof *items);
    rest = value;
    for (size_t i = 0; take_item(&rest, &item); i++)
        items[i] = keep(reading, item);
    list.items = items;
    return list;
}

static bool is_cidr(str item)
{
    const size_t slash = str_find_char(item, '/');
    const str host = str_to(item, slash);
    str bits = slash == STR_NONE ? STR("0") : str_from(item, slash + 1);
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    uint64_t width;

    if (host.n >= sizeof text || !str_take_u64(&bits, &width) || bits.n > 0)
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (inet_pton(AF_INET, text, address) == 1)
        return width <= 32;
    return inet_pton(AF_INET6, text, address) == 1 && width <= 128;
}

static bool store_cidrs(const struct reading *reading, str value, struct config_list *out)
{
    *out = list_of(reading, value);
    for (size_t i = 0; i < out->count; i++)
        if (!is_cidr(out->items[i]))
            return err_set(reading->err, ERR_CONFIG, "\"%.*s\" is no network, as 192.0.2.0/24 or 2001:db8::/32",
                           STR_ARG(out->items[i]));
    return true;
}

static bool is_choice(const char *choices, str value)
{
    str rest = str_of(choices), word;

    while (str_take_field(&rest, '|', &word))
        if (str_eq(word, value))
            return true;
    return false;
}

static bool check_choice(const struct reading *reading, const struct config_key *row, str value)
{
    if (!row->choices || is_choice(row->choices, value))
        return true;
    return err_set(reading->err, ERR_CONFIG, "\"%.*s\" is none of %s", STR_ARG(value), row->choices);
}

static bool store_number(const struct reading *reading, str value, int64_t *out)
{
    uint64_t number;

    if (!str_take_u64(&value, &number) || value.n > 0 || number > INT32_MAX)
        return err_set(reading->err, ERR_CONFIG, "a whole number is wanted");
    *out = (int64_t)number;
    return true;
}

static bool store(const struct reading *reading, const struct config_key *row, str value, void *at)
{
    switch (row->type) {
    case CONFIG_TEXT:
        *(const char **)at = value.n > 0 ? keep(reading, value).p : NULL;
        return true;
    case CONFIG_CHOICE:
        *(const char **)at = keep(reading, value).p;
        return check_choice(reading, row, value);
    case CONFIG_NUMBER:
        return store_number(reading, value, at);
    case CONFIG_LIST:
        *(struct config_list *)at = list_of(reading, value);
        return true;
    case CONFIG_CIDRS:
        return store_cidrs(reading, value, at);
    case CONFIG_MAP:
        break; /* whole sections: store_map() */
    }
    return true;
}

/* ---------------------------------------------------------------- sections */

static str value_of(const struct reading *reading, const char *section, const char *key)
{
    char *raw = g_key_file_get_value(reading->file, section, key, NULL);
    const str value = keep(reading, str_trim(str_of(raw)));

    g_free(raw);
    return value;
}

/* "export relay1" is read by the rows of "export NAME". */
static const char *section_row(const char *section)
{
    return str_starts(str_of(section), export_section) ? "export NAME" : section;
}

static const struct config_key *row_of(const char *section, const char *key)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].section, section) == 0 &&
            (config_keys[i].key[0] == '*' || strcmp(config_keys[i].key, key) == 0))
            return &config_keys[i];
    return NULL;
}

static bool unknown(const struct reading *reading, const char *section, const char *key)
{
    struct nearest nearest = nearest_start(str_of(key ? key : section));
    const char *row_section = section_row(section);

    for (size_t i = 0; i < config_key_count; i++)
        if (!key || strcmp(config_keys[i].section, row_section) == 0)
            nearest_offer(&nearest, key ? config_keys[i].key : config_keys[i].section);
    if (key)
        err_set(reading->err, ERR_CONFIG, "unknown key \"%s\" in [%s]", key, section);
    else
        err_set(reading->err, ERR_CONFIG, "unknown section [%s]", section);
    if (nearest.best) {
        const struct err first = *reading->err;
        err_set(reading->err, ERR_CONFIG, "%.300s (did you mean \"%s\"?)", first.text, nearest.best);
    }
    return within(reading, section, key);
}

static bool read_map(const struct reading *reading, const struct config_key *row, char **keys, size_t count)
{
    struct config_pair *pairs = arena_alloc(reading->config->arena, count * sizeof *pairs);

    for (size_t i = 0; i < count; i++) {
        pairs[i].key = keep(reading, str_of(keys[i]));
        pairs[i].value = value_of(reading, row->section, keys[i]);
        if (!check_choice(reading, row, pairs[i].value))
            return within(reading, row->section, keys[i]);
    }
    *(struct config_map *)(void *)((char *)reading->config + row->at) = (struct config_map){pairs, count};
    return true;
}

static bool read_key(const struct reading *reading, const char *section, const char *key, struct config_target *target)
{
    const struct config_key *row = row_of(section_row(section), key);

    if (!row)
        return unknown(reading, section, key);
    char *base = target ? (char *)target : (char *)reading->config;
    if (store(reading, row, value_of(reading, section, key), base + row->at))
        return true;
    err_within(reading->err, "[%s] %s", section, key);
    return within(reading, section, key);
}

static void target_fallbacks(const struct reading *reading, struct config_target *target)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].in_target && config_keys[i].fallback)
            store(reading, &config_keys[i], str_of(config_keys[i].fallback), (char *)target + config_keys[i].at);
}

static struct config_target *start_target(struct reading *reading, const char *section)
{
    struct config_target *target = &reading->targets[reading->config->target_count];
    const str name = str_trim(str_from(str_of(section), export_section.n));

    if (reading->config->target_count == MAX_TARGETS || name.n == 0) {
        err_set(reading->err, ERR_CONFIG, "[%s]: an export has a name, and there are at most %d", section, MAX_TARGETS);
        return NULL;
    }
    reading->config->target_count++;
    target->name = keep(reading, name).p;
    target_fallbacks(reading, target);
    return target;
}

static bool read_section(struct reading *reading, const char *section)
{
    const char *row_section = section_row(section);
    struct config_target *target = NULL;
    gsize count = 0;
    bool ok = true, known = false;

    for (size_t i = 0; i < config_key_count; i++)
        known = known || strcmp(config_keys[i].section, row_section) == 0;
    if (!known)
        return unknown(reading, section, NULL);
    if (row_section != section && !(target = start_target(reading, section)))
        return within(reading, section, NULL);

    char **keys = g_key_file_get_keys(reading->file, section, &count, NULL);
    const struct config_key *map = row_of(row_section, "*");
    if (map && map->type == CONFIG_MAP)
        ok = read_map(reading, map, keys, count);
    else
        for (size_t i = 0; ok && i < count; i++)
            ok = read_key(reading, section, keys[i], target);
    g_strfreev(keys);
    return ok;
}

/* ---------------------------------------------------------------- the file */

/* As GKeyFile wants it: a section in front of the first key, "#" for every comment. */
static char *prepared(str text, size_t *size)
{
    struct buf out = {0};
    str line;

    str_take(&text, STR("\xEF\xBB\xBF"));
    buf_add(&out, STR("[rebound]\n"));
    while (str_take_line(&text, &line)) {
        line = str_trim(line);
        if (line.n > 0 && line.p[0] == ';')
            buf_add_char(&out, '#');
        buf_add(&out, line);
        buf_add_char(&out, '\n');
    }
    *size = out.n;
    return out.p;
}

/* The first line GKeyFile would stumble over, for it tells none. */
static size_t bad_line(str text)
{
    str line;
    size_t number = 0;

    while (str_take_line(&text, &line)) {
        number++;
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || key_of_line(line).n < line.n)
            continue;
        if (line.p[0] != '[' || line.p[line.n - 1] != ']' || line.n < 3)
            return number;
    }
    return 0;
}

static bool load(struct reading *reading)
{
    GError *error = NULL;
    size_t size;
    const size_t bad = bad_line(reading->text);

    if (!utf8_valid(reading->text) || str_find_char(reading->text, '\0') != STR_NONE)
        return err_set(reading->err, ERR_CONFIG, "%s: no text in UTF-8", reading->config->path);
    if (bad)
        return err_set(reading->err, ERR_CONFIG, "%s:%zu: neither [section] nor key = value", reading->config->path,
                       bad);
    char *bytes = prepared(reading->text, &size);
    if (!g_key_file_load_from_data(reading->file, bytes, size, G_KEY_FILE_NONE, &error))
        err_set(reading->err, ERR_CONFIG, "%s: %s", reading->config->path, error->message);
    free(bytes);
    const bool ok = !error;
    g_clear_error(&error);
    return ok;
}

static bool read_sections(struct reading *reading)
{
    gsize count = 0;
    char **sections = g_key_file_get_groups(reading->file, &count);
    bool ok = true;

    for (size_t i = 0; ok && i < count; i++)
        ok = read_section(reading, sections[i]);
    g_strfreev(sections);
    return ok;
}

static void keep_targets(struct reading *reading)
{
    const size_t size = reading->config->target_count * sizeof *reading->targets;
    struct config_target *targets = arena_alloc(reading->config->arena, size);

    if (size > 0)
        memcpy(targets, reading->targets, size);
    reading->config->targets = targets;
}

static struct config *config_new(const char *path)
{
    struct config *config = mem_zero(1, sizeof *config);
    struct err none;
    const struct reading reading = {.config = config, .err = &none};

    config->arena = arena_new();
    config->path = path ? arena_str(config->arena, str_of(path)).p : NULL;
    for (size_t i = 0; i < config_key_count; i++)
        if (!config_keys[i].in_target && config_keys[i].fallback)
            store(&reading, &config_keys[i], str_of(config_keys[i].fallback), (char *)config + config_keys[i].at);
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    arena_free(config->arena);
    free(config);
}

struct config *config_parse(const char *path, str text, struct err *err)
{
    struct reading reading = {.config = config_new(path), .text = text, .err = err};

    reading.file = g_key_file_new();
    const bool ok = load(&reading) && read_sections(&reading);
    keep_targets(&reading);
    g_key_file_free(reading.file);
    if (ok)
        return reading.config;
    config_free(reading.config);
    return NULL;
}

/* ---------------------------------------------------------------- finding it */

size_t config_places(const char *path, struct arena *arena, const char **out, size_t room)
{
    const char *named = path ? path : getenv("REBOUND_CONFIG");
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    size_t n = 0;

    if (named && named[0]) {
        out[n++] = named;
        return n;
    }
    if (n < room && xdg && xdg[0] == '/')
        out[n++] = arena_printf(arena, "%s/rebound/rebound.conf", xdg).p;
    else if (n < room && home && home[0] == '/')
        out[n++] = arena_printf(arena, "%s/.config/rebound/rebound.conf", home).p;
    if (n < room)
        out[n++] = "/etc/rebound/rebound.conf";
    return n;
}

static bool is_named(const char *path)
{
    const char *env = getenv("REBOUND_CONFIG");

    return path || (env && env[0]);
}

/* false with err; *found tells a missing file from an empty one. */
static bool read_file(const char *path, struct buf *text, bool *found, struct err *err)
{
    FILE *f = fopen(path, "re");
    bool ok = true;

    *found = f != NULL;
    if (!f)
        return errno == ENOENT || errno == ENOTDIR ? true : err_set_errno(err, ERR_CONFIG, "%s", path);
    text->n = fread(buf_reserve(text, MAX_FILE + 1), 1, MAX_FILE + 1, f);
    if (ferror(f))
        ok = err_set_errno(err, ERR_CONFIG, "%s", path);
    else if (text->n > MAX_FILE)
        ok = err_set(err, ERR_CONFIG, "%s: a configuration has at most %d bytes", path, MAX_FILE);
    fclose(f);
    return ok;
}

/* rules.d beside a configuration file, whether that file is there or not. */
static const char *rules_beside(const char *path, struct arena *arena)
{
    const size_t slash = str_rfind_char(str_of(path), '/');
    const str folder = slash == STR_NONE ? STR(".") : str_to(str_of(path), slash);
    const str rules = arena_printf(arena, "%.*s/rules.d", STR_ARG(folder));
    struct stat st;

    return stat(rules.p, &st) == 0 && S_ISDIR(st.st_mode) ? rules.p : NULL;
}

static void find_rules(struct config *config, const char *const *places, size_t count)
{
    if (config->path)
        config->rules = rules_beside(config->path, config->arena);
    else
        for (size_t i = 0; i < count && !config->rules; i++)
            config->rules = rules_beside(places[i], config->arena);
}

struct config *config_read(const char *path, struct err *err)
{
    struct arena *arena = arena_new();
    const char *places[4];
    const size_t count = config_places(path, arena, places, 4);
    struct config *config = NULL;
    struct buf text = {0};
    bool found = false, ok = true;
    size_t i = 0;

    for (; ok && !found && i < count; i++)
        ok = read_file(places[i], &text, &found, err);
    if (ok && !found && is_named(path))
        ok = err_set(err, ERR_CONFIG, "%s: no such configuration file", places[0]);
    if (ok)
        config = found ? config_parse(places[i - 1], buf_str(&text), err) : config_new(NULL);
    if (config)
        find_rules(config, places, count);
    buf_free(&text);
    arena_free(arena);
    return config;
}
