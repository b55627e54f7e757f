#include "classify/streams.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/table.h"
#include "classify/psl.h"

enum { MAX_TEXT = 320, REMEMBERED = 65536 };

struct rule {
    const char *prefix; /* "sasl:", "from:", "syslog:", "" for any */
    const char *pattern;
    const struct stream *stream;
};

struct streams {
    struct arena *arena;
    struct rule *rules;
    size_t rule_count;
    const struct stream_kind *kinds;
    size_t kind_count;
    struct stream *all[STREAMS_MAX + 2];
    size_t count;
    struct stream none;
    struct table by_text; /* hash of (SASL user, sender's domain, syslog name, named) -> struct stream * */
};

static str kind_of(const struct streams *s, str name)
{
    for (size_t i = 0; i < s->kind_count; i++)
        if (str_eq_nocase(s->kinds[i].name, name))
            return s->kinds[i].kind;
    return STR("bulk");
}

static const struct stream *stream_named(struct streams *s, str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->all[i]->name, name))
            return s->all[i];
    if (s->count >= STREAMS_MAX && !str_eq(name, STR("other")))
        return stream_named(s, STR("other"));

    struct stream *fresh = arena_alloc(s->arena, sizeof *fresh);
    fresh->name = arena_str(s->arena, name);
    fresh->kind = kind_of(s, name);
    fresh->id = hash64(name, 0x57);
    s->all[s->count++] = fresh;
    return fresh;
}

static void add_rule(struct streams *s, const struct stream_rule *from)
{
    static const char *const prefixes[] = {"sasl:", "from:", "syslog:"};
    struct rule *r = &s->rules[s->rule_count++];
    str pattern = from->pattern;

    r->prefix = "";
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (str_take_nocase(&pattern, str_of(prefixes[i])))
            r->prefix = prefixes[i];
    r->pattern = arena_lower(s->arena, pattern).p;
    r->stream = stream_named(s, from->name);
}

struct streams *streams_new(const struct stream_rule *rules, size_t rule_count, const struct stream_kind *kinds,
                            size_t kind_count)
{
    struct streams *s = mem_zero(1, sizeof *s);

    s->arena = arena_new();
    s->none = (struct stream){0, {"", 0}, STR("bulk")};
    s->rules = arena_alloc(s->arena, (rule_count + 1) * sizeof *s->rules);
    struct stream_kind *kept = arena_alloc(s->arena, (kind_count + 1) * sizeof *kept);
    for (size_t i = 0; i < kind_count; i++)
        kept[i] = (struct stream_kind){arena_str(s->arena, kinds[i].name), arena_str(s->arena, kinds[i].kind)};
    s->kinds = kept;
    s->kind_count = kind_count;
    table_init(&s->by_text, sizeof(uint64_t), sizeof(struct stream *));
    for (size_t i = 0; i < rule_count; i++)
        add_rule(s, &rules[i]);
    return s;
}

void streams_free(struct streams *streams)
{
    if (!streams)
        return;
    table_free(&streams->by_text);
    arena_free(streams->arena);
    free(streams);
}

static bool matches(const struct rule *r, const char *prefix, str text)
{
    char folded[MAX_TEXT + 1];
    size_t n = 0;

    if (text.n == 0 || (r->prefix[0] && strcmp(r->prefix, prefix) != 0))
        return false;
    for (; n < text.n && n < MAX_TEXT; n++)
        folded[n] = str_lower_char(text.p[n]);
    folded[n] = '\0';
    return fnmatch(r->pattern, folded, 0) == 0;
}

const struct stream *streams_by_rule(struct streams *streams, str sasl_user, str envelope_sender, str syslog_name,
                                     str named)
{
    for (size_t i = 0; i < streams->rule_count; i++) {
        const struct rule *r = &streams->rules[i];
        if (matches(r, "named:", named) || matches(r, "sasl:", sasl_user) || matches(r, "from:", envelope_sender) ||
            matches(r, "syslog:", syslog_name))
            return r->stream;
    }
    return NULL;
}

/* SRS0=HHH=TT=domain=local@forwarder and prvs=TAG=local@domain (draft-levine-smtp-batv). */
static str without_tag(str local)
{
    str rest = local, piece;

    if (str_take_nocase(&rest, STR("prvs=")) && str_take_until(&rest, '=', &piece))
        return rest;
    if (str_starts_nocase(local, STR("SRS0")) || str_starts_nocase(local, STR("SRS1")))
        return STR("srs");
    return local;
}

str stream_sender(str envelope_sender, char *room, size_t room_bytes)
{
    const size_t at = str_rfind_char(envelope_sender, '@');
    str local = without_tag(str_to(envelope_sender, at));
    size_t cut = local.n;

    if (at == STR_NONE)
        return envelope_sender;
    for (size_t i = 1; i < cut; i++)
        if (local.p[i] == '+' || local.p[i] == '=' || (local.p[i] == '-' && i + 1 < local.n && str_is_digit(local.p[i + 1])))
            cut = i;
    const int n = snprintf(room, room_bytes, "%.*s%.*s", (int)cut, local.p, STR_ARG(str_from(envelope_sender, at)));
    return (str){room, (size_t)n < room_bytes ? (size_t)n : room_bytes - 1};
}

static const struct stream *work_out(struct streams *s, str sasl_user, str envelope_sender, str syslog_name, str named)
{
    char folded[MAX_TEXT];
    const struct stream *by_rule = streams_by_rule(s, sasl_user, envelope_sender, syslog_name, named);

    if (by_rule)
        return by_rule;
    if (named.n)
        return stream_named(s, str_to(named, MAX_TEXT));
    const size_t at = str_rfind_char(envelope_sender, '@');
    if (at == STR_NONE)
        return &s->none;
    const str owner = psl_organisation(str_from(envelope_sender, at + 1));
    size_t n = 0;
    for (; n < owner.n && n < sizeof folded; n++)
        folded[n] = str_lower_char(owner.p[n]);
    return n ? stream_named(s, (str){folded, n}) : &s->none;
}

const struct stream *streams_of(struct streams *streams, str sasl_user, str envelope_sender, str syslog_name, str named)
{
    const size_t at = str_rfind_char(envelope_sender, '@');
    /* With patterns the whole sender counts, without them its domain is enough: few keys, all in cache. */
    const str key_text = streams->rule_count ? envelope_sender : at == STR_NONE ? STR("") : str_from(envelope_sender, at);
    uint64_t key = hash64_more(hash64_more(hash64(key_text, 1), named), STR("|"));
    bool added;

    if (streams->rule_count)
        key = hash64_more(hash64_more(key, sasl_user), syslog_name);
    if (streams->by_text.count >= REMEMBERED)
        table_clear(&streams->by_text);
    const struct stream **found = table_add(&streams->by_text, &key, &added);
    if (added)
        *found = work_out(streams, sasl_user, envelope_sender, syslog_name, named);
    return *found;
}
