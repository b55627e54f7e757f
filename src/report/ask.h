/*
 * ask - one question put to any report, and the rows that answer it.
 *
 * Ownership  answers_free() frees the rows; texts read from them live as long, or in the arena.
 * Errors     ERR_CONFIG when a report does not honour a limit that was asked for, else what db_run() says.
 * Limits     at most `top` rows a report.
 */
#pragma once
#include "report/catalogue.h"
#include "report/redact.h"
#include "report/window.h"
#include "store/db.h"

enum { ASK_TOP_PEOPLE = 20, ASK_TOP_MACHINES = 100000 };

struct question {
    struct window window;
    const char *limits[LIMIT_COUNT]; /* NULL: not limited */
    int top;
    bool redact;
};

struct answer {
    const struct report *report;
    struct db_result *rows;
    size_t count;
    struct redactor *redactor; /* NULL: as it is */
    bool aside;                /* asked to work something out; not shown itself */
};

struct answers {
    struct question question;
    struct answer *items;
    size_t count;
    int64_t generated_at_us;
    struct arena *arena;
    struct redactor *redactor;
};

bool ask_newest(struct db *db, int64_t *newest_us, struct err *err); /* CLOCK_NONE without data */
bool ask_one(struct db *db, const struct report *report, const struct question *question, struct answer *out,
             struct err *err);
/* What the question asks that the report cannot limit itself to; NULL when it can all. */
const char *ask_refuses(const struct report *report, const struct question *question);

void answers_init(struct answers *answers, const struct question *question, int64_t generated_at_us,
                  struct arena *arena);
bool answers_add(struct answers *answers, struct db *db, const struct report *report, bool aside, struct err *err);
void answers_free(struct answers *answers);
/* A limit of the question as it may be shown; "" for none. */
str answers_limit(const struct answers *answers, enum limit limit);
const struct answer *answers_find(const struct answers *answers, const char *name); /* NULL not asked */

/* Cells by column number; texts with what is to be hidden already hidden. */
bool answer_null(const struct answer *answer, size_t row, size_t column);
int64_t answer_int(const struct answer *answer, size_t row, size_t column);
double answer_double(const struct answer *answer, size_t row, size_t column); /* any number; NaN for NULL */
int64_t answer_time(const struct answer *answer, size_t row, size_t column);
str answer_text(const struct answer *answer, size_t row, size_t column);
/* The same by column name, for what knows its report; 0, NaN or "" where there is none. */
int64_t answer_count_of(const struct answer *answer, size_t row, const char *column);
double answer_rate_of(const struct answer *answer, size_t row, const char *column);
int64_t answer_time_of(const struct answer *answer, size_t row, const char *column);
str answer_text_of(const struct answer *answer, size_t row, const char *column);
