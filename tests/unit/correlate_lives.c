/*
 * Short stories told line by line, and what must come of them: one line a delivery,
 *     [-]RECIPIENT OUTCOME DIRECTION ATTEMPT FLAGS     - taken back (weight -1)
 * a attempt, f first row, d first deferral, b first blocked, F final, 1 delivered at the first try,
 * p its message began before the log, w rewritten; then what stays open, as QUEUE-ID(recipient ...).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "correlate_steps.h"

#define STEPS(...) (const struct step[]){__VA_ARGS__}, COUNT(((const struct step[]){__VA_ARGS__}))

static const struct {
    const char *name;
    const struct step *steps;
    size_t count;
    const char *want, *open;
} stories[] = {
    {"delivered at once",
     STEPS(OWN(0, "A"), ID(0, "A", "m1"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", SENT), REMOVED(1, "A")),
     "ann D s 1 afF1\n", ""},
    {"not removed yet",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", SENT)), "ann D s 1 afF1\n", "A()"},
    {"deferred twice, then delivered",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), TRY(300, "A", "ann", DEFERRED),
           TRY(900, "A", "ann", SENT), REMOVED(900, "A")),
     "ann Q s 1 afd\nann Q s 2 a\nann D s 3 aF\n", ""},
    {"deferred and waiting",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED)), "ann Q s 1 afd\n", "A(ann)"},
    {"two recipients, two ends",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", SENT), TRY(1, "A", "bob", BOUNCED),
           REMOVED(2, "A")),
     "ann D s 1 afF1\nbob F s 1 afF\n", ""},
    {"blocked is counted once",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .blocked = true),
           TRY(300, "A", "ann", DEFERRED, .blocked = true), TRY(900, "A", "ann", BOUNCED, .blocked = true),
           REMOVED(900, "A")),
     "ann Q s 1 afdb\nann Q s 2 a\nann F s 3 aF\n", ""},
    {"the queue gives up",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), TRY(1, "A", "bob", DEFERRED),
           TRY(300, "A", "bob", SENT), EXPIRED(DAYS(5), "A"), REMOVED(DAYS(5), "A")),
     "ann Q s 1 afd\nbob Q s 1 afd\nbob D s 2 aF\nann X s 1 F\n", ""},
    {"expired on the recipient's own line is no attempt",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED),
           TRY(DAYS(5), "A", "ann", EXPIRED), REMOVED(DAYS(5), "A")),
     "ann Q s 1 afd\nann X s 1 F\n", ""},
    {"removed by hand with a recipient open",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), REMOVED(60, "A")),
     "ann Q s 1 afd\nann L s 1 F\n", ""},
    {"began before the log",
     STEPS(TRY(1, "A", "ann", DEFERRED), TRY(300, "A", "ann", SENT), REMOVED(300, "A")),
     "ann Q s 1 afdp\nann D s 2 aFp\n", ""},
    {"message-id before client is one message",
     STEPS(ID(0, "A", "m1"), OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", SENT), REMOVED(1, "A")),
     "ann D s 1 afF1\n", ""},
    {"queue id used again: a client line",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(600, "A"),
           FROM(600, "A", "news@a.example"), TRY(601, "A", "bob", SENT), REMOVED(601, "A")),
     "ann Q s 1 afd\nann L s 1 F\nbob D s 1 afF1\n", ""},
    {"queue id used again: a message-id line",
     STEPS(ID(0, "A", "m1"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), ID(600, "A", "m2"),
           FROM(600, "A", "news@a.example"), TRY(601, "A", "ann", SENT), REMOVED(601, "A")),
     "ann Q s 1 afd\nann L s 1 F\nann D s 1 afF1\n", ""},
    {"expired, but an older log names the recipients: kept closed until the id is used again",
     STEPS(EXPIRED(0, "A"), REMOVED(0, "A")), "", "A()"},
    {"queue id used again after such a closing",
     STEPS(EXPIRED(0, "A"), REMOVED(0, "A"), OWN(600, "A"), FROM(600, "A", "news@a.example"),
           TRY(601, "A", "ann", SENT), REMOVED(601, "A")),
     "ann D s 1 afF1\n", ""},
    {"another instance of the host delivers it",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .other_node = true),
           TRY(300, "A", "ann", SENT, .other_node = true), REMOVED(300, "A")),
     "ann Q s 1 afd\nann D s 2 aF\n", ""},
    {"own bounce is a notification",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", BOUNCED), ID(1, "N", "m2"),
           NOTIFIED(1, "A", "N"), FROM(1, "N", ""), REMOVED(1, "A"), TRY(2, "N", "news", DEFERRED),
           TRY(300, "N", "news", SENT), REMOVED(300, "N")),
     "ann F s 1 afF\nnews Q n 1 afd\nnews D n 2 aF\n", ""},
    {"null sender from our own client is a notification",
     STEPS(OWN(0, "A"), FROM(0, "A", ""), TRY(1, "A", "ann", SENT), REMOVED(1, "A")), "ann D n 1 afF1\n", ""},
    {"an alias sends it on",
     STEPS(FOREIGN(0, "A"), FROM(0, "A", "bob@b.example"), TRY(1, "A", "ann", SENT, .original = "info"),
           REMOVED(1, "A")),
     "ann D f 1 afF1w\n", ""},
    {"an alias of our own submission stays a submission",
     STEPS(OWN(0, "A"), FROM(0, "A", "bob@a.example"), TRY(1, "A", "ann", SENT, .original = "team"), REMOVED(1, "A")),
     "ann D s 1 afF1w\n", ""},
    {"local(8) forwards under a new id",
     STEPS(FOREIGN(0, "A"), FROM(0, "A", "bob@b.example"),
           TRY(1, "A", "info", SENT, .transport = TRANSPORT_LOCAL, .next = "B"), REMOVED(1, "A"),
           FROM(1, "B", "bob@b.example"), TRY(2, "B", "ann", SENT), REMOVED(2, "B")),
     "info D i 1 afF1\nann D f 1 afF1\n", ""},
    {"a mailbox here is inbound",
     STEPS(FOREIGN(0, "A"), FROM(0, "A", "bob@b.example"), TRY(1, "A", "ann", SENT, .transport = TRANSPORT_LOCAL),
           REMOVED(1, "A")),
     "ann D i 1 afF1\n", ""},
    {"a configured domain is inbound",
     STEPS(FOREIGN(0, "A"), FROM(0, "A", "bob@b.example"), TRY(1, "A", "ann", SENT, .inbound = true), REMOVED(1, "A")),
     "ann D i 1 afF1\n", ""},
    {"to an own relay: a hop",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .hop = true),
           TRY(300, "A", "ann", SENT, .hop = true), REMOVED(300, "A")),
     "ann Q h 1 afd\nann D h 2 aF\n", ""},
    {"expired on the way to an own relay: the mail failed, counted here first",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .hop = true),
           EXPIRED(DAYS(5), "A"), REMOVED(DAYS(5), "A")),
     "ann Q h 1 afd\nann X s 1 fF\n", ""},
    {"refused by an own relay after a deferral: counted here first",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .hop = true),
           TRY(300, "A", "ann", BOUNCED, .hop = true), REMOVED(300, "A")),
     "ann Q h 1 afd\nann F s 2 afF\n", ""},
    {"our own list refuses: outside of the rates",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", BOUNCED, .suppressed = true),
           TRY(1, "A", "bob", SUPPRESSED), REMOVED(1, "A")),
     "ann S s 0 F\nbob S s 0 F\n", ""},
    {"our own list refuses what was counted: a failure",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED),
           TRY(300, "A", "ann", BOUNCED, .suppressed = true), REMOVED(300, "A")),
     "ann Q s 1 afd\nann F s 2 aF\n", ""},
    {"error(8) never left: outside of the rates",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", BOUNCED, .transport = TRANSPORT_ERROR),
           REMOVED(1, "A")),
     "ann E s 0 F\n", ""},
    {"error(8) after a deferral: a failure",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED),
           TRY(300, "A", "ann", BOUNCED, .transport = TRANSPORT_ERROR), REMOVED(300, "A")),
     "ann Q s 1 afd\nann F s 2 aF\n", ""},
    {"a smarthost took it",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", SENT, .smarthost = true), REMOVED(1, "A")),
     "ann H s 1 afF\n", ""},
    {"suspended: told again, not tried",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED, .suspended = true),
           TRY(300, "A", "ann", SENT), REMOVED(300, "A")),
     "ann Q s 0 fd\nann D s 1 aF\n", ""},
    {"a probe is outside of everything",
     STEPS(FROM(0, "A", "probe@a.example"), TRY(1, "A", "ann", BOUNCED, .probe = true), REMOVED(1, "A")), "", ""},
    {"refused at the door, without an id",
     STEPS(REJECTED(0, "", "ann")), "ann R i 0 F\n", ""},
    {"a milter refuses the whole message: its id is closed",
     STEPS(FOREIGN(0, "A"), ID(0, "A", "m1"), REJECTED(1, "A", "ann")), "ann R i 0 F\n", ""},
    {"what is in the queue is not closed by a refusal",
     STEPS(FOREIGN(0, "A"), FROM(0, "A", "bob@b.example"), TRY(1, "A", "ann", DEFERRED), REJECTED(2, "A", "eve")),
     "ann Q s 1 afd\neve R i 0 F\n", "A(ann)"},
    {"our own list refuses at the door",
     STEPS(REJECTED(0, "", "ann", .suppressed = true)), "ann S s 0 F\n", ""},
    {"lost after ten silent days, with what came meanwhile",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(DAYS(11), "B"), PASSES),
     "ann Q s 1 afd\nann L s 1 F\n", "A(ann) B()"},
    {"nine silent days are nothing",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(DAYS(9), "B"), PASSES),
     "ann Q s 1 afd\n", "A(ann) B()"},
    {"lost and found again",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(DAYS(11), "B"), PASSES,
           TRY(DAYS(12), "A", "ann", SENT), REMOVED(DAYS(12), "A"), REMOVED(DAYS(12), "B")),
     "ann Q s 1 afd\nann L s 1 F\n-ann L s 1 F\nann D s 2 aF\n", ""},
    {"lost is told once",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(DAYS(11), "B"), PASSES,
           PASSES, REMOVED(DAYS(12), "A")),
     "ann Q s 1 afd\nann L s 1 F\n", "B()"},
    {"forgotten after forty",
     STEPS(OWN(0, "A"), FROM(0, "A", "news@a.example"), TRY(1, "A", "ann", DEFERRED), OWN(DAYS(41), "B"), PASSES),
     "ann Q s 1 afd\nann L s 1 F\n", "B()"},
};

static const char *flags_text(int16_t flags, char out[16])
{
    static const char letters[] = {'a', 'f', 'd', 'b', 'F', '1', 'p', '?', 'w'};
    size_t n = 0;

    for (size_t i = 0; i < sizeof letters; i++)
        if (flags >> i & 1)
            out[n++] = letters[i];
    out[n] = '\0';
    return out;
}

static void write_down(void *self, const struct delivery *d)
{
    char flags[16];

    assert_int_equal(d->node_id, THIS_NODE);
    note(self, "%s%.*s %c %c %d %s\n", d->weight < 0 ? "-" : "", STR_ARG(d->address), d->outcome, d->direction,
         d->attempt, flags_text(d->flags, flags));
}

static int by_queue_id(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    return x->there != y->there ? y->there - x->there : memcmp(x->open.queue_id, y->open.queue_id, QUEUE_ID_MAX);
}

static void write_open(struct keeper *k, struct buf *out)
{
    qsort(k->messages, k->count, sizeof *k->messages, by_queue_id);
    for (size_t i = 0; i < k->count && k->messages[i].there; i++) {
        const struct kept *m = &k->messages[i];
        note(out, "%s%.*s(", i ? " " : "", m->open.queue_id_n, m->open.queue_id);
        for (size_t j = 0; j < m->count; j++)
            note(out, "%s%s", j ? " " : "", m->recipients[j].address);
        note(out, ")");
    }
}

static struct correlator *start(struct buf *told)
{
    struct correlator *c = correlate_new(&(struct correlate_sink){write_down, told});

    correlate_instance(c, STR("mx1"), THIS_NODE);
    correlate_instance(c, STR("mx1"), OTHER_NODE);
    return c;
}

/* The run ends after `cut` steps, and another one goes on from what was committed. */
static void run_story(size_t i, size_t cut)
{
    static struct keeper keeper;
    struct buf told = {0}, open = {0};
    struct correlator *c = start(&told);

    keeper_clear(&keeper);
    for (size_t at = 0; at < stories[i].count; at++) {
        if (at == cut) {
            commit(c, &keeper);
            correlate_free(c);
            c = start(&told);
            restore(c, &keeper);
        }
        feed(c, &stories[i].steps[at]);
    }
    commit(c, &keeper);
    write_open(&keeper, &open);
    buf_add(&told, (str){"", 1});
    buf_add(&open, (str){"", 1});
    if (strcmp(told.p, stories[i].want) != 0 || strcmp(open.p, stories[i].open) != 0)
        fail_msg("%s, interrupted after %zu:\n%s[%s] instead of\n%s[%s]", stories[i].name, cut, told.p, open.p,
                 stories[i].want, stories[i].open);
    size_t there = 0;
    for (size_t k = 0; k < keeper.count; k++)
        there += keeper.messages[k].there;
    assert_int_equal(correlate_open_count(c), there);
    correlate_free(c);
    buf_free(&told);
    buf_free(&open);
}

static void stories_end_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++)
        run_story(i, SIZE_MAX);
}

static void interrupted_stories_end_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++)
        for (size_t cut = 1; cut < stories[i].count; cut++)
            run_story(i, cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_end_well),
        cmocka_unit_test(interrupted_stories_end_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
