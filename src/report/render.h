/*
 * render - answers as text for a terminal, CSV, JSON or one HTML page.
 *
 * Ownership  everything is appended to the caller's buf.
 * Errors     none but those of render_page(), whose template is built in.
 * Output     text: control characters shown as \xNN, columns cut to the width. csv: RFC 4180; a text cell that
 *            a spreadsheet would take for a formula gets a ' in front. json: INTERFACE "report --format json".
 *            html: self-contained, loads nothing, Content-Security-Policy with hashes of its own style and script.
 */
#pragma once
#include "report/actions.h"
#include "report/ask.h"

struct text_style {
    size_t width; /* of the terminal; 0: as wide as it gets */
    bool colour;
};

void render_text(struct buf *out, const struct answers *answers, const struct text_style *style);
void render_csv(struct buf *out, const struct answers *answers);
void render_json(struct buf *out, const struct answers *answers);
/* for_html: may stand inside a <script> element. */
void render_json_into(struct buf *out, const struct answers *answers, bool for_html);

/* The reports a full page is made of, in the order they are asked; ends with NULL. */
extern const char *const page_reports[];
/* before: the overview of the window before, NULL for none. */
bool render_page(struct buf *out, const struct answers *answers, const struct answer *before, struct err *err);
/* Named reports as one plain page of tables. */
bool render_tables(struct buf *out, const struct answers *answers, struct err *err);
