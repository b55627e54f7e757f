/*
 * table - a hash table of fixed-size keys and values, for everything counted or remembered.
 *
 * Open addressing, linear probing, doubled at half full; removal shifts back, so there are no
 * tombstones. Keys are compared as bytes: clear a key struct before filling it (padding counts).
 *
 * Ownership  keys and values are copied in and live in the table; a pointer from table_add() or
 *            table_find() is good until the next table_add() or table_remove().
 */
#pragma once
#include "base/str.h"

struct table {
    size_t key_size, value_size, stride;
    size_t count, capacity; /* capacity is 0 or a power of two */
    char *slots;            /* uint64_t hash (0 = empty), key, value */
};

void table_init(struct table *table, size_t key_size, size_t value_size);
void table_free(struct table *table);
void table_clear(struct table *table); /* empty, memory kept */
void *table_find(const struct table *table, const void *key);
/* The value of key, zeroed when it was not there (*added). */
void *table_add(struct table *table, const void *key, bool *added);
bool table_remove(struct table *table, const void *key);
/* Walks all entries: start with *at = 0; false at the end. Order is of no meaning. */
bool table_next(const struct table *table, size_t *at, const void **key, void **value);
/* All keys in memcmp order (a new array of pointers into the table; free() it). */
const void **table_sorted_keys(const struct table *table);
