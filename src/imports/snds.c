/*
 * snds - Microsoft Smart Network Data Services: the data and the status file of its automated access.
 *
 * Data: a row an address and day, no line of names: IP address, activity start and end (US dates, no zone), RCPT
 * commands, DATA commands, message recipients, filter result, complaint rate, trap message start and end, trap hits,
 * sample HELO, sample MAIL FROM, comments. Where a line of names is in front (exports of the web page), it decides.
 * Status: first and last address of a range, blocked or not, details. It names no day: that of the file is taken.
 *
 * Source  SNDS, "Automated data access" and its FAQ.
 */
#include <math.h>
#include <stdlib.h>

#include "base/csv.h"
#include "imports/formats.h"
#include "imports/reading.h"

/* clang-format off */
enum column {
    IP, FROM, TO, RCPT, DATA, RECIPIENTS, RESULT, COMPLAINTS, TRAP_FROM, TRAP_TO, TRAPS, HELO, SENDER, COMMENTS, COLUMNS
};
/* clang-format on */
enum { LEAST_COLUMNS = TRAPS + 1, STATUS_COLUMNS = 4, NAMES = 3 };

/* As the page, its help and its exports have called them. */
static const char *const names[COLUMNS][NAMES] = {
    [IP] = {"IP Address", "IP"},
    [FROM] = {"Activity start", "Activity period start", "Start"},
    [TO] = {"Activity end", "Activity period end", "End"},
    [RCPT] = {"RCPT commands", "RCPT"},
    [DATA] = {"DATA commands", "DATA"},
    [RECIPIENTS] = {"Message recipients", "Recipients"},
    [RESULT] = {"Filter result"},
    [COMPLAINTS] = {"Complaint rate"},
    [TRAP_FROM] = {"Trap message start", "Trap message period start", "Trap start"},
    [TRAP_TO] = {"Trap message end", "Trap message period end", "Trap end"},
    [TRAPS] = {"Trap hits", "Trap message hits"},
    [HELO] = {"Sample HELO"},
    [SENDER] = {"Sample MAIL FROM", "JMR P1 Sender"},
    [COMMENTS] = {"Comments"},
};

struct snds {
    struct import_reading *reading;
    struct csv csv;
    size_t at[COLUMNS]; /* where a column stands; STR_NONE: not there */
    bool named;
};

static str field(const struct snds *s, enum column column)
{
    return s->at[column] < s->csv.count ? str_trim(s->csv.field[s->at[column]]) : STR("");
}

/* ---------------------------------------------------------------- values as Microsoft writes them */

static bool take_small(str *in, int most, int *out)
{
    uint64_t n;

    if (!str_take_u64(in, &n) || n > (uint64_t)most)
        return false;
    *out = (int)n;
    return true;
}

/* "5:00 PM", "5:00:00 PM", "17:00"; nothing is midnight. */
static bool take_time_of_day(str text, int64_t *us)
{
    int hour, minute, second = 0;

    *us = 0;
    text = str_trim(text);
    if (text.n == 0)
        return true;
    if (!take_small(&text, 23, &hour) || !str_take_char(&text, ':') || !take_small(&text, 59, &minute) ||
        (str_take_char(&text, ':') && !take_small(&text, 59, &second)))
        return false;
    text = str_trim(text);
    if (str_eq_nocase(text, STR("PM")) || str_eq_nocase(text, STR("AM"))) {
        if (hour < 1 || hour > 12)
            return false;
        hour = hour % 12 + (str_lower_char(text.p[0]) == 'p' ? 12 : 0);
    } else if (text.n > 0) {
        return false;
    }
    *us = ((hour * 60 + minute) * INT64_C(60) + second) * CLOCK_SECOND;
    return true;
}

/* "5/26/2026 5:00 PM", as a wall clock. */
static bool take_stamp(const struct snds *s, str text, int64_t *day, int64_t *at_us)
{
    const struct zone *zone = s->reading->zone;
    int64_t of_day;
    int year, month, date;

    if (!take_small(&text, 12, &month) || !str_take_char(&text, '/') || !take_small(&text, 31, &date) ||
        !str_take_char(&text, '/') || !take_small(&text, 9999, &year) ||
        !value_day(s->reading, year, month, date, day) || !take_time_of_day(text, &of_day))
        return false;
    const int64_t local = *day * CLOCK_DAY + of_day;
    *at_us = zone ? zone_utc(zone, local, CLOCK_NONE) : local;
    return true;
}

/* "0.4%", "< 0.1%": up to so much of what was delivered. "" or "N/A" is not said. */
static bool take_rate(str text, double *out)
{
    uint64_t whole, part = 0;
    double tenth = 1;

    *out = -1;
    if (text.n == 0 || str_eq_nocase(text, STR("N/A")))
        return true;
    if (str_take_char(&text, '<') || str_take_char(&text, '>'))
        text = str_skip_blanks(text);
    if (!str_take_u64(&text, &whole) || whole > 100)
        return false;
    if (str_take_char(&text, '.')) {
        const size_t digits = text.n;
        if (digits > 9 || !str_take_u64(&text, &part))
            return false;
        tenth = pow(10, (double)(digits - text.n));
    }
    *out = ((double)whole + (double)part / tenth) / 100;
    return str_eq(str_trim(text), STR("%")) && *out <= 1;
}

static bool is_result(str text)
{
    return str_eq_nocase(text, STR("GREEN")) || str_eq_nocase(text, STR("YELLOW")) || str_eq_nocase(text, STR("RED"));
}

static str upper_result(str text)
{
    return str_eq_nocase(text, STR("GREEN"))    ? STR("GREEN")
           : str_eq_nocase(text, STR("YELLOW")) ? STR("YELLOW")
                                                : STR("RED");
}

/* ---------------------------------------------------------------- a row */

static const char *read_activity(const struct snds *s, struct snds_day *d)
{
    int64_t last_day, ignored;

    if (!value_ip(field(s, IP), s->reading->arena, &d->ip))
        return "no IP address where one belongs";
    if (!take_stamp(s, field(s, FROM), &d->day, &d->from_us) || !take_stamp(s, field(s, TO), &last_day, &d->to_us))
        return "no possible activity start and end";
    if (d->to_us < d->from_us || last_day - d->day > 31)
        return "its activity ends before it starts, or goes on for more than a month";
    if ((field(s, TRAP_FROM).n && !take_stamp(s, field(s, TRAP_FROM), &last_day, &ignored)) ||
        (field(s, TRAP_TO).n && !take_stamp(s, field(s, TRAP_TO), &last_day, &ignored)))
        return "no possible time of trap hits";
    return NULL;
}

static const char *read_counts(const struct snds *s, struct snds_day *d)
{
    if (!value_count_text(field(s, RCPT), &d->rcpt_commands) || !value_count_text(field(s, DATA), &d->data_commands) ||
        !value_count_text(field(s, RECIPIENTS), &d->recipients))
        return "no counts of commands and recipients";
    if (field(s, TRAPS).n > 0 && !value_count_text(field(s, TRAPS), &d->trap_hits))
        return "no count of trap hits";
    if (!is_result(field(s, RESULT)))
        return "no filter result";
    if (!take_rate(field(s, COMPLAINTS), &d->complaint_rate))
        return "no complaint rate";
    return NULL;
}

static const char *read_day(struct snds *s)
{
    struct import_row row = {.kind = IMPORT_SNDS_DAY, .piece = s->reading->pieces++};
    struct snds_day *d = &row.snds_day;
    const char *why = read_activity(s, d);

    if (!why)
        why = read_counts(s, d);
    if (why)
        return why;
    d->filter_result = upper_result(field(s, RESULT));
    d->complaint_said = value_clip(field(s, COMPLAINTS), TEXT_BYTES);
    d->sample_helo = value_clip(field(s, HELO), TEXT_BYTES);
    d->comments = value_clip(field(s, COMMENTS), LONG_BYTES);
    const str sender = field(s, SENDER);
    const size_t sign = str_rfind_char(sender, '@');
    if (sign == STR_NONE || !value_domain(str_from(sender, sign + 1), s->reading->arena, &d->sample_sender_domain))
        d->sample_sender_domain = STR("");
    if (!reading_tell(s->reading, &row))
        return "too many rows (limit 200000)";
    reading_read(s->reading, d->day);
    return NULL;
}

static const char *read_status(struct snds *s)
{
    struct import_row row = {.kind = IMPORT_SNDS_STATUS, .piece = s->reading->pieces++};
    struct snds_status *d = &row.snds_status;
    const str blocked = str_trim(s->csv.field[2]);

    if (!value_ip(s->csv.field[0], s->reading->arena, &d->first_ip) ||
        !value_ip(s->csv.field[1], s->reading->arena, &d->last_ip))
        return "no IP address where one belongs";
    d->blocked = str_eq_nocase(blocked, STR("Yes"));
    if (!d->blocked && !str_eq_nocase(blocked, STR("No")))
        return "neither blocked nor not";
    d->details = value_clip(s->csv.field[3], LONG_BYTES);
    d->day = clock_floor(s->reading->as_of_us, CLOCK_DAY) / CLOCK_DAY;
    if (!reading_tell(s->reading, &row))
        return "too many rows (limit 200000)";
    reading_read(s->reading, d->day);
    return NULL;
}

static size_t column_of(const struct csv *csv, enum column column)
{
    for (size_t i = 0; i < csv->count; i++)
        for (size_t k = 0; k < NAMES && names[column][k]; k++)
            if (str_eq_nocase(str_trim(csv->field[i]), str_of(names[column][k])))
                return i;
    return STR_NONE;
}

/* A line of names: the filter result is called the same everywhere. */
static bool take_names(struct snds *s)
{
    if (column_of(&s->csv, RESULT) == STR_NONE)
        return false;
    for (enum column c = IP; c < COLUMNS; c++)
        s->at[c] = column_of(&s->csv, c);
    s->named = true;
    return true;
}

static const char *read_row(struct snds *s)
{
    const bool empty = s->csv.count == 1 && str_trim(s->csv.field[0]).n == 0;

    if (empty || take_names(s)) {
        s->reading->counts.irrelevant++;
        return NULL;
    }
    if (s->csv.count == STATUS_COLUMNS && !s->named)
        return read_status(s);
    if (s->csv.count < LEAST_COLUMNS && !s->named)
        return "not as many columns as SNDS has";
    return read_day(s);
}

/* ---------------------------------------------------------------- a file */

/* Its first line has the columns of one of the two, in whatever order: where they are moved that is told by line. */
static bool looks_like_snds(const struct csv *csv, struct arena *arena)
{
    size_t ips = 0, results = 0;
    str ip;

    for (size_t i = 0; i < csv->count; i++) {
        ips += value_ip(csv->field[i], arena, &ip);
        results += is_result(str_trim(csv->field[i]));
    }
    if (csv->count == STATUS_COLUMNS)
        return value_ip(csv->field[0], arena, &ip) && value_ip(csv->field[1], arena, &ip) &&
               (str_eq_nocase(str_trim(csv->field[2]), STR("Yes")) ||
                str_eq_nocase(str_trim(csv->field[2]), STR("No")));
    return (csv->count >= LEAST_COLUMNS && csv->count <= COLUMNS + 2 && ips > 0 && results == 1) ||
           (column_of(csv, RESULT) != STR_NONE && column_of(csv, IP) != STR_NONE);
}

bool snds_recognise(str head)
{
    struct csv *csv = mem_zero(1, sizeof *csv);
    struct arena *arena = arena_new();
    str line = {"", 0};
    bool is = false;

    while (str_take_line(&head, &line) && str_trim(line).n == 0)
        ;
    if (line.n > 0 && line.n < 4096)
        is = csv_read(csv, line, arena) == CSV_ROW && looks_like_snds(csv, arena);
    csv_free(csv);
    free(csv);
    arena_free(arena);
    return is;
}

/* No row goes on over a line's end: an open quote spoils its own line only. */
static const char *read_line(struct snds *s, str line)
{
    const enum csv_result result = csv_read(&s->csv, line, s->reading->arena);

    s->csv.open = false;
    return result == CSV_ROW ? read_row(s) : result == CSV_PART ? "a quote that is never closed" : "no row of a table";
}

bool snds_parse(struct import_reading *reading, struct err *err)
{
    struct snds *s = mem_zero(1, sizeof *s);
    str rest = without_bom(reading->text), line;

    (void)err;
    s->reading = reading;
    for (size_t c = 0; c < COLUMNS; c++)
        s->at[c] = c;
    while (str_take_line(&rest, &line)) {
        const char *why = read_line(s, line);
        if (why)
            reading_unread(reading, line, why);
    }
    csv_free(&s->csv);
    free(s);
    return true;
}
