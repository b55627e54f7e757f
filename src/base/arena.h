/*
 * arena - memory for one input: many small pieces, freed all at once.
 *
 * Ownership  what arena_* answers belongs to the arena and lives until the next
 *            arena_reset() or arena_free(); what must live longer is copied.
 * Errors     none: out of memory ends the program, here and nowhere else
 *            (mem_alloc() and friends are this program's only allocator calls).
 * Limits     none of its own; callers bound what they put in. Pieces are aligned
 *            to 16 bytes. Freed memory is poisoned under AddressSanitizer.
 */
#pragma once
#include <stddef.h>

#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
void arena_reset(struct arena *arena); /* keeps one block for the next input */
size_t arena_bytes(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size_bytes);  /* zeroed */
str arena_str(struct arena *arena, str s);                  /* a copy, NUL behind it */
str arena_lower(struct arena *arena, str s);                /* a copy in ASCII lower case */
str arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
str arena_join(struct arena *arena, str a, str b);

/* malloc, calloc and realloc that never answer NULL; free() frees. */
void *mem_alloc(size_t size_bytes);
void *mem_zero(size_t count, size_t size_bytes);
void *mem_grow(void *old, size_t size_bytes);
char *mem_text(str s); /* a NUL-terminated copy */
