#include "report/ask.h"

#include <math.h>
#include <stdlib.h>

bool ask_newest(struct db *db, int64_t *newest_us, struct err *err)
{
    struct db_result *rows;

    if (!db_run(db, "report_newest", NULL, 0, &rows, err))
        return false;
    *newest_us = db_rows(rows) ? db_time(rows, 0, 0) : CLOCK_NONE;
    db_result_free(rows);
    return true;
}

const char *ask_refuses(const struct report *report, const struct question *question)
{
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        if (question->limits[i] && !report->takes[i])
            return limit_names[i];
    return NULL;
}

static struct db_arg text_or_null(const char *text)
{
    return text ? DB_S(str_of(text)) : DB_NULL(DB_TEXT);
}

/* The description of a report and its statement must name the same columns. */
static bool as_described(const struct report *report, const struct db_result *rows, struct err *err)
{
    if (db_columns(rows) != report->column_count)
        return err_set(err, ERR_DB, "reports/%s.sql: %zu columns, %zu described", report->name, db_columns(rows),
                       report->column_count);
    for (size_t i = 0; i < report->column_count; i++)
        if (strcmp(db_column_name(rows, i), report->columns[i].name) != 0)
            return err_set(err, ERR_DB, "reports/%s.sql: column %zu is %s, described as %s", report->name, i + 1,
                           db_column_name(rows, i), report->columns[i].name);
    return true;
}

bool ask_one(struct db *db, const struct report *report, const struct question *question, struct answer *out,
             struct err *err)
{
    const struct window *w = &question->window;
    const char *refused = ask_refuses(report, question);
    const struct db_arg args[] = {
        DB_T(w->since_us),
        DB_T(w->until_us),
        DB_S(str_of(window_by_name(w->by))),
        text_or_null(question->limits[LIMIT_PROVIDER]),
        text_or_null(question->limits[LIMIT_NODE]),
        text_or_null(question->limits[LIMIT_EGRESS]),
        text_or_null(question->limits[LIMIT_STREAM]),
        text_or_null(question->limits[LIMIT_DOMAIN]),
        DB_I4(question->top),
        DB_T(w->as_of_us),
    };

    *out = (struct answer){.report = report};
    if (refused)
        return err_set(err, ERR_CONFIG, "the report %s cannot be limited by --%s", report->name, refused);
    if (!db_run(db, report->query, args, sizeof args / sizeof *args, &out->rows, err))
        return false;
    out->count = db_rows(out->rows);
    return as_described(report, out->rows, err);
}

void answers_init(struct answers *answers, const struct question *question, int64_t generated_at_us,
                  struct arena *arena)
{
    *answers = (struct answers){.question = *question, .generated_at_us = generated_at_us, .arena = arena};
    answers->redactor = question->redact ? redactor_new() : NULL;
}

bool answers_add(struct answers *answers, struct db *db, const struct report *report, bool aside, struct err *err)
{
    answers->items = mem_grow(answers->items, (answers->count + 1) * sizeof *answers->items);
    struct answer *answer = &answers->items[answers->count];
    if (!ask_one(db, report, &answers->question, answer, err)) {
        db_result_free(answer->rows);
        return false;
    }
    answer->redactor = answers->redactor;
    answer->aside = aside;
    answers->count++;
    return true;
}

void answers_free(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        db_result_free(answers->items[i].rows);
    free(answers->items);
    redactor_free(answers->redactor);
    *answers = (struct answers){0};
}

str answers_limit(const struct answers *answers, enum limit limit)
{
    const str value = str_of(answers->question.limits[limit]);

    return answers->redactor ? redact(answers->redactor, value) : value;
}

const struct answer *answers_find(const struct answers *answers, const char *name)
{
    for (size_t i = 0; i < answers->count; i++)
        if (strcmp(answers->items[i].report->name, name) == 0)
            return &answers->items[i];
    return NULL;
}

/* ---------------------------------------------------------------- cells */

bool answer_null(const struct answer *answer, size_t row, size_t column)
{
    return db_is_null(answer->rows, row, column);
}

int64_t answer_int(const struct answer *answer, size_t row, size_t column)
{
    return db_int(answer->rows, row, column);
}

double answer_double(const struct answer *answer, size_t row, size_t column)
{
    if (answer_null(answer, row, column))
        return NAN;
    const enum unit unit = answer->report->columns[column].unit;
    return unit == UNIT_RATE || unit == UNIT_SECONDS ? db_float(answer->rows, row, column)
                                                     : (double)db_int(answer->rows, row, column);
}

int64_t answer_time(const struct answer *answer, size_t row, size_t column)
{
    return db_time(answer->rows, row, column);
}

str answer_text(const struct answer *answer, size_t row, size_t column)
{
    const str text = db_text(answer->rows, row, column);

    return answer->redactor && answer->report->columns[column].unit == UNIT_TEXT ? redact(answer->redactor, text)
                                                                                 : text;
}

int64_t answer_count_of(const struct answer *answer, size_t row, const char *column)
{
    const int at = answer ? report_column(answer->report, column) : -1;
    return at < 0 || row >= answer->count ? 0 : answer_int(answer, row, (size_t)at);
}

double answer_rate_of(const struct answer *answer, size_t row, const char *column)
{
    const int at = answer ? report_column(answer->report, column) : -1;
    return at < 0 || row >= answer->count ? NAN : answer_double(answer, row, (size_t)at);
}

int64_t answer_time_of(const struct answer *answer, size_t row, const char *column)
{
    const int at = answer ? report_column(answer->report, column) : -1;
    return at < 0 || row >= answer->count ? CLOCK_NONE : answer_time(answer, row, (size_t)at);
}

str answer_text_of(const struct answer *answer, size_t row, const char *column)
{
    const int at = answer ? report_column(answer->report, column) : -1;
    return at < 0 || row >= answer->count ? STR("") : answer_text(answer, row, (size_t)at);
}
