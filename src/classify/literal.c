#include "classify/literal.h"

#include "classify/choices.h"
#include "classify/rarity.h"

enum { DEPTH_MAX = 16, CLASS_MAX = 4, BITS_MAX = 24, RARE_BITS = 9, COMMON_BITS = 1 };

/* A recursive descent through the expression. */
struct parser {
    str in;
    int depth;
    bool lost; /* something that is not understood: nothing can be said */
};

/* What is known of a piece of the expression. */
struct found {
    struct literals sets[2]; /* the two that tell most */
    struct choices whole;    /* all it can be; count 0: too much */
};

/* Texts that follow each other for certain, so far. */
struct run {
    struct choices now;
    bool whole; /* nothing of the branch stood before it */
};

static void parse_alternation(struct parser *p, struct found *out);

/* ---------------------------------------------------------------- sets */

static uint32_t share_of_bits(unsigned bits)
{
    return bits >= BITS_MAX ? 1 : UINT32_C(1) << (BITS_MAX - bits);
}

/* At most so many replies have one of them: the sum. */
static uint32_t share_of(const struct literals *set)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < set->count; i++)
        sum += set->text[i].share;
    return set->count ? sum : UINT32_MAX;
}

bool literals_are_rare(const struct literals *set)
{
    return share_of(set) <= share_of_bits(RARE_BITS);
}

bool literals_are_common(const struct literals *set)
{
    return share_of(set) >= share_of_bits(COMMON_BITS);
}

/* best: the two sets that tell most. */
static void offer(struct literals *best, const struct literals *set)
{
    if (set->count == 0)
        return;
    if (share_of(set) < share_of(&best[0])) {
        best[1] = best[0];
        best[0] = *set;
    } else if (share_of(set) < share_of(&best[1]))
        best[1] = *set;
}

/* Of a text longer than a literal may be, the piece that tells most. */
static struct literal most_telling(str text)
{
    unsigned char each[CHOICE_BYTES];
    struct literal best = {.n = 0};
    unsigned sum = 0, most = 0;
    size_t end = 0;

    rarity_of_bytes(text, each);
    for (size_t i = 0; i < text.n; i++) {
        sum += each[i];
        sum -= i >= LITERAL_BYTES ? each[i - LITERAL_BYTES] : 0;
        if (sum > most) {
            most = sum;
            end = i + 1;
        }
    }
    best.n = (unsigned char)(end < LITERAL_BYTES ? end : LITERAL_BYTES);
    if (end)
        memcpy(best.p, text.p + end - best.n, best.n);
    best.share = share_of_bits(most / 4);
    for (size_t i = 0; i < best.n; i++)
        best.bytes |= UINT64_C(1) << ((unsigned char)best.p[i] % 64);
    return best;
}

static bool stands_in(const struct literal *a, const struct literal *b)
{
    return a->n <= b->n && (a->bytes & ~b->bytes) == 0 && str_find((str){b->p, b->n}, (str){a->p, a->n}) != STR_NONE;
}

/* Where one text stands in another, looking for the shorter does for both. */
static bool add_literal(struct literals *set, const struct literal *more)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++)
        if (stands_in(&set->text[i], more))
            return true;
    for (size_t i = 0; i < set->count; i++)
        if (!stands_in(more, &set->text[i]))
            set->text[kept++] = set->text[i];
    set->count = kept;
    if (kept == LITERAL_SET)
        return false;
    set->text[set->count++] = *more;
    return true;
}

static void offer_run(struct run *run, struct literals *best)
{
    struct literals set = {.count = 0};
    struct literal piece;

    for (size_t i = 0; i < run->now.count; i++) {
        piece = most_telling((str){run->now.of[i].p, run->now.of[i].n});
        if (piece.n < LITERAL_MIN)
            return;
        add_literal(&set, &piece);
    }
    offer(best, &set);
}

static void end_run(struct run *run, struct literals *best)
{
    offer_run(run, best);
    choices_set(&run->now, STR(""));
    run->whole = false;
}

/* ---------------------------------------------------------------- pieces */

static void skip(struct parser *p, size_t n)
{
    p->in = str_from(p->in, n);
}

static char peek(const struct parser *p, size_t i)
{
    return i < p->in.n ? p->in.p[i] : '\0';
}

enum often { ONCE, MAYBE, REPEATED, ANY };

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

    if (c == '*' || c == '?' || c == '+') {
        often = c == '*' ? ANY : c == '?' ? MAYBE : REPEATED;
        skip(p, 1);
    } else if (braces_length(p->in)) {
        often = peek(p, 1) == '0' ? ANY : REPEATED;
        skip(p, braces_length(p->in));
    }
    if (often != ONCE && (peek(p, 0) == '?' || peek(p, 0) == '+'))
        skip(p, 1);
    return often;
}

/* The run goes on with one of these; where that makes too many, it begins anew. */
static void follow(struct run *run, const struct choices *next, struct literals *best)
{
    if (choices_follow(&run->now, next))
        return;
    end_run(run, best);
    choices_follow(&run->now, next);
}

/* A piece whose texts are all known, and the mark of repetition behind it. */
static void take_choices(struct parser *p, struct choices *piece, struct run *run, struct literals *best)
{
    const enum often often = take_quantifier(p);

    if (often == ANY || (often == MAYBE && !choices_add(piece, STR("")))) {
        end_run(run, best);
        return;
    }
    follow(run, piece, best);
    if (often != REPEATED)
        return;
    end_run(run, best); /* what follows, follows the last of them */
    choices_follow(&run->now, piece);
}

static void take_literal(struct parser *p, str text, struct run *run, struct literals *best)
{
    struct choices one;

    choices_set(&one, text);
    take_choices(p, &one, run, best);
}

static void take_anything(struct parser *p, struct run *run, struct literals *best)
{
    end_run(run, best);
    take_quantifier(p);
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

/* Some plain ASCII characters, each written as itself: "[- ]", "[sz]". */
static bool take_members(struct parser *p, struct choices *members)
{
    const size_t end = str_find_char(p->in, ']');
    const str in = end == STR_NONE ? STR("") : str_from(str_to(p->in, end), 1);

    members->count = 0;
    if (in.n == 0 || in.n > CLASS_MAX || in.p[0] == '^')
        return false;
    for (size_t i = 0; i < in.n; i++)
        if (strchr("\\[", in.p[i]) || (unsigned char)in.p[i] >= 0x80 || (in.p[i] == '-' && i > 0 && i + 1 < in.n) ||
            !choices_add(members, (str){in.p + i, 1}))
            return false;
    skip(p, end + 1);
    return true;
}

static void skip_class(struct parser *p)
{
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
}

static void take_class(struct parser *p, struct run *run, struct literals *best)
{
    struct choices members;

    if (take_members(p, &members)) {
        take_choices(p, &members, run, best);
        return;
    }
    skip_class(p);
    take_anything(p, run, best);
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

/* Nothing is consumed: the run goes on, unless there is more to it. */
static void take_assertion(struct parser *p, struct run *run, struct literals *best)
{
    if (take_quantifier(p) != ONCE)
        end_run(run, best);
}

static void take_group(struct parser *p, struct run *run, struct literals *best)
{
    struct found inner = {.whole = {.count = 0}};
    enum often often;
    bool looks, empty;

    take_group_head(p, &looks, &empty);
    if (!empty)
        parse_alternation(p, &inner);
    p->lost |= !str_take_char(&p->in, ')');
    if (looks || empty) {
        take_assertion(p, run, best);
        return;
    }
    if (inner.whole.count) {
        take_choices(p, &inner.whole, run, best);
        return;
    }
    end_run(run, best);
    often = take_quantifier(p);
    if (often == MAYBE || often == ANY)
        return;
    offer(best, &inner.sets[0]);
    offer(best, &inner.sets[1]);
}

static void take_escape(struct parser *p, struct run *run, struct literals *best)
{
    const str text = str_to(str_from(p->in, 1), 1);
    const char c = peek(p, 1);

    skip(p, 2);
    p->lost |= c == 'Q' || c == 'E' || c == 'K';
    if (c && strchr("bBAzZ", c)) {
        take_assertion(p, run, best);
        return;
    }
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
    take_literal(p, text, run, best);
}

/* A character: its bytes are repeated or left out together. */
static size_t character_length(str s)
{
    size_t n = 1;

    while ((unsigned char)s.p[0] >= 0xc0 && n < s.n && n < 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void take_atom(struct parser *p, struct run *run, struct literals *best)
{
    const char c = peek(p, 0);
    const str text = str_to(p->in, character_length(p->in));

    if (c == '\\') {
        take_escape(p, run, best);
    } else if (c == '(') {
        take_group(p, run, best);
    } else if (c == '[') {
        take_class(p, run, best);
    } else if (c == '^' || c == '$') {
        skip(p, 1);
        take_assertion(p, run, best);
    } else if (c == '.') {
        skip(p, 1);
        take_anything(p, run, best);
    } else {
        skip(p, text.n);
        take_literal(p, text, run, best);
    }
}

static void parse_branch(struct parser *p, struct found *out)
{
    struct run run = {.whole = true};

    out->sets[0].count = out->sets[1].count = out->whole.count = 0;
    choices_set(&run.now, STR(""));
    while (p->in.n > 0 && peek(p, 0) != '|' && peek(p, 0) != ')')
        take_atom(p, &run, out->sets);
    offer_run(&run, out->sets);
    if (run.whole)
        out->whole = run.now;
}

/* ---------------------------------------------------------------- alternatives */

static void unite(struct literals *all, const struct literals *more)
{
    if (more->count == 0)
        all->count = 0;
    for (size_t i = 0; i < more->count && all->count > 0; i++)
        if (!add_literal(all, &more->text[i]))
            all->count = 0;
}

static void unite_found(struct found *all, const struct found *more)
{
    unite(&all->sets[0], &more->sets[0]);
    unite(&all->sets[1], &more->sets[1]);
    if (all->whole.count == 0 || more->whole.count == 0 || !choices_unite(&all->whole, &more->whole))
        all->whole.count = 0;
}

/* Skips what is too deep to be followed. */
static void skip_alternation(struct parser *p)
{
    for (int open = 0; p->in.n > 0 && (open > 0 || peek(p, 0) != ')');) {
        if (peek(p, 0) == '[') {
            skip_class(p);
            continue;
        }
        open += peek(p, 0) == '(' ? 1 : peek(p, 0) == ')' ? -1 : 0;
        skip(p, peek(p, 0) == '\\' ? 2 : 1);
    }
}

/* Of each set of each branch one text stands: so one does of their union. */
static void parse_alternation(struct parser *p, struct found *out)
{
    struct found branch;

    out->sets[0].count = out->sets[1].count = out->whole.count = 0;
    if (p->depth == DEPTH_MAX) {
        skip_alternation(p);
        return;
    }
    p->depth++;
    parse_branch(p, out);
    while (str_take_char(&p->in, '|')) {
        parse_branch(p, &branch);
        unite_found(out, &branch);
    }
    p->depth--;
}

void literals_required(str pattern, struct literals out[2])
{
    struct parser p = {.in = pattern};
    struct found found;

    parse_alternation(&p, &found);
    if (p.in.n > 0 || p.lost)
        found.sets[0].count = found.sets[1].count = 0;
    out[0] = found.sets[0];
    out[1] = found.sets[1];
}

/* What stands before the next c of the outermost level; all, where there is none. */
static str before(str in, char c)
{
    struct parser p = {.in = in};
    int open = 0;

    while (p.in.n > 0 && (open > 0 || peek(&p, 0) != c)) {
        if (peek(&p, 0) == '[') {
            skip_class(&p);
            continue;
        }
        open += peek(&p, 0) == '(' ? 1 : peek(&p, 0) == ')' ? -1 : 0;
        skip(&p, peek(&p, 0) == '\\' ? 2 : 1);
    }
    return str_to(in, (size_t)(p.in.p - in.p));
}

bool literals_next_branch(str *in, str *branch)
{
    if (in->n == 0)
        return false;
    *branch = before(*in, '|');
    *in = str_from(*in, branch->n + 1);
    return true;
}

bool literals_framed(str branch, struct literals_frame *out)
{
    str rest = branch;

    while (str_take(&rest, STR("\\b")) || str_take(&rest, STR("^")))
        ;
    out->head = str_to(branch, branch.n - rest.n);
    if (!str_take_char(&rest, '(') || (!str_take(&rest, STR("?:")) && rest.n && strchr("?*", rest.p[0])))
        return false;
    out->body = before(rest, ')');
    out->tail = str_from(rest, out->body.n + 1);
    return rest.n > out->body.n && (out->tail.n == 0 || str_eq(out->tail, STR("\\b")) || str_eq(out->tail, STR("$")));
}
