/*
 * How fast replies are classified: classify_bench FILE (reply texts, one a line; or the labelled table, column 2)
 *
 *   1. the shipped rules over the texts: prefilter + confirm against each rule in turn (PCRE2 JIT), same answers
 *   2. the whole way, wrappers and masks included: with the memo, and texts all different
 *   3. synthetic rule sets of 400 and of 4,000 rules over the same texts
 *
 * Prints texts a CPU second, medians of rounds (and the least and the largest ratio of them), and exits 1 where an answer
 * differs, 1 is below 30 x or 4,000 rules take more than 2 x of 400.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "classify/classify.h"
#include "classify/fold.h"
#include "classify/mask.h"
#include "classify/reply.h"
#include "classify/ruleset.h"

enum { ROUNDS = 9 };

struct texts {
    struct subject *subjects;
    str *raw;
    size_t count;
};

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *bytes;

    if (!f) {
        perror(path);
        exit(2);
    }
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    bytes = mem_alloc(*size + 1);
    *size = fread(bytes, 1, *size, f);
    fclose(f);
    return bytes;
}

static void add_text(struct texts *t, str text, struct arena *arena)
{
    struct buf masked = {0}, folded = {0};
    struct masked lifted;
    struct reply reply;

    reply_read(text, false, arena, &reply);
    mask_text(reply.text, STR(""), &masked, &lifted);
    fold_text(buf_str(&masked), &folded);
    t->raw[t->count] = text;
    t->subjects[t->count++] = (struct subject){.text = arena_str(arena, buf_str(&folded)),
                                               .code = reply.code,
                                               .status = reply.enhanced_status,
                                               .phase = reply.phase,
                                               .provider = STR("")};
    buf_free(&masked);
    buf_free(&folded);
}

static void read_texts(struct texts *t, str in, struct arena *arena)
{
    str line, column;

    t->raw = mem_zero(in.n / 2 + 1, sizeof *t->raw);
    t->subjects = mem_zero(in.n / 2 + 1, sizeof *t->subjects);
    while (str_take_line(&in, &line)) {
        str_take_until(&line, '\t', &column);
        if (str_take_until(&line, '\t', &column))
            line = column;
        if (line.n > 0)
            add_text(t, line, arena);
    }
}

typedef const struct rule *match_rules(struct ruleset *set, const struct subject *subject);

static double texts_per_second(struct ruleset *set, const struct texts *t, match_rules *match, const struct rule **winners)
{
    const int64_t start = clock_cpu_us();
    size_t done = 0;

    do {
        for (size_t i = 0; i < t->count; i++)
            winners[i] = match(set, &t->subjects[i]);
        done += t->count;
    } while (clock_cpu_us() - start < CLOCK_SECOND / 4);
    return (double)done * 1e6 / (double)(clock_cpu_us() - start);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

/* In rounds, one after the other: what else the machine does slows both. */
static bool bench_match(const char *name, struct ruleset *set, const struct texts *t, double *fast)
{
    const struct rule **a = mem_zero(t->count, sizeof *a), **b = mem_zero(t->count, sizeof *b);
    const struct rule *const *rules;
    double quick[ROUNDS], slow[ROUNDS], times[ROUNDS], ratio;
    bool same;

    for (int i = 0; i < ROUNDS; i++) {
        quick[i] = texts_per_second(set, t, ruleset_match, a);
        slow[i] = texts_per_second(set, t, ruleset_match_sequential, b);
        times[i] = quick[i] / slow[i];
    }
    *fast = median(quick);
    ratio = median(times);
    same = memcmp(a, b, t->count * sizeof *a) == 0;
    printf("%-10s %5zu rules (%zu always tried)  prefilter %9.0f/s  in turn %7.0f/s  %6.1f x (%.1f to %.1f)  answers %s\n", name,
           ruleset_rules(set, &rules), ruleset_always_tried(set), *fast, median(slow), ratio, times[0], times[ROUNDS - 1],
           same ? "identical" : "DIFFER");
    free(a);
    free(b);
    return same && ratio >= 30;
}

static void bench_whole(struct classifier *c, const struct texts *t)
{
    struct verdict v;

    for (int distinct = 0; distinct < 2; distinct++) {
        const int64_t start = clock_cpu_us();
        size_t done = 0;
        char tail[64];
        struct buf text = {0};

        while (clock_cpu_us() - start < CLOCK_SECOND)
            for (size_t i = 0; i < t->count; i++, done++) {
                uint64_t n = hash64_int(done, i);
                size_t k = 0;

                buf_clear(&text);
                buf_add(&text, t->raw[i]);
                for (tail[k++] = ' '; distinct && k < 12; n /= 26)
                    tail[k++] = (char)('a' + n % 26);
                buf_add(&text, (str){tail, k});
                classify_text(c, &(struct classify_input){.text = buf_str(&text)}, &v);
            }
        printf("whole way, %-28s %9.0f/s\n", distinct ? "every text a new signature" : "from the memo",
               (double)done * 1e6 / (double)(clock_cpu_us() - start));
        buf_free(&text);
    }
}

/* Rules as people write them: two words of a made-up language with a gap between. */
static void add_word(struct buf *file, uint64_t n)
{
    static const char *const syllables[] = {"ma", "il", "bo", "re", "ject", "ser", "un", "kno", "wn", "qu", "ota", "ex",
                                            "ceed", "lis", "ted", "spa"};
    for (int i = 0; i < 4; i++, n /= 16)
        buf_add(file, str_of(syllables[n % 16]));
}

static struct ruleset *synthetic(size_t rules)
{
    struct ruleset *set = ruleset_new();
    struct buf file = {0};
    struct err err = {0};

    for (size_t i = 0; i < rules; i++) {
        buf_printf(&file, "rule r%zu\n category virus\n text \\b", i);
        add_word(&file, hash64_int(1, i));
        buf_add(&file, STR("\\b.{0,30}\\b("));
        add_word(&file, hash64_int(2, i));
        buf_add_char(&file, '|');
        add_word(&file, hash64_int(3, i));
        buf_add(&file, STR(")\n"));
    }
    if (!ruleset_read(set, STR("synthetic"), buf_str(&file), false, &err) || !ruleset_finish(set, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    buf_free(&file);
    return set;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct arena *arena = arena_new();
    struct classifier *c = classifier_new(NULL, &err);
    struct texts t = {0};
    size_t size = 0;
    double shipped, small, large;
    bool fine;
    char *bytes;
    struct ruleset *few = synthetic(400), *many = synthetic(4000);

    if (argc != 2) {
        fprintf(stderr, "usage: classify_bench FILE\n");
        return 2;
    }
    bytes = read_file(argv[1], &size);
    read_texts(&t, (str){bytes, size}, arena);
    printf("%zu texts\n", t.count);
    fine = bench_match("shipped", classifier_rules(c), &t, &shipped);
    bench_whole(c, &t);
    fine &= bench_match("synthetic", few, &t, &small);
    fine &= bench_match("synthetic", many, &t, &large);
    printf("4,000 rules take %.2f x the time of 400\n", small / large);
    fine &= small <= 2 * large;
    ruleset_free(few);
    ruleset_free(many);
    classifier_free(c);
    arena_free(arena);
    free(t.raw);
    free(t.subjects);
    free(bytes);
    printf("%s\n", fine ? "fine" : "NOT reached");
    return !fine;
}
