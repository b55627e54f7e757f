/* Returned mail: each mail once, its items classified and kept until they are joined to the attempt they speak of. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "model/address.h"
#include "pipeline_parts.h"
#include "store/returned_store.h"

enum { MAILS_A_COMMIT = 500, ALTERNATE_BLOCK = 1 << 20, TRIES_IN_HAND = 3 };

struct mail_run {
    struct pipeline *p;
    struct returned_store *store;
    uint64_t input_id;      /* of the input being read */
    bool open;              /* a transaction is under way */
    bool one_by_one;        /* a run died in this batch: each mail is taken in hand and committed by itself */
    uint64_t hand_id, hand_offset; /* how the batch is marked as in hand */
    size_t pending;
    struct pipeline_summary counted;
};

static char kind_code(enum returned_kind kind)
{
    static const char codes[] = "obdcaso";

    return codes[kind];
}

/* When it came back: what the receiving side of our own house stamped, else what the report says. */
static int64_t when(const struct pipeline *p, const struct returned *mail, const struct returned_item *item)
{
    const int64_t latest = p->settings.now_us + CLOCK_DAY;

    if (mail->date_us != CLOCK_NONE && mail->date_us > 0 && mail->date_us < latest)
        return mail->date_us;
    if (item->occurred_at_us != CLOCK_NONE && item->occurred_at_us > 0 && item->occurred_at_us < latest)
        return item->occurred_at_us;
    return p->settings.now_us;
}

static void classify_item(struct pipeline *p, const struct returned_item *item, str address, struct verdict *v)
{
    const struct provider *who =
        provider_of(classifier_providers(p->classifier), returned_mta_host(item->remote_mta), address_domain(address));
    const struct classify_input in = {
        .text = scrub_rewritten(p->arena, scrub_rewritten(p->arena, item->diagnostic, address), item->original_recipient),
        .reply_code = item->reply_code,
        .enhanced_status = item->enhanced_status,
        .phase = item->phase,
        .provider = who->id,
        .recipient = address,
        .expired = returned_gave_up(item),
    };

    classify_text(p->classifier, &in, v);
}

/* Whom the bounce address that this mail came to was made for; "" when it proves nothing. */
static str proven_by(struct pipeline *p, const struct returned *mail, const struct returned_item *item)
{
    const str named[] = {item->original_recipient, item->recipient};
    str proven = {"", 0};

    for (size_t i = 0; i < 2; i++)
        if (token_read(&p->settings.tokens, mail->mail_to, named[i], p->settings.now_us, p->arena, &proven) == TOKEN_GOOD)
            return proven;
    return (str){"", 0};
}

/* What the report says, without whom it says it of: the final recipient, the one first given, the one we mailed. */
static str without_recipients(struct pipeline *p, const struct returned_item *item, str address)
{
    str text = scrub(p->arena, item->diagnostic, address);

    text = scrub(p->arena, text, item->original_recipient);
    return address.n && !address_is_keyed() ? scrub(p->arena, text, item->recipient) : scrub_all(p->arena, text);
}

static struct returned_row row_of(struct mail_run *run, const struct returned *mail, const struct returned_item *item,
                                  str address, size_t block, uint64_t offset)
{
    struct pipeline *p = run->p;
    const str domain = address_domain(address);
    struct returned_row row = {
        .recipient_hash = address.n ? address_hash(address, p->seed) : 0,
        .digest = mail->digest,
        .block = (int)block,
        .input_id = run->input_id,
        .input_offset = offset,
        .occurred_at_us = when(p, mail, item),
        .kind = kind_code(item->kind),
        .state = item->kind == RETURNED_BOUNCE || item->kind == RETURNED_COMPLAINT ? 'w' : 'n',
        .action = item->action,
        .reply_code = item->reply_code,
        .enhanced_status = item->enhanced_status,
        .message_id_hash = message_id_hash(mail->message_id),
        .queue_id = str_to(mail->queue_id, 64),
        .domain_id = name_id(NAME_DOMAIN, domain),
        .category = item->category,
        .feedback_type = item->feedback_type,
        .reporting_mta = item->reporting_mta,
        .remote_mta = item->remote_mta,
        .decoded_by = str_of(mail->decoded_by),
        .diagnostic = without_recipients(p, item, address),
    };
    const str host = returned_mta_host(item->remote_mta);
    row.provider_id = resolve_provider(p, host, name_id(NAME_REMOTE_HOST, host), domain, row.domain_id);
    const struct stream *s = streams_of(p->streams, STR(""), mail->envelope_sender, STR(""), STR(""));
    row.stream_id = s->id;
    if (p->writer) {
        names_add(writer_names(p->writer), NAME_DOMAIN, row.domain_id, domain);
        names_add_stream(writer_names(p->writer), s->id, s->name, s->kind);
    }
    return row;
}

static void add_item(struct mail_run *run, const struct returned *mail, const struct returned_item *item, size_t block,
                     uint64_t offset)
{
    struct pipeline *p = run->p;
    const str proven = proven_by(p, mail, item);
    const str address = item->recipient.n ? item->recipient : proven;
    struct returned_row row = row_of(run, mail, item, address, block, offset);
    struct verdict v;

    if (str_is_set(proven))
        row.diagnostic = scrub(p->arena, row.diagnostic, proven);
    row.evidence = str_is_set(proven) && str_eq_nocase(proven, address) ? 'B' : 0;

    if (item->kind == RETURNED_BOUNCE || item->kind == RETURNED_DEFERRAL) {
        classify_item(p, item, address, &v);
        row.signature_id =
            names_add_signature(writer_names(p->writer), &v, row.provider_id, 0, row.diagnostic, row.occurred_at_us);
        row.category = v.category;
    }
    if (item->kind == RETURNED_OTHER || (row.recipient_hash == 0 && row.message_id_hash == 0))
        return;
    returned_store_add(run->store, &row);
    writer_recipient(p->writer, row.recipient_hash, text_to_keep(address));
    const str mailed = str_is_set(proven) ? proven : item->original_recipient;
    if (mailed.n && !str_eq_nocase(mailed, address)) {
        /* The address we mailed may be another one: the same report under its key, found by whichever has a send. */
        row.recipient_hash = address_hash(mailed, p->seed);
        row.block += ALTERNATE_BLOCK;
        row.evidence = str_is_set(proven) ? 'B' : 0;
        returned_store_add(run->store, &row);
        writer_recipient(p->writer, row.recipient_hash, text_to_keep(mailed));
    }
}

static void count_mail(struct pipeline_summary *s, const struct returned *mail)
{
    bool bounce = false, complaint = false;

    for (size_t i = 0; i < mail->count; i++) {
        bounce = bounce || mail->items[i].kind == RETURNED_BOUNCE;
        complaint = complaint || mail->items[i].kind == RETURNED_COMPLAINT;
    }
    s->mails++;
    s->bounces += bounce;
    s->complaints += complaint;
    s->other_mails += !bounce && !complaint;
}

static void refuse_mail(struct mail_run *run, const struct mail *m, const char *path, const char *why)
{
    log_say(SAY_ERROR, "%s: byte %llu: %s", path, (unsigned long long)m->offset, why);
    run->counted.mails_refused++;
    if (!run->p->writer)
        return;
    writer_at(run->p->writer, run->input_id, m->offset);
    writer_quarantine(run->p->writer, "mail", str_of(why), scrub_all(run->p->arena, str_to(m->bytes, 512)));
}

static bool read_mail(struct mail_run *run, const struct mail *m, const char *path, struct err *err)
{
    struct pipeline *p = run->p;
    struct returned mail;
    bool fresh = true;

    arena_reset(p->arena);
    if (m->oversized) {
        refuse_mail(run, m, path, "mail too large (limit 32 MiB)");
        return true;
    }
    if (!bounces_read(m->bytes, p->arena, &mail, err)) {
        if (err->kind != ERR_INPUT)
            return false;
        refuse_mail(run, m, path, err->text);
        *err = (struct err){0};
        return true;
    }
    if (p->writer && !returned_store_seen(run->store, &mail.digest, returned_kind_name(mail.items[0].kind),
                                          mail.decoded_by, when(p, &mail, &mail.items[0]), &fresh, err))
        return false;
    if (!fresh) {
        run->counted.mails_old++;
        return true;
    }
    count_mail(&run->counted, &mail);
    for (size_t i = 0; p->writer && i < mail.count; i++)
        add_item(run, &mail, &mail.items[i], i, m->offset);
    return true;
}

static void add_counted(struct pipeline_summary *s, const struct pipeline_summary *c)
{
    s->mails += c->mails;
    s->mails_old += c->mails_old;
    s->bounces += c->bounces;
    s->complaints += c->complaints;
    s->other_mails += c->other_mails;
    s->mails_refused += c->mails_refused;
    s->inputs_refused += c->mails_refused > 0;
}

static bool commit(struct mail_run *run, struct err *err)
{
    struct pipeline *p = run->p;

    if (p->writer && run->open &&
        (!writer_flush(p->writer, err) || !returned_store_write(run->store, p->facts, err) ||
         !writer_commit(p->writer, err) || !returned_put_down(p->side, run->hand_id, run->hand_offset, err)))
        return false;
    add_counted(&p->summary, &run->counted);
    run->counted = (struct pipeline_summary){0};
    run->pending = 0;
    run->open = false;
    return true;
}

/* Opens the transaction, and leaves a mark that outlives this process should a mail end it. */
static bool begin(struct mail_run *run, uint64_t offset, struct err *err)
{
    struct pipeline *p = run->p;
    int tries = 0;

    run->open = true;
    run->hand_id = run->input_id;
    run->hand_offset = offset;
    if (!p->writer)
        return true;
    if (!returned_take(p->side, run->hand_id, run->hand_offset, &tries, err) || !writer_begin(p->writer, err) ||
        !returned_store_hold(run->store, p->facts, err))
        return false;
    run->one_by_one = tries > 1;
    return true;
}

static uint64_t mail_mark(const struct mail_run *run)
{
    return hash64_int(run->input_id, 1); /* not the batch's own mark, which its first mail would share */
}

/* One mail of a batch in which a run died; *aside when it was this one, three times. */
static bool take_one(struct mail_run *run, const struct mail *m, const char *path, bool *aside, struct err *err)
{
    int tries = 0;

    *aside = false;
    if (!run->p->writer || !run->one_by_one)
        return true;
    if (!returned_take(run->p->side, mail_mark(run), m->offset, &tries, err))
        return false;
    *aside = tries > TRIES_IN_HAND;
    if (*aside)
        refuse_mail(run, m, path, "its reading ended the program three times (limit 3)");
    return true;
}

static bool put_one_down(struct mail_run *run, const struct mail *m, struct err *err)
{
    return !run->p->writer || !run->one_by_one ||
           (commit(run, err) && returned_put_down(run->p->side, mail_mark(run), m->offset, err));
}

static bool read_one(struct mail_run *run, const struct mail *m, const char *path, struct err *err)
{
    bool aside;

    if (!run->open && !begin(run, m->offset, err))
        return false;
    if (!take_one(run, m, path, &aside, err) || (!aside && !read_mail(run, m, path, err)) || !stop_check(err))
        return false;
    if (run->p->progress) {
        run->p->progress->mails++;
        progress_tick(run->p->progress);
    }
    run->pending++;
    if (!put_one_down(run, m, err))
        return false;
    return run->pending < MAILS_A_COMMIT || commit(run, err);
}

bool ingest_mails(struct pipeline *p, struct input *in, enum content content, struct err *err)
{
    struct mails *mails = mails_new();
    struct mail m;
    int more;
    bool ok = true;

    if (!p->mail_run) {
        p->mail_run = mem_zero(1, sizeof *p->mail_run);
        p->mail_run->p = p;
        p->mail_run->store = returned_store_new();
    }
    p->mail_run->input_id = hash64(str_of(input_path(in)), 0x4d);
    mails_start(mails, in, content, NULL);
    while (ok && (more = mails_next(mails, &m, err)) != 0)
        ok = more == 1 && read_one(p->mail_run, &m, input_path(in), err); /* -1: it broke off; what was read stays */
    mails_free(mails);
    return ok;
}

bool mails_commit(struct pipeline *p, struct err *err)
{
    return !p->mail_run || commit(p->mail_run, err);
}

void mails_undo(struct pipeline *p)
{
    if (!p->mail_run)
        return;
    if (p->writer && p->mail_run->open)
        writer_rollback(p->writer);
    returned_store_clear(p->mail_run->store);
    p->mail_run->counted = (struct pipeline_summary){0};
    p->mail_run->pending = 0;
    p->mail_run->open = false;
}

void mails_free_run(struct pipeline *p)
{
    if (p->mail_run)
        returned_store_free(p->mail_run->store);
    free(p->mail_run);
    p->mail_run = NULL;
}
