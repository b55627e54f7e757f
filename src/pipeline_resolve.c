/* Texts into ids: what correlate/ and the writer need to know of a log event. */
#include "base/clock.h"
#include "base/hash.h"
#include "model/address.h"
#include "pipeline_parts.h"

enum { REMEMBERED = 65536 };

/* Every place of one way to write an address. */
static str scrub_form(struct arena *arena, str text, str form)
{
    static const str mark = {"<recipient>", 11};
    size_t at = str_find_nocase(text, form);
    str out = {"", 0};

    if (at == STR_NONE)
        return text;
    for (; at != STR_NONE; at = str_find_nocase(text, form)) {
        const bool open = at > 0 && text.p[at - 1] == '<';
        const bool close = at + form.n < text.n && text.p[at + form.n] == '>';
        out = arena_join(arena, out, str_to(text, open && close ? at - 1 : at));
        out = arena_join(arena, out, mark);
        text = str_from(text, at + form.n + (open && close));
    }
    return arena_join(arena, out, text);
}

str scrub(struct arena *arena, str text, str address)
{
    return address.n <= 2 ? text : scrub_rewritten(arena, scrub_form(arena, text, address), address);
}

/* "ann" and b.example as relays write them: ann%b.example@relay (RFC 5321 appendix F.2), VERP's ann=b.example,
 * b.example!ann, "ann"@b.example, xtext's and URLs' %40; then <ann> alone, as a local mailer says. */
str scrub_rewritten(struct arena *arena, str text, str address)
{
    static const struct {
        const char *before, *between, *behind;
        bool domain_first, local_alone;
    } forms[] = {
        {"\"", "\"@", "", .domain_first = false}, {"", "%", "", .domain_first = false},
        {"", "=", "", .domain_first = false},     {"", "%40", "", .domain_first = false},
        {"", "+40", "", .domain_first = false},   {"", "!", "", .domain_first = true},
        {"<", "", ">", .local_alone = true},
    };
    const str domain = address_domain(address);
    str local = address_local(address);

    if (local.n > 2 && local.p[0] == '"' && local.p[local.n - 1] == '"')
        local = (str){local.p + 1, local.n - 2};
    if (local.n == 0 || domain.n == 0)
        return text;
    for (size_t i = 0; i < sizeof forms / sizeof *forms && str_find_nocase(text, local) != STR_NONE; i++) {
        str form = arena_join(arena, str_of(forms[i].before), forms[i].domain_first ? domain : local);
        form = arena_join(arena, form, str_of(forms[i].between));
        form = forms[i].local_alone ? form : arena_join(arena, form, forms[i].domain_first ? local : domain);
        text = scrub_form(arena, text, arena_join(arena, form, str_of(forms[i].behind)));
    }
    return text;
}

str text_to_keep(str address)
{
    const size_t at = str_rfind_char(address, '@');

    return !address_is_keyed() ? address : at == STR_NONE ? (str){"", 0} : str_from(address, at);
}

static bool in_address(char c)
{
    return c > ' ' && c != '<' && c != '>' && c != ',' && c != ';' && c != ':' && c != '(' && c != ')' && c != '"' &&
           c != '=' && c != '\'' && c != 0x7f;
}

str scrub_all(struct arena *arena, str text)
{
    str out = {"", 0};
    size_t at;

    while ((at = str_find_char(text, '@')) != STR_NONE) {
        size_t from = at, to = at + 1;
        while (from > 0 && in_address(text.p[from - 1]))
            from--;
        while (to < text.n && in_address(text.p[to]))
            to++;
        const bool enclosed = from > 0 && text.p[from - 1] == '<' && to < text.n && text.p[to] == '>';
        out = arena_join(arena, out, str_to(text, from - enclosed));
        out = arena_join(arena, out, STR("<recipient>"));
        text = str_from(text, to + enclosed);
    }
    return out.n ? arena_join(arena, out, text) : text;
}

/* ---------------------------------------------------------------- nodes, hosts, providers */

uint64_t resolve_node(struct pipeline *p, str host, str instance)
{
    if (host.n == 0)
        host = str_of(p->settings.node ? p->settings.node : "local");
    if (str_eq(host, p->last_host) && str_eq(instance, p->last_instance))
        return p->last_node_id;

    p->last_node_id = hash64_more(hash64(host, 0x4e), instance);
    if (host.n + instance.n <= sizeof p->last_names) {
        memcpy(p->last_names, host.p, host.n);
        memcpy(p->last_names + host.n, instance.p, instance.n);
        p->last_host = (str){p->last_names, host.n};
        p->last_instance = (str){p->last_names + host.n, instance.n};
    }
    if (p->writer)
        names_add_node(writer_names(p->writer), p->last_node_id, host, instance);
    correlate_instance(p->correlator, host, p->last_node_id);
    return p->last_node_id;
}

/* A remembered yes or no by key. */
static char *remember(struct table *table, uint64_t key)
{
    if (table->count >= REMEMBERED)
        table_clear(table);
    return table_add(table, &key, NULL);
}

bool resolve_is_ours(struct pipeline *p, str ip)
{
    if (ip.n == 0)
        return false;
    char *known = remember(&p->own_ips, hash64(ip, 0));
    if (*known == 0)
        *known = network_is_private(ip) || networks_hold(p->own, ip) ? 1 : 2;
    return *known == 1;
}

static bool ends_in_list(str name, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        str ending = list[i];
        str_take_char(&ending, '.');
        if (str_eq_nocase(name, ending) ||
            (str_ends_nocase(name, ending) && name.n > ending.n && name.p[name.n - ending.n - 1] == '.'))
            return true;
    }
    return false;
}

static bool is_smarthost(struct pipeline *p, str host, uint64_t id)
{
    if (p->settings.smarthost_count == 0 || id == 0)
        return false;
    char *known = remember(&p->hosts, id);
    if (*known == 0)
        *known = ends_in_list(host, p->settings.smarthosts, p->settings.smarthost_count) ? 1 : 2;
    return *known == 1;
}

static bool is_inbound(struct pipeline *p, str domain, uint64_t id)
{
    if (p->settings.inbound_count == 0 || id == 0)
        return false;
    char *known = remember(&p->inbound, id);
    if (*known == 0)
        *known = ends_in_list(domain, p->settings.inbound_domains, p->settings.inbound_count) ? 1 : 2;
    return *known == 1;
}

uint64_t resolve_provider(struct pipeline *p, str remote_host, uint64_t remote_host_id, str domain, uint64_t domain_id)
{
    const struct {
        uint64_t remote_host_id, domain_id;
    } key = {remote_host_id, domain_id};
    bool added;

    if (p->providers.count >= REMEMBERED)
        table_clear(&p->providers);
    uint64_t *id = table_add(&p->providers, &key, &added);
    if (added) {
        const bool smart = is_smarthost(p, remote_host, remote_host_id);
        const struct provider *who =
            provider_of(classifier_providers(p->classifier), smart ? STR("") : remote_host, domain);
        *id = name_id(NAME_PROVIDER, who->id);
    }
    return *id;
}

static str provider_text(struct pipeline *p, str remote_host, str domain)
{
    return provider_of(classifier_providers(p->classifier), remote_host, domain)->id;
}

static str lower_domain(struct pipeline *p, str address)
{
    str domain = address_domain(address);

    while (domain.n && domain.p[domain.n - 1] == '.')
        domain.n--;
    for (size_t i = 0; i < domain.n; i++)
        if (domain.p[i] >= 'A' && domain.p[i] <= 'Z')
            return arena_lower(p->arena, domain);
    return domain;
}

static uint64_t named(struct pipeline *p, enum dictionary dictionary, str text)
{
    const uint64_t id = name_id(dictionary, text);

    if (p->writer)
        names_add(writer_names(p->writer), dictionary, id, text);
    return id;
}

static uint64_t egress_of(struct pipeline *p, const struct log_event *e)
{
    if (e->egress.n)
        return named(p, NAME_EGRESS, e->egress);
    for (size_t i = 0; i < p->settings.egress_count; i++)
        if (str_eq(p->settings.egress[i].key, e->instance))
            return named(p, NAME_EGRESS, p->settings.egress[i].value);
    return 0;
}

/* ---------------------------------------------------------------- one kind of event each */

static void keep_stream(struct pipeline *p, const struct stream *s, struct resolved *out)
{
    out->stream_id = s->id;
    if (p->writer)
        names_add_stream(writer_names(p->writer), s->id, s->name, s->kind);
}

static void resolve_client(struct pipeline *p, const struct log_event *e, struct resolved *out)
{
    out->client_own = e->local_client || e->sasl_user.n || resolve_is_ours(p, e->client_ip);
    out->sasl_user_id = named(p, NAME_SASL_USER, e->sasl_user);
    const struct stream *s = streams_by_rule(p->streams, e->sasl_user, STR(""), e->instance, e->stream);
    if (s)
        keep_stream(p, s, out);
}

static void resolve_sender(struct pipeline *p, const struct log_event *e, struct resolved *out)
{
    if (e->has_sender)
        keep_stream(p, streams_of(p->streams, e->sasl_user, e->envelope_sender, e->instance, e->stream), out);
}

static void resolve_recipient(struct pipeline *p, const struct log_event *e, struct resolved *out)
{
    const str domain = lower_domain(p, e->recipient);

    out->recipient_hash = address_hash(e->recipient, p->seed);
    out->original_hash = e->original_recipient.n ? address_hash(e->original_recipient, p->seed) : 0;
    out->domain_id = named(p, NAME_DOMAIN, domain);
    out->remote_host_id = named(p, NAME_REMOTE_HOST, e->remote_host);
    out->egress_id = egress_of(p, e);
    out->remote_own = resolve_is_ours(p, e->remote_ip) && e->transport == TRANSPORT_REMOTE;
    out->smarthost = is_smarthost(p, e->remote_host, out->remote_host_id);
    out->inbound_domain = is_inbound(p, domain, out->domain_id);
    out->provider_id = resolve_provider(p, e->remote_host, out->remote_host_id, domain, out->domain_id);
}

/* Why it failed; the reply is scrubbed of the recipient from here on. */
static void resolve_reply(struct pipeline *p, struct log_event *e, struct resolved *out)
{
    const str domain = lower_domain(p, e->recipient);
    const struct classify_input in = {
        .text = scrub_rewritten(p->arena, scrub_rewritten(p->arena, e->reply, e->recipient), e->original_recipient),
        .enhanced_status = e->enhanced_status,
        .phase = e->phase,
        .provider = provider_text(p, out->smarthost ? STR("") : e->remote_host, domain),
        .recipient = e->recipient,
        .expired = e->status == STATUS_EXPIRED,
    };
    struct verdict *v = &p->verdict_room;

    classify_text(p->classifier, &in, v);
    e->reply = scrub(p->arena, str_to(e->reply, 4096), e->recipient);
    e->reply = e->original_recipient.n ? scrub(p->arena, e->reply, e->original_recipient) : e->reply;
    e->reply = address_is_keyed() ? scrub_all(p->arena, e->reply) : e->reply;
    out->blocked = v->class == 'B' || v->blocklist.n > 0;
    out->suppressed = str_eq(v->category, STR("suppressed"));
    p->verdict = v;
    if (p->writer)
        v->signature_id = names_add_signature(writer_names(p->writer), v, out->provider_id, out->node_id, e->reply, e->at_us);
    out->signature_id = v->signature_id;
}

static void resolve_kind(struct pipeline *p, struct log_event *event, struct resolved *out)
{
    p->event = event;
    p->verdict = NULL;
    p->resolved = out;
    switch (event->kind) {
    case LOG_ACCEPTED:
        resolve_client(p, event, out);
        resolve_sender(p, event, out);
        break;
    case LOG_QUEUED:
        resolve_sender(p, event, out);
        break;
    case LOG_TLS:
        out->remote_host_id = name_id(NAME_REMOTE_HOST, event->remote_host);
        break;
    case LOG_ATTEMPT:
        resolve_recipient(p, event, out);
        if (event->status != STATUS_SENT)
            resolve_reply(p, event, out);
        break;
    case LOG_REJECTED: /* whom we refuse at our door and why is our own affair, but for our list at work */
        resolve_recipient(p, event, out);
        if (str_find(event->reply, STR("rebound-suppressed/")) != STR_NONE)
            resolve_reply(p, event, out);
        else
            event->reply = scrub(p->arena, str_to(event->reply, 4096), event->recipient);
        resolve_sender(p, event, out);
        break;
    case LOG_RETURNED:
    case LOG_REPLY:
        resolve_recipient(p, event, out);
        if (event->reply.n)
            resolve_reply(p, event, out);
        resolve_sender(p, event, out);
        break;
    default:
        break;
    }
}

void resolve_event(struct pipeline *p, struct log_event *event, struct resolved *out)
{
    resolve_kind(p, event, out);
    event->recipient = text_to_keep(event->recipient); /* nobody behind here has more */
}

/* ---------------------------------------------------------------- what comes out of correlate/ */

void resolve_listing(struct pipeline *p, const struct verdict *v, uint64_t node_id, uint64_t provider_id,
                     uint64_t egress_id, int64_t at_us, str sample)
{
    (void)egress_id;
    if (!p->writer || v->blocklist.n == 0 || v->misconfigured)
        return;
    const struct listing_hit hit = {
        .node_id = node_id,
        .provider_id = provider_id,
        .signature_id = v->signature_id,
        .at_us = at_us,
        .blocklist = v->blocklist,
        .listed_item = v->listed_item,
        .sample = sample,
        .own_item = v->listed_item.n && networks_hold(p->own, v->listed_item),
        .weight = 1,
    };
    writer_listing(p->writer, &hit);
}

static bool says_why(const struct delivery *d)
{
    return d->outcome == OUTCOME_FAILED_SYNC || d->outcome == OUTCOME_EXPIRED || d->outcome == OUTCOME_FAILED_ASYNC ||
           d->outcome == OUTCOME_LOST;
}

void resolve_emit(void *self, const struct delivery *delivery)
{
    struct pipeline *p = self;
    const bool of_this_line = p->resolved && p->resolved->recipient_hash == delivery->recipient_hash;

    p->summary.events++;
    if (!p->writer)
        return;
    writer_delivery(p->writer, delivery, "log", 'A');
    if (says_why(delivery) || p->settings.keep_all_addresses)
        writer_recipient(p->writer, delivery->recipient_hash, delivery->address);
    if (of_this_line && p->verdict && delivery->direction != DIRECTION_INBOUND)
        resolve_listing(p, p->verdict, delivery->node_id, delivery->provider_id, delivery->egress_id, delivery->at_us,
                        delivery->reply);
}
