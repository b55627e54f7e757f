#include "model/token.h"

#include "base/clock.h"
#include "base/keyed.h"
#include "model/address.h"

enum { ID_CHARS = 2, DAY_CHARS = 4, MAC_CHARS = 16, MAC_BYTES = 10, LOCAL_MAX = 64, LEAST_SECRET = 16 };
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static void key_id(str secret, char out[ID_CHARS])
{
    const struct keyed k = keyed_hmac(secret, STR("rebound key id"));
    char text[KEYED_BASE32];

    memcpy(out, keyed_base32(&k, MAC_BYTES, text), ID_CHARS);
}

static void day_text(int64_t day, char out[DAY_CHARS])
{
    for (int i = DAY_CHARS - 1; i >= 0; i--, day /= 32)
        out[i] = alphabet[day % 32];
}

static bool day_of(const char *text, int64_t *day)
{
    *day = 0;
    for (int i = 0; i < DAY_CHARS; i++) {
        const char *at = memchr(alphabet, text[i], sizeof alphabet - 1);
        if (!at)
            return false;
        *day = *day * 32 + (at - alphabet);
    }
    return true;
}

/* `head` is what stands before the token with its domain: "bounces@brand.example". */
static void mac(str secret, str id_and_day, str head, str recipient, char out[MAC_CHARS])
{
    const str parts[] = {STR("rebound bounce"), id_and_day, head, recipient};
    const struct keyed k = keyed_hmac_parts(secret, parts, sizeof parts / sizeof *parts);
    char text[KEYED_BASE32];

    memcpy(out, keyed_base32(&k, MAC_BYTES, text), MAC_CHARS);
}

static str head_of(str local, str domain, struct arena *arena)
{
    return arena_lower(arena, arena_printf(arena, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain)));
}

str token_make(const struct token_keys *keys, str sender, str recipient, int64_t now_us, struct arena *arena)
{
    const str who = address_clean(recipient, arena), from = address_clean(sender, arena);
    char token[TOKEN_BYTES];

    if (keys->count == 0 || keys->secrets[0].n < LEAST_SECRET || !who.p || !from.p)
        return (str){NULL, 0};
    const str local = address_local(from), domain = address_domain(from);
    key_id(keys->secrets[0], token);
    day_text(clock_floor(now_us, CLOCK_DAY) / CLOCK_DAY + TOKEN_DAYS, token + ID_CHARS);
    mac(keys->secrets[0], (str){token, ID_CHARS + DAY_CHARS}, head_of(local, domain, arena), who,
        token + ID_CHARS + DAY_CHARS);

    const bool fits = local.n + 1 + TOKEN_BYTES + 1 + who.n <= LOCAL_MAX;
    if (!fits)
        return arena_printf(arena, "%.*s+%.*s@%.*s", STR_ARG(local), TOKEN_BYTES, token, STR_ARG(domain));
    return arena_printf(arena, "%.*s+%.*s=%.*s=%.*s@%.*s", STR_ARG(local), TOKEN_BYTES, token,
                        STR_ARG(address_local(who)), STR_ARG(address_domain(who)), STR_ARG(domain));
}

/* "user=example.org" behind a token; the last "=" stands for the @. */
static str verp_recipient(str text, struct arena *arena)
{
    const size_t at = str_rfind_char(text, '=');

    if (at == STR_NONE || at == 0 || at + 1 == text.n)
        return (str){"", 0};
    return arena_lower(arena, arena_printf(arena, "%.*s@%.*s", STR_ARG(str_to(text, at)), STR_ARG(str_from(text, at + 1))));
}

static const str *key_named(const struct token_keys *keys, const char *id)
{
    char own[ID_CHARS];

    for (size_t i = 0; i < keys->count; i++) {
        if (keys->secrets[i].n < LEAST_SECRET)
            continue;
        key_id(keys->secrets[i], own);
        if (memcmp(own, id, ID_CHARS) == 0)
            return &keys->secrets[i];
    }
    return NULL;
}

/* The "+" before a token: the recipient behind it may hold one too. */
static size_t plus_of(str local)
{
    for (size_t i = 0; i + 1 + TOKEN_BYTES <= local.n; i++) {
        size_t n = 0;
        while (local.p[i] == '+' && n < TOKEN_BYTES && memchr(alphabet, local.p[i + 1 + n], sizeof alphabet - 1))
            n++;
        if (n == TOKEN_BYTES && (i + 1 + n == local.n || local.p[i + 1 + n] == '='))
            return i;
    }
    return STR_NONE;
}

enum token_result token_read(const struct token_keys *keys, str bounce_address, str recipient, int64_t now_us,
                             struct arena *arena, str *proven)
{
    const str address = address_clean(bounce_address, arena);
    const str local = address_local(address);
    const size_t plus = plus_of(local);
    int64_t day;
    char want[MAC_CHARS];

    *proven = (str){"", 0};
    if (!address.p || plus == STR_NONE)
        return TOKEN_NONE;
    const str token = str_from(local, plus + 1);
    const str named = token.n > TOKEN_BYTES ? verp_recipient(str_from(token, TOKEN_BYTES + 1), arena) : recipient;
    const str who = address_clean(named, arena);
    const str *secret = key_named(keys, token.p);
    if (!secret || !day_of(token.p + ID_CHARS, &day))
        return TOKEN_NONE;
    if (!who.p)
        return TOKEN_FORGED;
    mac(*secret, str_to(token, ID_CHARS + DAY_CHARS), head_of(str_to(local, plus), address_domain(address), arena), who, want);
    if (!keyed_equal((str){want, MAC_CHARS}, str_to(str_from(token, ID_CHARS + DAY_CHARS), MAC_CHARS)))
        return TOKEN_FORGED;
    const int64_t today = clock_floor(now_us, CLOCK_DAY) / CLOCK_DAY;
    if (day < today || day > today + TOKEN_DAYS)
        return TOKEN_EXPIRED;
    *proven = who;
    return TOKEN_GOOD;
}
