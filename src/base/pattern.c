#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/arena.h"

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 5000, HEAP_LIMIT_KIB = 16 * 1024, JIT_STACK_BYTES = 1024 * 1024 };

struct pattern {
    bool jit;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
    const char *subject;
    int groups; /* of the last match; 0 none */
    uint64_t limit_hits;
};

static uint32_t compile_options(unsigned flags)
{
    uint32_t options = PCRE2_NEVER_BACKSLASH_C;

    if (flags & PATTERN_CASELESS)
        options |= PCRE2_CASELESS;
    if (flags & PATTERN_ANCHORED)
        options |= PCRE2_ANCHORED;
    if (flags & PATTERN_UTF)
        options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
    return options;
}

static bool set_compile_error(struct err *err, int number, PCRE2_SIZE offset)
{
    PCRE2_UCHAR text[256];

    if (pcre2_get_error_message(number, text, sizeof text) < 0)
        text[0] = '\0';
    return err_set(err, ERR_CONFIG, "%s at offset %zu", (const char *)text, (size_t)offset);
}

/* The JIT runs on a stack of its own: its 32 KiB default is too small for some honest patterns. */
static void set_limits(struct pattern *pattern)
{
    pattern->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
}

struct pattern *pattern_new(str source, unsigned flags, struct err *err)
{
    struct pattern *pattern;
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(source.n ? source.p : ""), source.n, compile_options(flags), &number,
                                     &offset, NULL);

    if (!code) {
        set_compile_error(err, number, offset);
        return NULL;
    }
    pattern = mem_zero(1, sizeof *pattern);
    pattern->code = code;
    pattern->match = pcre2_match_data_create_from_pattern(code, NULL);
    set_limits(pattern);
    pattern->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0; /* refused: the interpreter does the work */
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_jit_stack_free(pattern->stack);
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

static int match_once(struct pattern *pattern, str subject)
{
    if (pattern->jit)
        return pcre2_jit_match(pattern->code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, pattern->match, pattern->limits);
    return pcre2_match(pattern->code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, pattern->match, pattern->limits);
}

/* Most patterns never need more than the machine stack, so that a large one is made at the first want of it. */
static int match_with_stack(struct pattern *pattern, str subject)
{
    int n = match_once(pattern, subject);

    if (n == PCRE2_ERROR_JIT_STACKLIMIT && !pattern->stack) {
        pattern->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, NULL);
        pcre2_jit_stack_assign(pattern->limits, NULL, pattern->stack);
        n = match_once(pattern, subject);
    }
    return n;
}

enum pattern_answer pattern_match(struct pattern *pattern, str subject)
{
    int n;

    if (subject.n == 0)
        subject.p = "";
    pattern->subject = subject.p;
    n = match_with_stack(pattern, subject);
    pattern->groups = n > 0 ? n : 0;
    if (n >= 0)
        return PATTERN_YES;
    if (n == PCRE2_ERROR_NOMATCH || n == PCRE2_ERROR_PARTIAL)
        return PATTERN_NO;
    pattern->limit_hits++;
    return PATTERN_LIMIT;
}

str pattern_group(const struct pattern *pattern, unsigned n)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->match);

    if ((int)n >= pattern->groups || at[2 * n] == PCRE2_UNSET || at[2 * n] > at[2 * n + 1])
        return (str){NULL, 0};
    return (str){pattern->subject + at[2 * n], at[2 * n + 1] - at[2 * n]};
}

uint64_t pattern_limit_hits(const struct pattern *pattern)
{
    return pattern->limit_hits;
}
