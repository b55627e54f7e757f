/* Whatever order lines come in: no crash; at no moment is more taken back of a (message, recipient, outcome) than was
 * told; a committed and restored correlator holds as many messages as before. Six bytes of input are one line. */
#include "../unit/correlate_steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 4096 };

struct sum {
    uint64_t key;
    int weight;
};

struct sums {
    struct sum list[ROOM];
    size_t count;
};

static void add(void *self, const struct delivery *d)
{
    struct sums *s = self;
    const uint64_t key = hash64_int(hash64_int(hash64(d->queue_id, d->node_id), d->recipient_hash), (uint64_t)d->outcome);
    size_t i = 0;

    while (i < s->count && s->list[i].key != key)
        i++;
    if (i == s->count && s->count < ROOM)
        s->list[s->count++] = (struct sum){key, 0};
    else if (i == ROOM)
        return;
    s->list[i].weight += d->weight;
    if (s->list[i].weight < 0 || d->attempt < 0 || (d->flags & DELIVERY_FIRST_DEFERRAL && d->outcome != OUTCOME_DEFERRED))
        abort();
}

static struct step step_of(const uint8_t b[6], int *at_s)
{
    static const char *const ids[] = {"A", "B", "C", ""}, *const texts[] = {"ann", "bob", "", "eve"};
    const unsigned flags = b[4];

    *at_s += b[5] < 250 ? b[5] : (b[5] - 249) * DAYS(2); /* ten days pass now and then */
    return (struct step){
        .at_s = b[5] == 249 ? *at_s - 400 : *at_s,
        .kind = (enum log_kind)(b[0] % (LOG_RETURNED + 1)),
        .queue_id = ids[b[1] % 4],
        .next = b[1] & 64 ? ids[b[1] / 4 % 4] : "",
        .text = texts[b[2] % 4],
        .original = b[2] & 64 ? texts[b[2] / 4 % 4] : NULL,
        .status = (enum log_status)(b[3] % (STATUS_SUPPRESSED + 1)),
        .transport = (enum transport)(b[3] / 16 % (TRANSPORT_ERROR + 1)),
        .own = flags & 1, .hop = flags & 2, .smarthost = flags & 4, .inbound = flags & 8, .blocked = flags & 16,
        .suppressed = flags & 32, .suspended = flags & 64, .other_node = flags & 128,
    };
}

static struct correlator *begin(struct sums *sums)
{
    struct correlator *c = correlate_new(&(struct correlate_sink){add, sums});

    correlate_instance(c, STR("mx1"), THIS_NODE);
    correlate_instance(c, STR("mx1"), OTHER_NODE);
    return c;
}

static struct correlator *restart(struct correlator *c, struct keeper *keeper, struct sums *sums)
{
    const size_t open = correlate_open_count(c);
    size_t there = 0;

    commit(c, keeper);
    for (size_t i = 0; i < keeper->count; i++)
        if (keeper->messages[i].there)
            keeper->messages[there++] = keeper->messages[i];
    keeper->count = there;
    correlate_free(c);
    c = begin(sums);
    restore(c, keeper);
    if (there != open || correlate_open_count(c) != open)
        abort();
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keeper keeper;
    static struct sums sums;
    struct correlator *c = begin(&sums);
    int at_s = 0;

    sums.count = 0;
    keeper_clear(&keeper);
    for (size_t at = 0; at + 6 <= size && at < 1200; at += 6) {
        const struct step s = step_of(data + at, &at_s);
        feed(c, &s);
        if (data[at + 1] & 128)
            c = restart(c, &keeper, &sums);
    }
    correlate_free(c);
    return 0;
}
