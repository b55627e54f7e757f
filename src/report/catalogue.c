#include "report/catalogue.h"

#include "base/embed.h"

enum { COLUMNS_MOST = 80 };

const char *const limit_names[LIMIT_COUNT] = {"provider", "node", "egress", "stream", "domain"};

static const char *const unit_names[] = {
    [UNIT_TEXT] = "text", [UNIT_MESSAGES] = "messages", [UNIT_ATTEMPTS] = "attempts", [UNIT_COUNT] = "count",
    [UNIT_RATE] = "rate", [UNIT_TIME] = "time",         [UNIT_SECONDS] = "seconds",   [UNIT_URL] = "url",
};

const char *unit_name(enum unit unit)
{
    return unit_names[unit];
}

static int word_index(str word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(word, str_of(names[i])))
            return (int)i;
    return -1;
}

int report_column(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->column_count; i++)
        if (strcmp(report->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* ---------------------------------------------------------------- one line each */

struct reader {
    struct report *report;
    struct arena *arena;
    str ratios[COLUMNS_MOST]; /* "stayed/final", resolved when all columns are known */
};

static bool read_title(struct reader *r, str value, struct err *err)
{
    (void)err;
    r->report->title = value;
    return true;
}

static bool read_promise(struct reader *r, str value, struct err *err)
{
    (void)err;
    r->report->promise = value;
    return true;
}

static bool read_layout(struct reader *r, str value, struct err *err)
{
    static const char *const names[] = {"table", "list", "series"};
    const int layout = word_index(value, names, 3);

    if (layout < 0)
        return err_set(err, ERR_CONFIG, "layout: table, list or series, not \"%.*s\"", STR_ARG(value));
    r->report->layout = (enum layout)layout;
    return true;
}

static bool read_takes(struct reader *r, str value, struct err *err)
{
    str word;

    while (str_take_word(&value, &word)) {
        const int limit = word_index(word, limit_names, LIMIT_COUNT);
        if (limit < 0)
            return err_set(err, ERR_CONFIG, "takes: no limit is called \"%.*s\"", STR_ARG(word));
        r->report->takes[limit] = true;
    }
    return true;
}

static bool read_beside(struct reader *r, str value, struct err *err)
{
    size_t n = 0;
    str word;

    while (str_take_word(&value, &word)) {
        if (n == BESIDE_MOST)
            return err_set(err, ERR_CONFIG, "beside: more than %d reports", BESIDE_MOST);
        r->report->beside[n++] = arena_str(r->arena, word).p;
    }
    return true;
}

/* "rate stayed/final detail" */
static bool read_unit(struct reader *r, struct column *column, str text, struct err *err)
{
    str word;

    if (!str_take_word(&text, &word))
        return err_set(err, ERR_CONFIG, "column %s: no unit", column->name);
    const int unit = word_index(word, unit_names, sizeof unit_names / sizeof *unit_names);
    if (unit < 0)
        return err_set(err, ERR_CONFIG, "column %s: no unit is called \"%.*s\"", column->name, STR_ARG(word));
    column->unit = (enum unit)unit;
    while (str_take_word(&text, &word)) {
        if (str_eq(word, STR("detail")))
            column->detail = true;
        else if (str_eq(word, STR("long")))
            column->long_text = true;
        else if (str_eq(word, STR("wide")))
            column->wide = true;
        else if (unit == UNIT_RATE && str_find_char(word, '/') != STR_NONE)
            r->ratios[r->report->column_count] = word;
        else
            return err_set(err, ERR_CONFIG, "column %s: what is \"%.*s\"?", column->name, STR_ARG(word));
    }
    return true;
}

static bool read_column(struct reader *r, str value, struct err *err)
{
    struct report *report = r->report;
    str field[4] = {{0}};

    if (report->column_count == COLUMNS_MOST)
        return err_set(err, ERR_CONFIG, "more than %d columns", COLUMNS_MOST);
    for (size_t i = 0; i < 4; i++)
        if (str_take_field(&value, '|', &field[i]))
            field[i] = str_trim(field[i]);
    if (field[0].n == 0 || field[1].n == 0 || field[3].n == 0 || value.n > 0)
        return err_set(err, ERR_CONFIG, "a column is: name | title | unit | what it is");

    struct column *column = &report->columns[report->column_count];
    column->name = arena_str(r->arena, field[0]).p;
    column->title = field[1];
    column->about = field[3];
    column->numerator = column->denominator = -1;
    if (report_column(report, column->name) >= 0)
        return err_set(err, ERR_CONFIG, "column %s comes twice", column->name);
    if (!read_unit(r, column, field[2], err))
        return false;
    report->column_count++;
    return true;
}

static int column_named(const struct report *report, str name)
{
    for (size_t i = 0; i < report->column_count; i++)
        if (str_eq(name, str_of(report->columns[i].name)))
            return (int)i;
    return -1;
}

static bool resolve_ratios(struct reader *r, struct err *err)
{
    for (size_t i = 0; i < r->report->column_count; i++) {
        struct column *column = &r->report->columns[i];
        str over = r->ratios[i], under;
        if (over.n == 0)
            continue;
        str_take_until(&over, '/', &under);
        column->numerator = column_named(r->report, under);
        column->denominator = column_named(r->report, over);
        if (column->numerator < 0 || column->denominator < 0)
            return err_set(err, ERR_CONFIG, "column %s: \"%.*s\" are no columns", column->name, STR_ARG(r->ratios[i]));
    }
    return true;
}

/* ---------------------------------------------------------------- the whole description */

static const struct {
    const char *key;
    bool (*read)(struct reader *reader, str value, struct err *err);
} keys[] = {
    {"title", read_title}, {"promise", read_promise}, {"layout", read_layout},
    {"takes", read_takes}, {"beside", read_beside}, {"column", read_column},
};

/* "-- key: value"; anything else ends the description: what follows is SQL and its comments. */
static bool take_description(str *text, str *key, str *value)
{
    str rest = *text, line;

    if (!str_take_line(&rest, &line) || !str_take(&line, STR("-- ")) || !str_take_until(&line, ':', key))
        return false;
    for (size_t i = 0; i < key->n; i++)
        if (key->p[i] < 'a' || key->p[i] > 'z')
            return false;
    *value = str_trim(line);
    *text = rest;
    return true;
}

static bool read_line(struct reader *reader, str key, str value, struct err *err)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_eq(key, str_of(keys[i].key)))
            return keys[i].read(reader, value, err);
    return err_set(err, ERR_CONFIG, "\"%.*s\" is no key of a report", STR_ARG(key));
}

static bool complete(struct reader *reader, struct err *err)
{
    const struct report *report = reader->report;

    if (report->title.n == 0 || report->promise.n == 0 || report->column_count == 0)
        return err_set(err, ERR_CONFIG, "title, promise and columns are needed");
    return resolve_ratios(reader, err);
}

bool catalogue_read(const char *name, str text, struct report *out, struct arena *arena, struct err *err)
{
    struct reader reader = {.report = out, .arena = arena};
    str key, value;
    size_t number = 0;

    memset(out, 0, sizeof *out);
    out->name = name;
    out->query = arena_printf(arena, "reports/%s", name).p;
    out->columns = arena_alloc(arena, COLUMNS_MOST * sizeof *out->columns);
    while (take_description(&text, &key, &value)) {
        number++;
        if (!read_line(&reader, key, value, err))
            return err_within(err, "reports/%s.sql:%zu", name, number);
    }
    return complete(&reader, err) || err_within(err, "reports/%s.sql", name);
}

/* "overview" of "overview.sql"; "" for anything else, as html/page.html */
static str report_name(const char *file)
{
    const str name = str_of(file), end = STR(".sql");

    return str_ends(name, end) && str_find_char(name, '/') == STR_NONE ? str_to(name, name.n - end.n) : STR("");
}

bool catalogue_load(struct catalogue *out, struct arena *arena, struct err *err)
{
    out->count = 0;
    out->reports = arena_alloc(arena, embedded_reports.count * sizeof *out->reports);
    for (size_t i = 0; i < embedded_reports.count; i++) {
        const struct embedded *file = &embedded_reports.files[i];
        const str name = report_name(file->name);
        if (name.n == 0)
            continue;
        if (!catalogue_read(arena_str(arena, name).p, embedded_text(file), &out->reports[out->count], arena, err))
            return false;
        out->count++;
    }
    return true;
}

const struct report *catalogue_find(const struct catalogue *catalogue, str name)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (str_eq(name, str_of(catalogue->reports[i].name)))
            return &catalogue->reports[i];
    return NULL;
}
