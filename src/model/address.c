#include "model/address.h"

#include "base/hash.h"
#include "base/keyed.h"

enum { MAX_ADDRESS = 320 };

static str without_type(str s)
{
    static const char *const types[] = {"rfc822", "utf-8", "x-unix", "unknown", "smtp", "internet", "x-local"};
    const size_t semi = str_find_char(s, ';');

    if (semi == STR_NONE)
        return s;
    str type = str_trim(str_to(s, semi));
    while (type.n && type.p[type.n - 1] == '/')
        type.n--;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq_nocase(type, str_of(types[i])))
            return str_trim(str_from(s, semi + 1));
    return s;
}

/* RFC 5321 4.1.2: "@a.example,@b.example:ann@c.example" is ann@c.example by way of two relays. */
static str without_route(str s)
{
    const size_t colon = s.n && s.p[0] == '@' ? str_find_char(s, ':') : STR_NONE;

    return colon == STR_NONE ? s : str_from(s, colon + 1);
}

/* "a<b"@example.org: what stands between the quotes is no bracket. */
static bool has_quoted_local(str s)
{
    size_t i = 1;

    if (s.n == 0 || s.p[0] != '"')
        return false;
    while (i < s.n && s.p[i] != '"')
        i += s.p[i] == '\\' ? 2 : 1;
    return i + 1 < s.n && s.p[i + 1] == '@';
}

str address_strip(str text)
{
    str s = without_type(str_trim(text));
    const size_t open = has_quoted_local(s) ? STR_NONE : str_rfind_char(s, '<');

    if (open != STR_NONE) {
        const size_t close = str_find_char(str_from(s, open), '>');
        s = str_from(s, open + 1);
        if (close != STR_NONE)
            s = str_to(s, close - 1);
    }
    s = without_route(str_trim(s));
    if (s.n > 1 && s.p[0] == '\'' && s.p[s.n - 1] == '\'')
        s = str_to(str_from(s, 1), s.n - 2);
    return s;
}

/* No control characters; blanks, brackets and commas only between the quotes of a quoted local part. */
static bool plain_bytes(str s)
{
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c == '"' && (i == 0 || s.p[i - 1] != '\\'))
            quoted = !quoted;
        if (c < 0x20 || c == 0x7f || (!quoted && memchr(" <>,;()", c, 7)))
            return false;
    }
    return !quoted;
}

str address_clean(str text, struct arena *arena)
{
    str s = address_strip(text);

    while (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    if (s.n > MAX_ADDRESS || address_local(s).n == 0 || address_domain(s).n == 0 || !plain_bytes(s))
        return (str){NULL, 0};
    return arena_lower(arena, s);
}

str address_domain(str address)
{
    const size_t at = str_rfind_char(address, '@');

    return at == STR_NONE ? (str){"", 0} : str_from(address, at + 1);
}

str address_local(str address)
{
    return str_to(address, str_rfind_char(address, '@') == STR_NONE ? address.n
                                                                     : str_rfind_char(address, '@'));
}

static struct {
    struct keyed bytes;
    bool set;
} secret;

void address_use_key(str key)
{
    secret.bytes = keyed_sha256(key);
    secret.set = true;
}

bool address_is_keyed(void)
{
    return secret.set;
}

uint64_t address_key_mark(void)
{
    const struct keyed mark = keyed_hmac((str){(const char *)secret.bytes.bytes, KEYED_BYTES}, STR("address key mark"));

    return keyed_u64(&mark);
}

static uint64_t hash_of(str folded, uint64_t seed)
{
    if (!secret.set)
        return hash64(folded, seed);
    const struct keyed hash = keyed_hmac((str){(const char *)secret.bytes.bytes, KEYED_BYTES}, folded);
    return keyed_u64(&hash);
}

static uint64_t folded_hash(char first, str s, uint64_t seed)
{
    char folded[MAX_ADDRESS + 2];
    size_t n = 0;

    if (first)
        folded[n++] = first;
    s = str_to(s, sizeof folded - n);
    str_lower_into(folded + n, s);
    n += s.n;
    while (n > 1 && folded[n - 1] == '.')
        n--;
    return hash_of((str){folded, n}, seed);
}

uint64_t address_hash(str address, uint64_t seed)
{
    return folded_hash(0, address, seed);
}

uint64_t address_domain_hash(str domain, uint64_t seed)
{
    return folded_hash('@', domain, seed);
}

uint64_t message_id_hash(str message_id)
{
    str s = str_trim(message_id);

    if (str_take_char(&s, '<') && s.n > 0 && s.p[s.n - 1] == '>')
        s.n--;
    s = str_trim(s);
    return s.n ? hash64(s, 0) : 0;
}
