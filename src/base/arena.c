#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { BLOCK_BYTES = 64 * 1024, ALIGN = 16 };

struct block {
    struct block *next;
    size_t room;
    size_t used;
    size_t reserved; /* keeps data[] on a 16-byte line */
    char data[];
};

struct arena {
    struct block *first; /* the one being filled */
    size_t bytes;
};

static _Noreturn void out_of_memory(size_t size_bytes)
{
    fprintf(stderr, "rebound: out of memory (%zu bytes)\n", size_bytes);
    exit(4);
}

void *mem_alloc(size_t size_bytes)
{
    void *p = malloc(size_bytes ? size_bytes : 1);

    if (!p)
        out_of_memory(size_bytes);
    return p;
}

void *mem_zero(size_t count, size_t size_bytes)
{
    void *p = calloc(count ? count : 1, size_bytes ? size_bytes : 1);

    if (!p)
        out_of_memory(count * size_bytes);
    return p;
}

void *mem_grow(void *old, size_t size_bytes)
{
    void *p = realloc(old, size_bytes ? size_bytes : 1);

    if (!p)
        out_of_memory(size_bytes);
    return p;
}

char *mem_text(str s)
{
    char *p = mem_alloc(s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

static struct block *block_new(size_t room, struct block *next)
{
    struct block *b = mem_alloc(sizeof *b + room);

    *b = (struct block){.next = next, .room = room};
    ASAN_POISON_MEMORY_REGION(b->data, room);
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = mem_zero(1, sizeof *a);

    a->first = block_new(BLOCK_BYTES, NULL);
    return a;
}

void arena_reset(struct arena *arena)
{
    struct block *keep = NULL;

    for (struct block *b = arena->first, *next; b; b = next) {
        next = b->next;
        if (!keep && b->room == BLOCK_BYTES)
            keep = b;
        else
            free(b);
    }
    if (!keep)
        keep = block_new(BLOCK_BYTES, NULL);
    keep->next = NULL;
    keep->used = 0;
    ASAN_POISON_MEMORY_REGION(keep->data, keep->room);
    arena->first = keep;
    arena->bytes = 0;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct block *b = arena->first, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

size_t arena_bytes(const struct arena *arena)
{
    return arena->bytes;
}

static void *arena_take(struct arena *arena, size_t size_bytes)
{
    const size_t n = (size_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct block *b = arena->first;

    if (b->room - b->used < n) {
        b = block_new(n > BLOCK_BYTES ? n : BLOCK_BYTES, arena->first);
        arena->first = b;
    }
    void *p = b->data + b->used;
    ASAN_UNPOISON_MEMORY_REGION(p, size_bytes);
    b->used += n;
    arena->bytes += n;
    return p;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    void *p = arena_take(arena, size_bytes ? size_bytes : 1);

    memset(p, 0, size_bytes);
    return p;
}

str arena_str(struct arena *arena, str s)
{
    char *p = arena_take(arena, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (str){p, s.n};
}

str arena_lower(struct arena *arena, str s)
{
    char *p = arena_take(arena, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = str_lower_char(s.p[i]);
    p[s.n] = '\0';
    return (str){p, s.n};
}

str arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    char *p = arena_take(arena, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return (str){p, (size_t)n};
}

str arena_join(struct arena *arena, str a, str b)
{
    char *p = arena_take(arena, a.n + b.n + 1);

    if (a.n)
        memcpy(p, a.p, a.n);
    if (b.n)
        memcpy(p + a.n, b.p, b.n);
    p[a.n + b.n] = '\0';
    return (str){p, a.n + b.n};
}
