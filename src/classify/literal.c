#include "classify/literal.h"

enum { DEPTH_MAX = 32 };

/* A recursive descent through the expression; each level answers the best set it has seen. */
struct parser {
    str in;
    int depth;
    bool lost; /* something that is not understood: nothing can be said */
};

/* Bytes that follow each other for certain, so far. */
struct run {
    char p[256];
    size_t n;
};

static void parse_alternation(struct parser *p, struct literals out[2]);

static size_t shortest(const struct literals *set)
{
    size_t least = set->count ? SIZE_MAX : 0;

    for (size_t i = 0; i < set->count; i++)
        if (set->text[i].n < least)
            least = set->text[i].n;
    return least;
}

/* Long texts are rare in replies; each further one of a set makes a hit twice as likely, roughly. */
static int worth(const struct literals *set)
{
    const size_t least = shortest(set);
    int doublings = 0;

    for (size_t n = set->count; n > 1; n /= 2)
        doublings++;
    return set->count ? (int)(least < 8 ? least : 8) * 3 - doublings : -1000;
}

bool literals_are_rare(const struct literals *set)
{
    return worth(set) >= 22;
}

bool literals_are_common(const struct literals *set)
{
    return worth(set) < 3;
}

static void offer(struct literals best[2], const struct literals *set)
{
    if (set->count == 0 || shortest(set) < LITERAL_MIN)
        return;
    if (worth(set) > worth(&best[0])) {
        best[1] = best[0];
        best[0] = *set;
    } else if (worth(set) > worth(&best[1]))
        best[1] = *set;
}

/* Of a run longer than a literal may be, its end is kept: words differ most in front of what they share. */
static void end_run(struct run *run, struct literals best[2])
{
    struct literals one = {.count = 1};
    const size_t n = run->n < LITERAL_BYTES ? run->n : LITERAL_BYTES;

    if (n > 0) {
        one.text[0].n = (unsigned char)n;
        memcpy(one.text[0].p, run->p + run->n - n, n);
        offer(best, &one);
    }
    run->n = 0;
}

static void add_to_run(struct run *run, char c, struct literals best[2])
{
    if (run->n == sizeof run->p)
        end_run(run, best);
    run->p[run->n++] = c;
}

static void skip(struct parser *p, size_t n)
{
    p->in = str_from(p->in, n);
}

static char peek(const struct parser *p, size_t i)
{
    return i < p->in.n ? p->in.p[i] : '\0';
}

enum often { ONCE, OPTIONAL, REPEATED };

/* "{2}", "{2,}", "{2,5}"; any other brace stands for itself. */
static size_t braces_length(str s)
{
    size_t n = 1;

    if (s.n < 3 || s.p[0] != '{' || !str_is_digit(s.p[1]))
        return 0;
    while (n < s.n && str_is_digit(s.p[n]))
        n++;
    if (n < s.n && s.p[n] == ',')
        n++;
    while (n < s.n && str_is_digit(s.p[n]))
        n++;
    return n < s.n && s.p[n] == '}' ? n + 1 : 0;
}

/* Takes "*", "+", "?", "{2,5}" and the lazy or possessive mark behind it. */
static enum often take_quantifier(struct parser *p)
{
    enum often often = ONCE;
    const char c = peek(p, 0);

    if (c == '*' || c == '?') {
        often = OPTIONAL;
        skip(p, 1);
    } else if (c == '+') {
        often = REPEATED;
        skip(p, 1);
    } else if (braces_length(p->in)) {
        often = peek(p, 1) == '0' ? OPTIONAL : REPEATED;
        skip(p, braces_length(p->in));
    }
    if (often != ONCE && (peek(p, 0) == '?' || peek(p, 0) == '+'))
        skip(p, 1);
    return often;
}

/* "[:alpha:]" inside of a class. */
static size_t posix_class(str s)
{
    size_t n = 2;

    if (!str_starts(s, STR("[:")))
        return 0;
    while (n < s.n && (str_is_alpha(s.p[n]) || s.p[n] == '^'))
        n++;
    return str_starts(str_from(s, n), STR(":]")) ? n + 2 : 0;
}

/* [...]: answers its one member, or '\0' for more than one. */
static char take_class(struct parser *p)
{
    const char only = peek(p, 1) != '^' && peek(p, 1) != '\\' && peek(p, 1) != ']' && peek(p, 2) == ']' ? peek(p, 1) : '\0';

    skip(p, 1);
    if (peek(p, 0) == '^')
        skip(p, 1);
    if (peek(p, 0) == ']')
        skip(p, 1);
    while (p->in.n > 0 && peek(p, 0) != ']') {
        const size_t posix = posix_class(p->in);
        p->lost |= peek(p, 0) == '\\' && (peek(p, 1) == 'Q' || peek(p, 1) == 'E');
        skip(p, posix ? posix : peek(p, 0) == '\\' ? 2 : 1);
    }
    p->lost |= p->in.n == 0;
    skip(p, 1);
    return only;
}

/* (?:  (?i)  (?=  (?<name> ...: *looks for an assertion, *empty for a setting without a body. */
static void take_group_head(struct parser *p, bool *looks, bool *empty)
{
    *looks = *empty = false;
    skip(p, 1);
    p->lost |= peek(p, 0) == '*'; /* verbs, and look-arounds by name */
    if (!str_take_char(&p->in, '?'))
        return;
    p->lost |= p->in.n == 0 || !strchr(":>|=!<ism", p->in.p[0]) || (p->in.p[0] == '<' && peek(p, 1) == '*');
    if (peek(p, 0) == '=' || peek(p, 0) == '!' || (peek(p, 0) == '<' && (peek(p, 1) == '=' || peek(p, 1) == '!'))) {
        *looks = true;
        skip(p, peek(p, 0) == '<' ? 2 : 1);
        return;
    }
    while (p->in.n > 0 && peek(p, 0) != ':' && peek(p, 0) != '>' && peek(p, 0) != ')' && peek(p, 0) != '|') {
        p->lost |= peek(p, 0) == 'x'; /* blanks that do not count, or a name: be on the safe side */
        skip(p, 1);
    }
    *empty = peek(p, 0) == ')';
    if (!*empty)
        skip(p, 1);
}

static void take_group(struct parser *p, struct run *run, struct literals best[2])
{
    struct literals inner[2] = {{0}, {0}};
    bool looks, empty;

    take_group_head(p, &looks, &empty);
    if (!empty)
        parse_alternation(p, inner);
    p->lost |= !str_take_char(&p->in, ')');
    if (looks || empty) { /* nothing is consumed: the run goes on, unless the group is repeated */
        if (take_quantifier(p) != ONCE)
            end_run(run, best);
        return;
    }
    end_run(run, best);
    if (take_quantifier(p) == OPTIONAL)
        return;
    offer(best, &inner[0]);
    offer(best, &inner[1]);
}

static void take_literal(struct parser *p, char c, struct run *run, struct literals best[2])
{
    const enum often often = take_quantifier(p);

    if (often != OPTIONAL)
        add_to_run(run, c, best);
    if (often != ONCE)
        end_run(run, best);
}

static void take_anything(struct parser *p, struct run *run, struct literals best[2])
{
    end_run(run, best);
    take_quantifier(p);
}

static void take_escape(struct parser *p, struct run *run, struct literals best[2])
{
    const char c = peek(p, 1);

    skip(p, 2);
    p->lost |= c == 'Q' || c == 'E' || c == 'K';
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z')
        return; /* assertions */
    if (str_is_alpha(c) || str_is_digit(c)) {
        if ((c == 'x' || c == 'p' || c == 'P') && peek(p, 0) == '{') {
            const size_t end = str_find_char(p->in, '}');
            skip(p, end == STR_NONE ? p->in.n : end + 1);
        } else if (c == 'x') {
            skip(p, 2);
        }
        take_anything(p, run, best);
        return;
    }
    take_literal(p, c, run, best);
}

static void take_atom(struct parser *p, struct run *run, struct literals best[2])
{
    const char c = peek(p, 0);

    if (c == '\\') {
        take_escape(p, run, best);
    } else if (c == '(') {
        take_group(p, run, best);
    } else if (c == '[') {
        const char only = take_class(p);
        if (only)
            take_literal(p, only, run, best);
        else
            take_anything(p, run, best);
    } else if (c == '^' || c == '$') {
        skip(p, 1);
    } else if (c == '.') {
        skip(p, 1);
        take_anything(p, run, best);
    } else {
        skip(p, 1);
        take_literal(p, c, run, best);
    }
}

static void parse_branch(struct parser *p, struct literals out[2])
{
    struct run run = {.n = 0};

    out[0].count = out[1].count = 0;
    while (p->in.n > 0 && peek(p, 0) != '|' && peek(p, 0) != ')')
        take_atom(p, &run, out);
    end_run(&run, out);
}

static bool unite(struct literals *all, const struct literals *more)
{
    if (more->count == 0 || all->count + more->count > LITERAL_SET)
        return false;
    memcpy(all->text + all->count, more->text, more->count * sizeof *more->text);
    all->count += more->count;
    return true;
}

/* Skips what is too deep to be followed. */
static void skip_alternation(struct parser *p)
{
    for (int open = 0; p->in.n > 0 && (open > 0 || peek(p, 0) != ')');) {
        if (peek(p, 0) == '[') {
            take_class(p);
            continue;
        }
        open += peek(p, 0) == '(' ? 1 : peek(p, 0) == ')' ? -1 : 0;
        skip(p, peek(p, 0) == '\\' ? 2 : 1);
    }
}

/* One branch keeps its two sets; several are united by the better one of each. */
static void parse_alternation(struct parser *p, struct literals out[2])
{
    struct literals branch[2];
    bool all = true;

    out[0].count = out[1].count = 0;
    if (p->depth == DEPTH_MAX) {
        skip_alternation(p);
        return;
    }
    p->depth++;
    parse_branch(p, branch);
    if (peek(p, 0) != '|') {
        out[0] = branch[0];
        out[1] = branch[1];
    } else {
        all = unite(&out[0], &branch[0]);
        while (str_take_char(&p->in, '|')) {
            parse_branch(p, branch);
            all = all && unite(&out[0], &branch[0]);
        }
    }
    p->depth--;
    if (!all)
        out[0].count = 0;
}

void literals_required(str pattern, struct literals out[2])
{
    struct parser p = {.in = pattern};

    parse_alternation(&p, out);
    if (p.in.n > 0 || p.lost)
        out[0].count = out[1].count = 0;
}

bool literals_next_branch(str *in, str *branch)
{
    struct parser p = {.in = *in};
    int open = 0;

    if (in->n == 0)
        return false;
    while (p.in.n > 0 && (open > 0 || peek(&p, 0) != '|')) {
        if (peek(&p, 0) == '[') {
            take_class(&p);
            continue;
        }
        open += peek(&p, 0) == '(' ? 1 : peek(&p, 0) == ')' ? -1 : 0;
        skip(&p, peek(&p, 0) == '\\' ? 2 : 1);
    }
    *branch = str_to(*in, (size_t)(p.in.p - in->p));
    *in = str_from(p.in, 1);
    return true;
}
