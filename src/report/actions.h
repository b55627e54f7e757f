/*
 * actions - what to do today: at most five things, each with who, what and where.
 *
 * Worked out from the answers of a full page: active listings, refusals about us, addresses that do not
 * exist, mail about to expire, complaints, what receivers say of us (imported), entries that wait for a decision, input
 * that was not understood.
 *
 * Ownership  texts live in the arena of the answers.
 */
#pragma once
#include "report/value.h"

enum { ACTIONS_MOST = 5 };

struct action {
    enum level level; /* LEVEL_BAD first */
    double weight;    /* messages at stake, within a level */
    const char *who;  /* Postmaster, List owner, Operator */
    str what;
    str link;          /* http(s), a place on the page as #reasons, or "" */
    const char *label; /* of the link */
};

struct actions {
    struct action items[ACTIONS_MOST];
    size_t count;
    size_t bad, watch; /* of all that were found, also beyond the five */
};

void actions_find(const struct answers *answers, struct actions *out);

/* One sentence on how the mail fares, and its colour. */
struct conclusion {
    enum level level;
    str text;
    str change; /* against the window before; "" unknown */
};
struct conclusion conclude(const struct answers *answers, const struct answer *before, const struct actions *actions);
