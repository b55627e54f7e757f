/*
 * nearest - which of our words did somebody mean who mistyped one?
 *
 * Ownership  views and names of the caller, who keeps them.
 * Limits     words longer than 63 bytes are nobody's typing error.
 */
#pragma once
#include "base/str.h"

struct nearest {
    str given;
    const char *best; /* NULL: none is close */
    unsigned distance;
};

struct nearest nearest_start(str given);
void nearest_offer(struct nearest *nearest, const char *name);
