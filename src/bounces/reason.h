/*
 * reason - the words that go with an address found in prose: the reply of the other side, or why our side gave up.
 *
 * They stand behind the address, below it, in its own paragraph, above a list of addresses, or once for all.
 *
 * Ownership  views into the notice's text, not cleaned.
 * Limits     REASON_BYTES.
 */
#pragma once
#include "bounces/notice.h"

enum { PROSE_FOUND = 512, REASON_BYTES = 3000 };

enum shape { SHAPE_NONE = 0, SHAPE_LINE, SHAPE_LABEL, SHAPE_SENTENCE, SHAPE_HEADER, SHAPE_ALONE, SHAPE_COUNT };

/* An address in the text of a notice. */
struct found {
    str address; /* cleaned */
    enum shape shape;
    size_t indent;
    size_t line;  /* where its line begins in the text */
    size_t after; /* where its reason begins */
    bool quoted;  /* its line begins with '>' */
};

struct prose {
    struct notice *n;
    str text, lower; /* the stretch that is looked at */
    struct found found[PROSE_FOUND];
    size_t count;
    bool one; /* all of them are the same */
};

/* The reason of the i-th address; "" only when replies_only is set and there is no reply. */
str reason_of(const struct prose *p, size_t i);
