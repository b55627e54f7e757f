#include "classify/registry.h"

#include <pthread.h>
#include <stdio.h>

#include "base/arena.h"
#include "classify/tsv.h"

enum { STATUS_COLUMNS = 4, CODE_COLUMNS = 3 };

struct status_row {
    unsigned subject, detail;
    const struct category *category[2]; /* of class 4, 5; NULL: not to be trusted */
    bool address;                       /* only where a recipient was named */
    str by[2];
};

struct code_row {
    int code;
    unsigned phases; /* bit set, 0 any */
    const struct category *category;
    str by;
};

static struct status_row *statuses;
static struct code_row *codes;
static size_t status_count, code_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static str kept(const char *text)
{
    return str_of(mem_text(str_of(text)));
}

static unsigned take_number(str *in)
{
    uint64_t n = 0;

    str_take_u64(in, &n);
    str_take_char(in, '.');
    return (unsigned)n;
}

static void read_statuses(void)
{
    str in = tsv_file("enhanced-status.tsv"), f[STATUS_COLUMNS];

    statuses = mem_zero(tsv_rows(in), sizeof *statuses);
    for (; tsv_row(&in, f, STATUS_COLUMNS); status_count++) {
        struct status_row *row = &statuses[status_count];
        row->subject = take_number(&f[0]);
        row->detail = take_number(&f[0]);
        row->address = str_eq(f[3], STR("address"));
        for (unsigned i = 0; i < 2; i++) {
            char by[48];
            snprintf(by, sizeof by, "registry:%u.%u.%u", 4 + i, row->subject, row->detail);
            row->category[i] = classify_category(f[1 + i]);
            row->by[i] = kept(by);
        }
    }
}

static unsigned phases_of(str words)
{
    unsigned phases = 0;
    enum phase phase;
    str word;

    while (str_take_word(&words, &word))
        if (phase_of_name(word, &phase))
            phases |= 1u << phase;
    return phases;
}

static void read_codes(void)
{
    str in = tsv_file("reply-codes.tsv"), f[CODE_COLUMNS];

    codes = mem_zero(tsv_rows(in), sizeof *codes);
    for (; tsv_row(&in, f, CODE_COLUMNS); code_count++) {
        struct code_row *row = &codes[code_count];
        char by[16];

        row->code = (int)take_number(&f[0]);
        row->phases = phases_of(f[1]);
        row->category = classify_category(f[2]);
        snprintf(by, sizeof by, "code:%d", row->code);
        row->by = kept(by);
    }
}

static void read_both(void)
{
    read_statuses();
    read_codes();
}

static bool names_recipient(enum phase phase)
{
    return phase == PHASE_NONE || phase == PHASE_RCPT || phase == PHASE_QUEUE;
}

static const struct category *of_status(const struct subject *s, str *by)
{
    const unsigned i = s->status.class == 5;

    if (s->status.class != 4 && s->status.class != 5)
        return NULL;
    for (size_t k = 0; k < status_count; k++) {
        const struct status_row *row = &statuses[k];
        if (row->subject != s->status.subject || row->detail != s->status.detail || !row->category[i])
            continue;
        if (row->address && !names_recipient(s->phase))
            return NULL;
        *by = row->by[i];
        return row->category[i];
    }
    return NULL;
}

static const struct category *of_code(const struct subject *s, str *by)
{
    for (size_t k = 0; k < code_count; k++)
        if (codes[k].code == s->code && (!codes[k].phases || codes[k].phases >> s->phase & 1)) {
            *by = codes[k].by;
            return codes[k].category;
        }
    return NULL;
}

const struct category *registry_category(const struct subject *s, str *by)
{
    const struct category *category;

    pthread_once(&once, read_both);
    category = of_status(s, by);
    return category ? category : of_code(s, by);
}
