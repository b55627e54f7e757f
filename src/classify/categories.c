/* The taxonomy of rules/categories.tsv, read once. */
#include <pthread.h>

#include "base/arena.h"
#include "classify/classify.h"
#include "classify/tsv.h"

enum { COLUMNS = 6 };

static struct category *categories;
static size_t count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_categories(void)
{
    str in = tsv_file("categories.tsv"), f[COLUMNS];
    struct category *rows = mem_zero(tsv_rows(in), sizeof *rows);

    for (; tsv_row(&in, f, COLUMNS); count++)
        rows[count] = (struct category){.id = f[0],
                                        .fault = f[1],
                                        .severity = f[2],
                                        .class = f[3].n ? f[3].p[0] : '-',
                                        .title = f[4],
                                        .advice = f[5]};
    categories = rows;
}

size_t classify_categories(const struct category **out)
{
    pthread_once(&once, read_categories);
    *out = categories;
    return count;
}

const struct category *classify_category(str id)
{
    const struct category *all;
    const size_t n = classify_categories(&all);

    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i].id, id))
            return &all[i];
    return NULL;
}
