/*
 * rulefile - the lines of one *.rules file into rules (syntax: ruleset.h). Inside of ruleset only.
 *
 * Ownership  views into the text, which the caller keeps as long as the set; the rest is in the arena.
 * Errors     ERR_CONFIG "FILE:LINE: reason"; what was read before stays in the set.
 */
#pragma once
#include "base/arena.h"
#include "classify/ruleset.h"

enum { RULEFILE_ORDER = 50 };

struct rulefile {
    struct ruleset *set;
    struct arena *arena;
    str file;
    bool user;
    size_t order, line;
    struct rule *rule; /* the one being read */
};

bool rulefile_read(struct rulefile *f, str text, struct err *err);
/* An empty rule at the end of the set (ruleset.c). */
struct rule *ruleset_add_rule(struct ruleset *set);
