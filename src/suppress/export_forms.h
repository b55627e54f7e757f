/*
 * export_forms - one function a target: how an entry is written. Private to export.c.
 */
#pragma once
#include "suppress/export.h"

struct export_run {
    struct buf *to;
    const char *scope;
    int64_t generation, entries;
};

struct export_form {
    struct export_target target;
    void (*head)(struct export_run *run);
    /* false: left out */
    bool (*entry)(struct export_run *run, const struct list_entry *entry);
};

extern const struct export_form export_forms[];
extern const size_t export_form_count;
