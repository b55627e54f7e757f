#include "suppress/forms.h"

#include "base/clock.h"
#include "base/json.h"

enum { FIELD_MOST = 8192 };
enum { KIND_PLAIN, KIND_CSV, KIND_JSON };
enum { COLUMN_NONE, COLUMN_WHO, COLUMN_DOMAIN, COLUMN_SCOPE, COLUMN_STATE, COLUMN_REASON, COLUMN_EXPIRES };

static const struct {
    const char *name;
    int column;
} names[] = {
    {"address", COLUMN_WHO},     {"email", COLUMN_WHO},  {"recipient", COLUMN_WHO}, {"emailaddress", COLUMN_WHO},
    {"domain", COLUMN_DOMAIN},   {"scope", COLUMN_SCOPE}, {"state", COLUMN_STATE},  {"reason", COLUMN_REASON},
    {"suppressionreason", COLUMN_REASON}, {"error", COLUMN_REASON}, {"expires_at", COLUMN_EXPIRES},
};

static int column_named(str name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(str_trim(name), str_of(names[i].name)))
            return names[i].column;
    return COLUMN_NONE;
}

/* ---------------------------------------------------------------- csv (RFC 4180) */

/* Takes one field; *last: it ended the record. Quoted ones lose their quotes. */
static str take_field(str *in, bool *last, struct arena *arena)
{
    char *out = arena_alloc(arena, FIELD_MOST);
    const bool quoted = str_take_char(in, '"');
    bool open = quoted;
    size_t n = 0;

    *last = true;
    while (in->n > 0) {
        const char c = in->p[0];
        *in = str_from(*in, 1);
        if (open && c == '"' && in->n > 0 && in->p[0] == '"')
            *in = str_from(*in, 1); /* "" is a quote */
        else if (open && c == '"') {
            open = false;
            continue;
        } else if (!open && (c == ',' || c == '\n')) {
            *last = c == '\n';
            break;
        }
        if (n < FIELD_MOST - 1)
            out[n++] = c;
    }
    while (!quoted && n > 0 && out[n - 1] == '\r')
        n--;
    return (str){out, n};
}

static void put(struct form_row *row, int column, str value)
{
    str time = value;

    if (column == COLUMN_WHO && value.n)
        row->who = value;
    else if (column == COLUMN_DOMAIN && row->who.n == 0)
        row->who = value;
    else if (column == COLUMN_SCOPE)
        row->scope = value;
    else if (column == COLUMN_REASON)
        row->reason = value;
    else if (column == COLUMN_STATE)
        row->in_force = value.n == 0 || str_eq_nocase(value, STR("active"));
    else if (column == COLUMN_EXPIRES && value.n && !clock_take_rfc3339(&time, &row->expires_at_us))
        row->bad = true;
}

static bool next_csv(struct form *form, struct form_row *row)
{
    bool last = false;

    if (form->rest.n == 0)
        return false;
    for (size_t i = 0; !last; i++) {
        const str field = take_field(&form->rest, &last, form->arena);
        for (size_t k = 0; k < field.n; k++)
            form->line += field.p[k] == '\n';
        if (i < form->column_count)
            put(row, form->columns[i], field);
        else if (i > FORM_COLUMNS)
            arena_reset(form->arena), row->bad = true, row->who = STR("");
    }
    row->bad = row->bad || row->who.n == 0;
    return true;
}

static bool read_header(struct form *form, struct err *err)
{
    bool last = false, address = false;

    while (!last) {
        const str field = take_field(&form->rest, &last, form->arena);
        if (form->column_count < FORM_COLUMNS)
            form->columns[form->column_count++] = column_named(field);
        address = address || column_named(field) == COLUMN_WHO;
    }
    form->line = 1;
    return address || err_set(err, ERR_INPUT, "its header line names no address column (address, email, recipient)");
}

/* ---------------------------------------------------------------- JSON lines, plain text */

static bool next_json(struct form *form, struct form_row *row)
{
    struct err err;
    void *at = NULL;
    const struct json_value *value;
    str line, key;

    if (!str_take_line(&form->rest, &line))
        return false;
    struct json_value *object = json_parse(line, &err);
    row->bad = !object;
    while (object && json_next(object, &at, &key, &value))
        put(row, column_named(key), arena_str(form->arena, json_text(value)));
    json_free(object);
    row->bad = row->bad || row->who.n == 0;
    return true;
}

static bool next_plain(struct form *form, struct form_row *row)
{
    str line;

    if (!str_take_line(&form->rest, &line))
        return false;
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#') {
        row->in_force = false;
        return true;
    }
    row->who = line;
    if (line.p[0] != '"')
        str_take_word(&line, &row->who);
    return true;
}

/* ---------------------------------------------------------------- any */

bool form_open(struct form *form, str text, struct err *err)
{
    str rest = text, first = {"", 0};

    *form = (struct form){.rest = text, .arena = arena_new()};
    str_take(&form->rest, STR("\xef\xbb\xbf"));
    rest = form->rest;
    while (str_take_line(&rest, &first) && (first.n == 0 || first.p[0] == '#'))
        ;
    form->kind = str_starts(first, STR("{")) ? KIND_JSON : KIND_PLAIN;
    if (str_find_char(first, ',') != STR_NONE && str_find_char(first, '@') == STR_NONE)
        form->kind = KIND_CSV;
    else if (column_named(first) == COLUMN_WHO)
        form->kind = KIND_CSV; /* a single column */
    if (form->kind != KIND_CSV || read_header(form, err))
        return true;
    form_close(form);
    return false;
}

bool form_next(struct form *form, struct form_row *row)
{
    arena_reset(form->arena);
    *row = (struct form_row){.expires_at_us = CLOCK_NONE, .in_force = true};
    form->line++;
    return form->kind == KIND_CSV ? next_csv(form, row)
           : form->kind == KIND_JSON ? next_json(form, row) : next_plain(form, row);
}

void form_close(struct form *form)
{
    arena_free(form->arena);
    form->arena = NULL;
}
