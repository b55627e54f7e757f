#include "classify/classify.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/table.h"
#include "classify/blocklists.h"
#include "classify/fold.h"
#include "classify/mask.h"
#include "classify/registry.h"
#include "classify/reply.h"
#include "classify/ruleset.h"
#include "model/address.h"

enum { MEMO_MAX = 65536, TEXTS_MAX = 8192, TEXT_BYTES_MAX = 1024 };

/* What one signature means; kept in the memo with all that the signature is made of. */
struct meaning {
    str masked, provider;
    int code;
    struct esc status;
    enum phase phase;
    const struct category *category;
    const struct rule *rule; /* NULL: a fall-back */
    str by, severity;
    char class;
    const struct blocklist *blocklist;
    bool misconfigured;
};

struct generation {
    struct table table; /* signature id -> struct meaning */
    struct arena *arena;
};

/* A text that was read before: servers say the same to many. Only of texts that do not name their recipient, which
 * masking would have to look for. */
struct said {
    str text, provider;
    int reply_code;
    struct esc status;
    enum phase phase;
    bool expired;
    uint64_t id;          /* of its meaning */
    struct masked lifted; /* views into text */
};

struct classifier {
    struct ruleset *rules;
    const struct providers *providers;
    struct generation young, old;
    struct generation texts; /* hash of what was given -> struct said */
    struct arena *scratch;
    struct buf masked, folded;
};

/* ---- life */

static struct ruleset *read_rules(const char *user_rules, struct err *err)
{
    struct ruleset *rules = ruleset_new();

    if ((!user_rules || ruleset_read_folder(rules, user_rules, err)) && ruleset_read_shipped(rules, err) &&
        ruleset_finish(rules, err))
        return rules;
    ruleset_free(rules);
    return NULL;
}

static void generation_init(struct generation *g, size_t value_size)
{
    table_init(&g->table, sizeof(uint64_t), value_size);
    g->arena = arena_new();
}

static void generation_free(struct generation *g)
{
    table_free(&g->table);
    arena_free(g->arena);
}

struct classifier *classifier_new(const char *user_rules, struct err *err)
{
    struct ruleset *rules = read_rules(user_rules, err);
    struct classifier *c;

    if (!rules)
        return NULL;
    c = mem_zero(1, sizeof *c);
    c->rules = rules;
    c->providers = providers_shipped();
    c->scratch = arena_new();
    generation_init(&c->young, sizeof(struct meaning));
    generation_init(&c->old, sizeof(struct meaning));
    generation_init(&c->texts, sizeof(struct said));
    return c;
}

void classifier_free(struct classifier *c)
{
    if (!c)
        return;
    ruleset_free(c->rules);
    generation_free(&c->young);
    generation_free(&c->old);
    generation_free(&c->texts);
    arena_free(c->scratch);
    buf_free(&c->masked);
    buf_free(&c->folded);
    free(c);
}

static void forget(struct generation *g)
{
    table_clear(&g->table);
    arena_reset(g->arena);
}

bool classifier_reload(struct classifier *c, const char *user_rules, struct err *err)
{
    struct ruleset *rules = read_rules(user_rules, err);

    if (!rules)
        return false;
    ruleset_free(c->rules);
    c->rules = rules;
    forget(&c->young);
    forget(&c->old);
    forget(&c->texts);
    return true;
}

const struct providers *classifier_providers(const struct classifier *c)
{
    return c->providers;
}

struct ruleset *classifier_rules(struct classifier *c)
{
    return c->rules;
}

void classifier_limit_hits(const struct classifier *c, classify_limit_hit *call, void *context)
{
    const struct rule *const *rules;
    const size_t count = ruleset_rules(c->rules, &rules);

    for (size_t i = 0; i < count; i++)
        if (rule_limit_hits(rules[i]))
            call(context, rules[i]->name, rules[i]->file, rules[i]->line, rule_limit_hits(rules[i]));
}

/* ---- one signature's meaning */

static bool is_permanent(const struct meaning *m)
{
    return m->code ? m->code >= 500 : m->status.class == 5;
}

static bool is_temporary(const struct meaning *m)
{
    return m->code ? m->code / 100 == 4 : m->status.class == 4;
}

/*
 * "soft/hard" and "by class" follow the reply, and a 4yz makes nothing hard (RFC 5321 4.2.1), but for a
 * user who is said to be unknown: relays that answer that with 450 are set up so (Postfix soft_bounce).
 */
static str severity_of(const struct meaning *m)
{
    const bool decided = m->rule && m->rule->severity.n;
    const str said = decided ? m->rule->severity : m->category->severity;
    const bool unknown_user = m->rule && str_eq(m->category->id, STR("invalid_recipient"));

    if (str_eq(said, STR("hard")) && !decided && !unknown_user)
        return is_temporary(m) ? STR("soft") : said;
    if (str_eq(said, STR("soft/hard")) || str_eq(said, STR("by class")))
        return is_permanent(m) ? STR("hard") : STR("soft");
    return str_eq(said, STR("n/a")) ? STR("none") : said;
}

/* A list counts where the refusal is about us: "quota-spamcop is full" lists nobody. */
static bool may_name_list(const struct category *category)
{
    return strchr("BRU", category->class) != NULL && !str_eq(category->fault, STR("network")) &&
           !str_eq(category->id, STR("auth_required")) && !str_eq(category->id, STR("quota_sending"));
}

static bool is_misconfigured(str folded)
{
    static const char *const words[] = {"query refused", "127.255.255.25", "no ip queries", "ip queries prohibited",
                                        "open resolver", "127.0.1.255"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_find(folded, str_of(words[i])) != STR_NONE)
            return true;
    return false;
}

static void name_list(struct meaning *m, str folded)
{
    if (!may_name_list(m->category))
        return;
    m->blocklist = m->rule && m->rule->blocklist.n ? blocklist_by_id(m->rule->blocklist) : blocklist_named(folded);
    m->misconfigured = m->blocklist && is_misconfigured(folded);
}

/* A refusal "for policy" by a mailbox provider is a verdict on us (facts: metrics, classes). */
static char class_of(const struct meaning *m, str kind)
{
    if (str_eq(m->category->id, STR("policy_rejected")) && str_eq(kind, STR("mailbox")))
        return 'B';
    return m->category->class;
}

static const struct category *fall_back(const struct subject *s, str *by)
{
    const struct category *category = registry_category(s, by);

    if (category)
        return category;
    *by = STR("");
    return classify_category(STR("unclassified"));
}

typedef const struct rule *match_rules(struct ruleset *set, const struct subject *subject);

static void find_meaning(struct classifier *c, struct meaning *m, match_rules *match)
{
    const struct provider *provider = provider_named(c->providers, m->provider);
    struct subject s = {.code = m->code, .status = m->status, .phase = m->phase, .provider = m->provider};

    buf_clear(&c->folded);
    fold_text(m->masked, &c->folded);
    s.text = buf_str(&c->folded);
    s.group = provider ? provider->group : STR("");
    s.kind = provider ? provider->kind : STR("");
    m->rule = match(c->rules, &s);
    if (m->rule) {
        m->by = m->rule->name;
        m->category = classify_category(m->rule->category);
    } else
        m->category = fall_back(&s, &m->by);
    m->severity = severity_of(m);
    m->class = class_of(m, s.kind);
    name_list(m, s.text);
}

/* ---- the memo */

static uint64_t signature_of(const struct meaning *m)
{
    uint64_t h = hash64(m->masked, MASK_VERSION);

    h = hash64_int(h, (uint64_t)m->code);
    h = hash64_int(h, (uint64_t)m->status.class << 32 | (uint64_t)m->status.subject << 16 | m->status.detail);
    h = hash64_int(h, (uint64_t)m->phase);
    return hash64_more(h, m->provider);
}

static bool is_same(const struct meaning *a, const struct meaning *b)
{
    return str_eq(a->masked, b->masked) && str_eq(a->provider, b->provider) && a->code == b->code &&
           esc_eq(a->status, b->status) && a->phase == b->phase;
}

static void make_room(struct classifier *c)
{
    struct generation full = c->young;

    if (c->young.table.count < MEMO_MAX)
        return;
    forget(&c->old);
    c->young = c->old;
    c->old = full;
}

static void remember(struct classifier *c, uint64_t id, struct meaning *m)
{
    bool added;
    struct meaning *slot;

    make_room(c);
    m->masked = arena_str(c->young.arena, m->masked);
    m->provider = arena_str(c->young.arena, m->provider);
    slot = table_add(&c->young.table, &id, &added);
    *slot = *m;
}

/* Two texts of one id are two texts: the memo compares what the id was made of. */
static bool recall(struct classifier *c, uint64_t id, struct meaning *m)
{
    const struct meaning *found = table_find(&c->young.table, &id);

    if (found && is_same(found, m)) {
        *m = *found;
        return true;
    }
    found = table_find(&c->old.table, &id);
    if (!found || !is_same(found, m))
        return false;
    *m = *found;
    remember(c, id, m);
    return true;
}

/* ---- one text */

/* The same bytes in the text we were given: masking worked on a copy. */
static str view_in(str text, str found)
{
    const size_t at = found.n ? str_find(text, found) : STR_NONE;

    return at == STR_NONE ? STR("") : str_to(str_from(text, at), found.n);
}

static str listed_item(const struct meaning *m, const struct masked *lifted)
{
    const str type = m->blocklist ? m->blocklist->type : STR("");
    const str name = lifted->domain.n ? lifted->domain : lifted->url_domain;

    if (!m->blocklist)
        return STR("");
    if (str_starts(type, STR("domain")) || str_starts(type, STR("url")) || str_eq(m->category->id, STR("spam_content")))
        return name;
    if (lifted->ip.n || str_starts(type, STR("ip")))
        return lifted->ip.n || str_find(type, STR("domain")) == STR_NONE ? lifted->ip : name;
    return lifted->ip;
}

static void read_input(struct classifier *c, const struct classify_input *in, struct meaning *m, struct masked *lifted)
{
    struct reply reply;

    arena_reset(c->scratch);
    reply_read(in->text, in->expired, c->scratch, &reply);
    if (reply.text.n == 0 && reply.code == 0 && in->expired)
        reply.text = STR("delivery time expired");
    buf_clear(&c->masked);
    mask_text(reply.text, in->recipient, &c->masked, lifted);
    *m = (struct meaning){.masked = buf_str(&c->masked), .provider = in->provider.p ? in->provider : STR("")};
    m->code = reply.code ? reply.code : in->reply_code;
    m->status = reply.enhanced_status.class ? reply.enhanced_status : in->enhanced_status;
    m->phase = in->phase != PHASE_NONE ? in->phase : reply.phase;
}

static void fill(const struct meaning *m, uint64_t id, const struct classify_input *in, const struct masked *lifted,
                 struct verdict *out)
{
    *out = (struct verdict){.signature_id = id,
                            .category = m->category->id,
                            .severity = m->severity,
                            .fault = m->category->fault,
                            .class = m->class,
                            .rule = m->by,
                            .blocklist = m->blocklist ? m->blocklist->id : STR(""),
                            .listed_item = view_in(in->text, listed_item(m, lifted)),
                            .blamed_ip = view_in(in->text, lifted->ip),
                            .stale = m->blocklist && str_eq(m->blocklist->status, STR("dead")),
                            .misconfigured = m->misconfigured,
                            .masked = m->masked,
                            .reply_code = m->code,
                            .enhanced_status = m->status,
                            .phase = m->phase};
}

/* ---- texts that were read before */

static uint64_t text_key(const struct classify_input *in)
{
    uint64_t h = hash64(in->text, (uint64_t)in->reply_code << 1 | in->expired);

    h = hash64_int(h, (uint64_t)in->enhanced_status.class << 32 | (uint64_t)in->enhanced_status.subject << 16 |
                          in->enhanced_status.detail);
    h = hash64_int(h, (uint64_t)in->phase);
    return in->provider.n ? hash64_more(h, in->provider) : h;
}

static bool is_name_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_' || c == '.';
}

/* As a name of its own: "mx.example.org" is not example.org. */
static bool names_domain(str text, str domain)
{
    size_t at = domain.n ? str_find_nocase(text, domain) : STR_NONE;

    while (at != STR_NONE && at > 0 && is_name_char(text.p[at - 1])) {
        text = str_from(text, at + 1);
        at = str_find_nocase(text, domain);
    }
    return at != STR_NONE;
}

/* The masks of a recipient all begin with its local part; its domain, said as such, is not what a list names. */
static bool names_recipient(const struct classify_input *in)
{
    const str local = address_local(in->recipient);

    return (local.n > 0 && str_find_nocase(in->text, local) != STR_NONE) ||
           names_domain(in->text, address_domain(in->recipient));
}

static bool was_given(const struct said *s, const struct classify_input *in)
{
    return str_eq(s->text, in->text) && str_eq(s->provider, in->provider) && s->reply_code == in->reply_code &&
           esc_eq(s->status, in->enhanced_status) && s->phase == in->phase && s->expired == in->expired;
}

static bool recall_text(struct classifier *c, uint64_t key, const struct classify_input *in, struct verdict *out)
{
    const struct said *s = table_find(&c->texts.table, &key);
    const struct meaning *m = s && was_given(s, in) ? table_find(&c->young.table, &s->id) : NULL;

    if (m)
        fill(m, s->id, in, &s->lifted, out);
    return m != NULL;
}

static void remember_text(struct classifier *c, uint64_t key, const struct classify_input *in, uint64_t id,
                          const struct masked *lifted)
{
    if (c->texts.table.count >= TEXTS_MAX)
        forget(&c->texts);

    struct said *s = table_add(&c->texts.table, &key, NULL);
    struct arena *a = c->texts.arena;
    *s = (struct said){.text = arena_str(a, in->text),
                       .provider = arena_str(a, in->provider),
                       .reply_code = in->reply_code,
                       .status = in->enhanced_status,
                       .phase = in->phase,
                       .expired = in->expired,
                       .id = id,
                       .lifted = {arena_str(a, lifted->ip), arena_str(a, lifted->domain), arena_str(a, lifted->url_domain)}};
}

void classify_text(struct classifier *c, const struct classify_input *in, struct verdict *out)
{
    const bool own = in->text.n > TEXT_BYTES_MAX || names_recipient(in);
    const uint64_t key = own ? 0 : text_key(in);
    struct meaning m;
    struct masked lifted;
    uint64_t id;

    if (!own && recall_text(c, key, in, out))
        return;
    read_input(c, in, &m, &lifted);
    id = signature_of(&m);
    if (!recall(c, id, &m)) {
        find_meaning(c, &m, ruleset_match);
        remember(c, id, &m);
    }
    if (!own)
        remember_text(c, key, in, id, &lifted);
    fill(&m, id, in, &lifted, out);
}

void classify_signature(struct classifier *c, const struct classify_signature *s, struct verdict *out)
{
    const struct classify_input none = {.text = STR("")};
    const struct masked lifted = {.ip = STR("")};
    struct meaning m = {.masked = s->masked, .provider = s->provider, .code = s->reply_code,
                        .status = s->enhanced_status, .phase = s->phase};
    const uint64_t id = signature_of(&m);

    if (!recall(c, id, &m)) {
        find_meaning(c, &m, ruleset_match);
        remember(c, id, &m);
    }
    fill(&m, id, &none, &lifted, out);
}

void classify_text_slowly(struct classifier *c, const struct classify_input *in, struct verdict *out)
{
    struct meaning m;
    struct masked lifted;

    read_input(c, in, &m, &lifted);
    find_meaning(c, &m, ruleset_match_sequential);
    fill(&m, signature_of(&m), in, &lifted, out);
}
