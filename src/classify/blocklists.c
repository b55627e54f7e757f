#include "classify/blocklists.h"

#include <assert.h>
#include <pthread.h>

#include "base/arena.h"
#include "classify/prefilter.h"
#include "classify/suffixes.h"
#include "classify/tsv.h"

enum { COLUMNS = 10, LISTS_MAX = 512 };

struct names {
    str hosts, phrases; /* between commas */
};

static struct blocklist *lists;
static struct names *names; /* of lists[i] */
static size_t count;
static struct suffixes hosts;
static struct prefilter *finder; /* unit: row */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_hosts(str all, size_t row)
{
    str host;

    while (str_take_field(&all, ',', &host))
        suffixes_add(&hosts, host, (int)row);
}

/* The ends of all its names: enough to know which rows are worth a look. */
static void add_endings(str all, struct literals *set)
{
    str name;

    while (str_take_field(&all, ',', &name) && set->count < LITERAL_SET) {
        struct literal *l = &set->text[set->count++];
        l->n = (unsigned char)(name.n < LITERAL_BYTES ? name.n : LITERAL_BYTES);
        memcpy(l->p, name.p + name.n - l->n, l->n);
    }
}

static void add_to_finder(size_t row)
{
    struct literals sets[2] = {{.count = 0}, {.count = 0}};

    add_endings(names[row].hosts, &sets[0]);
    add_endings(names[row].phrases, &sets[0]);
    if (sets[0].count > 0)
        prefilter_add(finder, row, sets);
}

static int number_of(str text)
{
    uint64_t n = 0;

    str_take_u64(&text, &n);
    return (int)n;
}

static void read_blocklists(void)
{
    str in = tsv_file("blocklists.tsv"), f[COLUMNS];
    const size_t rows = tsv_rows(in);

    suffixes_init(&hosts);
    finder = prefilter_new();
    lists = mem_zero(rows, sizeof *lists);
    names = mem_zero(rows, sizeof *names);
    for (; tsv_row(&in, f, COLUMNS); count++) {
        lists[count] = (struct blocklist){.id = f[0],
                                          .name = f[1],
                                          .operator= f[2],
                                          .type = f[3],
                                          .status = f[4],
                                          .severity = number_of(f[5]),
                                          .delist = f[6],
                                          .zones = f[9]};
        names[count] = (struct names){f[7], f[8]};
        add_hosts(f[7], count);
        add_to_finder(count);
    }
    assert(rows <= LISTS_MAX);
    prefilter_build(finder);
}

size_t classify_blocklists(const struct blocklist **out)
{
    pthread_once(&once, read_blocklists);
    *out = lists;
    return count;
}

const struct blocklist *blocklist_by_id(str id)
{
    const struct blocklist *all;
    const size_t n = classify_blocklists(&all);

    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i].id, id))
            return &all[i];
    return NULL;
}

const struct blocklist *blocklist_of_host(str host, str *ending)
{
    int row;

    pthread_once(&once, read_blocklists);
    return suffixes_find(&hosts, host, &row, ending) ? &lists[row] : NULL;
}

static bool is_name_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_';
}

/* needle in text, not inside a longer word; an operator's host may have labels in front of it. */
static bool names_it(str text, str needle, bool host)
{
    for (size_t at, from = 0; (at = str_find(str_from(text, from), needle)) != STR_NONE; from += at + 1) {
        const size_t begin = from + at, end = begin + needle.n;
        const char before = begin ? text.p[begin - 1] : ' ', after = end < text.n ? text.p[end] : ' ';
        const bool free_before = !is_name_char(before) || !is_name_char(needle.p[0]);

        if (free_before && !is_name_char(after) && (host || before != '.'))
            return true;
    }
    return false;
}

static bool names_any(str text, str all, bool host)
{
    str needle;

    while (str_take_field(&all, ',', &needle))
        if (names_it(text, needle, host))
            return true;
    return false;
}

const struct blocklist *blocklist_named(str folded)
{
    uint64_t candidates[2 * (LISTS_MAX / 64)] = {0};

    pthread_once(&once, read_blocklists);
    prefilter_run(finder, folded, candidates);
    for (size_t i = 0; i < count; i++)
        if ((candidates[i / 64] >> (i % 64) & 1) && (names_any(folded, names[i].hosts, true) || names_any(folded, names[i].phrases, false)))
            return &lists[i];
    return NULL;
}
