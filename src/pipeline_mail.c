/* Returned mail: each mail once, its items classified and kept until they are joined to the attempt they speak of. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stop.h"
#include "model/address.h"
#include "pipeline_parts.h"
#include "store/in_hand.h"
#include "store/returned_store.h"

enum { MAILS_A_COMMIT = 500, ALTERNATE_BLOCK = 1 << 20 };

struct mail_run {
    struct pipeline *p;
    struct returned_store *store;
    uint64_t input_id;      /* of the input being read */
    bool open;              /* a transaction is under way */
    struct arena *arena;    /* holds `left` */
    struct in_hand_left left;      /* what dead runs had in hand when this one began */
    int64_t began_us;
    size_t singly;          /* so many mails yet go one by one: the one that killed is among them */
    bool batch_in_hand, mail_in_hand;
    uint64_t hand_id, hand_offset, hand_mail;
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

/* A mail that returns nothing may bring a report of its own. */
static bool read_attached(struct mail_run *run, const struct mail *m, const struct returned *mail, const char *path,
                          struct err *err)
{
    struct pipeline *p = run->p;

    if (mail->items[0].kind != RETURNED_OTHER ||
        import_attached(p, m->bytes, when(p, mail, &mail->items[0]), &run->counted, err))
        return true;
    if (err->kind != ERR_INPUT)
        return false;
    run->counted.import_unread++;
    refuse_mail(run, m, path, err->text);
    *err = (struct err){0};
    return true;
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
    return read_attached(run, m, &mail, path, err);
}

static void add_counted(struct pipeline_summary *s, const struct pipeline_summary *c)
{
    s->mails += c->mails;
    s->mails_old += c->mails_old;
    s->bounces += c->bounces;
    s->complaints += c->complaints;
    s->other_mails += c->other_mails;
    s->mails_refused += c->mails_refused;
    s->imports += c->imports;
    s->imports_old += c->imports_old;
    s->import_records += c->import_records;
    s->import_irrelevant += c->import_irrelevant;
    s->import_unread += c->import_unread;
    s->inputs_refused += c->mails_refused > 0;
}

static bool put_batch_down(struct mail_run *run, struct err *err)
{
    if (run->batch_in_hand && !in_hand_put_batch(run->p->side, run->hand_id, run->hand_offset, err))
        return false;
    run->batch_in_hand = false;
    return true;
}

static bool commit(struct mail_run *run, struct err *err)
{
    struct pipeline *p = run->p;

    if (p->writer && run->open &&
        (!writer_flush(p->writer, err) || !returned_store_write(run->store, p->facts, err) ||
         !writer_commit(p->writer, err) || !put_batch_down(run, err)))
        return false;
    add_counted(&p->summary, &run->counted);
    run->counted = (struct pipeline_summary){0};
    run->pending = 0;
    run->open = false;
    return true;
}

/* Opens the transaction, and leaves a note that outlives this process should a mail end it. */
static bool begin(struct mail_run *run, uint64_t offset, struct err *err)
{
    struct pipeline *p = run->p;

    run->open = true;
    if (!p->writer)
        return true;
    run->hand_id = run->input_id;
    run->hand_offset = offset;
    run->batch_in_hand = run->singly == 0;
    return (!run->batch_in_hand || in_hand_take_batch(p->side, run->hand_id, run->hand_offset, err)) &&
           writer_begin(p->writer, err) && returned_store_hold(run->store, p->facts, err);
}

static bool was_set_aside(const struct mail_run *run, uint64_t mail)
{
    for (size_t i = 0; i < run->left.aside_count; i++)
        if (run->left.aside[i] == mail)
            return true;
    return false;
}

/* The mail to blame for the deaths is found: the notes of the batches it was in go. */
static bool set_aside(struct mail_run *run, uint64_t mail, struct err *err)
{
    run->left.batch = false;
    return in_hand_set_aside(run->p->side, mail, err) && in_hand_forget(run->p->side, run->began_us, err);
}

/* *aside: reading this mail ended the program three times, first within its batch. */
static bool take_one(struct mail_run *run, const struct mail *m, const char *path, bool *aside, struct err *err)
{
    int deaths = 0;

    *aside = false;
    if (!run->p->writer || (run->singly == 0 && run->left.aside_count == 0))
        return true;
    run->hand_mail = hash64(m->bytes, hash64(STR(REBOUND_VERSION), 0)); /* another release may read it */
    *aside = was_set_aside(run, run->hand_mail);
    if (!*aside && run->singly > 0) {
        if (!in_hand_take_mail(run->p->side, run->hand_mail, &deaths, err))
            return false;
        run->mail_in_hand = true;
        *aside = deaths + run->left.batch >= IN_HAND_DEATHS;
        if (*aside && !set_aside(run, run->hand_mail, err))
            return false;
        run->mail_in_hand = !*aside;
    }
    if (*aside)
        refuse_mail(run, m, path, "its reading ended the program three times (limit 3)");
    return true;
}

static bool put_one_down(struct mail_run *run, struct err *err)
{
    if (run->singly == 0)
        return true;
    run->singly--;
    if (!commit(run, err) || (run->mail_in_hand && !in_hand_put_mail(run->p->side, run->hand_mail, err)))
        return false;
    run->mail_in_hand = false;
    return true;
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
    if (!put_one_down(run, err))
        return false;
    return run->pending < MAILS_A_COMMIT || commit(run, err);
}

static bool start_run(struct pipeline *p, struct err *err)
{
    struct mail_run *run = mem_zero(1, sizeof *run);

    run->p = p;
    run->store = returned_store_new();
    run->arena = arena_new();
    run->began_us = clock_now_us();
    p->mail_run = run;
    if (p->writer && !in_hand_look(p->side, run->arena, &run->left, err))
        return false;
    run->singly = run->left.batch || run->left.mail ? MAILS_A_COMMIT : 0;
    return true;
}

bool ingest_mails(struct pipeline *p, struct input *in, enum content content, struct err *err)
{
    struct mails *mails = mails_new();
    struct mail m;
    int more;
    bool ok = true;

    if (!p->mail_run && !start_run(p, err)) {
        mails_free(mails);
        return false;
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
    struct mail_run *run = p->mail_run;
    struct err ignored = {0}; /* a note that stays costs the next run some time, no more */
    if (p->writer && run->open)
        writer_rollback(p->writer);
    put_batch_down(run, &ignored);
    if (run->mail_in_hand)
        in_hand_put_mail(p->side, run->hand_mail, &ignored);
    run->mail_in_hand = false;
    returned_store_clear(run->store);
    p->mail_run->counted = (struct pipeline_summary){0};
    p->mail_run->pending = 0;
    p->mail_run->open = false;
}

void mails_free_run(struct pipeline *p)
{
    struct mail_run *run = p->mail_run;

    if (run && run->left.batch && !run->open && p->writer) /* nobody died of it again */
        in_hand_forget(p->side, run->began_us, &(struct err){0});
    if (run) {
        returned_store_free(run->store);
        arena_free(run->arena);
    }
    free(run);
    p->mail_run = NULL;
}
