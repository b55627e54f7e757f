/*
 * html - pieces of a page: escaped text, tables, tiles. Private to report/.
 *
 * Everything that came from outside is escaped where it is put out: & < > " ' as entities, control
 * characters and bidirectional overrides as \xNN. Links are made for http and https alone. There are no style
 * or event attributes: the page's policy would refuse them.
 */
#pragma once
#include "report/actions.h"

void html_text(struct buf *out, str text);
void html_link(struct buf *out, str url, str label); /* the label alone when url is no web address */
bool html_is_web(str url);
const char *html_level(enum level level);          /* class: "good" */
void html_mark(struct buf *out, enum level level); /* "Good", "Watch", "Bad"; nothing for LEVEL_NONE */

struct html_table {
    const struct answer *answer;
    const char *const *columns;  /* names, ends with NULL; NULL: all that are no detail */
    const struct answer *trends; /* a picture of each row's provider over time; NULL none */
    const char *under;           /* a column shown below its row, over the whole width; such a table does not sort */
    bool sorts;
    /* rows to show; NULL: all */
    bool (*keep)(const struct answer *answer, size_t row, const void *what);
    const void *what;
    size_t from, most; /* of those rows: skip so many, show so many (0: all) */
};
void html_table(struct buf *out, const struct html_table *table);
void html_list(struct buf *out, const struct answer *answer); /* one row as names and values */

void section_begin(struct buf *out, const char *id, const char *title, str about);
void section_end(struct buf *out);
/* The sections of the full page, in their order. */
void page_sections(struct buf *out, const struct answers *answers, const struct answer *before);
void page_head(struct buf *out, const struct answers *answers, bool navigation);
