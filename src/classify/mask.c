#include "classify/mask.h"

#include "classify/blocklists.h"
#include "classify/psl.h"
#include "model/address.h"
#include "model/esc.h"

enum { LOCAL_MAX = 128, HOST_MAX = 255, CODE_MAX = 16, CODE_DIGITS_MAX = 8 };

struct cursor {
    str in;
    size_t i;
    struct buf *out;
    struct masked *lifted;
    str recipient, local, domain; /* the recipient's */
    size_t next_at;               /* where the next @ stands, STR_NONE: there is none */
};

static bool is_alnum(char c)
{
    return str_is_alpha(c) || str_is_digit(c);
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_hex(char c)
{
    const char l = str_lower_char(c);
    return str_is_digit(c) || (l >= 'a' && l <= 'f');
}

static char at(const struct cursor *c, size_t i)
{
    return i < c->in.n ? c->in.p[i] : '\0';
}

static char before(const struct cursor *c)
{
    return c->i > 0 ? c->in.p[c->i - 1] : '\0';
}

static str piece(const struct cursor *c, size_t n)
{
    return str_to(str_from(c->in, c->i), n);
}

static bool keep(struct cursor *c, size_t n)
{
    buf_add(c->out, piece(c, n));
    c->i += n;
    return true;
}

static bool replace(struct cursor *c, size_t n, str with)
{
    buf_add(c->out, with);
    c->i += n;
    return true;
}

static void lift(str *field, str value)
{
    if (field->n == 0)
        *field = value;
}

/* ---- host names */

static size_t label_length(str s)
{
    size_t n = 0;

    while (n < s.n && (is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_'))
        n++;
    return n;
}

/* Labels with dots between them, the dots not at an end; 0 when there is no dot. */
static size_t name_length(str s, size_t *last)
{
    size_t n = label_length(s), dots = 0;

    *last = 0;
    while (n > 0 && n < HOST_MAX && n + 1 < s.n && s.p[n] == '.') {
        const size_t more = label_length(str_from(s, n + 1));
        if (more == 0)
            break;
        *last = n + 1;
        n += 1 + more;
        dots++;
    }
    while (n > 0 && (s.p[n - 1] == '-' || s.p[n - 1] == '_'))
        n--;
    return dots && n > *last && n <= HOST_MAX ? n : 0;
}

/* "rejected.Please see" is a full stop without its blank, "RESOLVER.ADR.NotFound" a code. */
static bool reads_as_host(str name, size_t last)
{
    const str tld = str_from(name, last);
    const bool sentence = is_upper(tld.p[0]) && !is_upper(name.p[last - 2]) && !str_is_digit(name.p[last - 2]);

    return !sentence && tld.n >= 2 && str_is_alpha(tld.p[0]) && psl_is_tld(tld);
}

static size_t host_length(const struct cursor *c, size_t from)
{
    const str rest = str_from(c->in, from);
    size_t last;
    const size_t n = name_length(rest, &last);

    return n && reads_as_host(str_to(rest, n), last) ? n : 0;
}

/* A list nobody knows is still a list: "rbl.example.net", "dnsbl-3.example.org". */
static bool reads_as_list(str host)
{
    static const char *const labels[] = {"rbl", "dnsbl", "bl", "rhsbl", "uribl", "dnsrbl", "blacklist", "blocklist", "sbl", "dbl"};
    str label;

    while (str_take_field(&host, '.', &label)) {
        if (str_starts_nocase(label, STR("dnsbl")) || str_ends_nocase(label, STR("dnsbl")) || str_ends_nocase(label, STR("-rbl")))
            return true;
        for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
            if (str_eq_nocase(label, str_of(labels[i])))
                return true;
    }
    return false;
}

static bool is_known(str host, str *ending)
{
    *ending = host;
    return blocklist_of_host(host, ending) || provider_host_ending(providers_shipped(), host, ending) ||
           provider_of_domain(providers_shipped(), host);
}

static bool take_host(struct cursor *c)
{
    const size_t n = host_length(c, c->i);
    const str host = piece(c, n);
    str ending;

    if (n == 0)
        return false;
    if (is_known(host, &ending))
        return replace(c, n, ending);
    if (reads_as_list(host))
        return replace(c, n, STR("<dnsbl>"));
    if (!str_eq_nocase(host, c->domain))
        lift(&c->lifted->domain, host);
    return replace(c, n, STR("<host>"));
}

/* ---- URLs: the host stays, whosever it is; the path is masked like text */

static bool take_url(struct cursor *c)
{
    const str rest = str_from(c->in, c->i);
    size_t scheme = 0, last, n;
    str host, ending;

    if (str_starts_nocase(rest, STR("https://")))
        scheme = 8;
    else if (str_starts_nocase(rest, STR("http://")))
        scheme = 7;
    if (scheme == 0)
        return false;
    n = name_length(str_from(rest, scheme), &last);
    if (n == 0)
        return keep(c, scheme);
    host = str_to(str_from(rest, scheme), n);
    if (str_is_digit(host.p[last])) /* an address in digits */
        return keep(c, scheme);
    if (!is_known(host, &ending))
        lift(&c->lifted->url_domain, host);
    return keep(c, scheme + n);
}

/* ---- addresses */

static bool is_local_char(char ch)
{
    return is_alnum(ch) || (ch && strchr(".!#$%&'*+-/=?^_`{|}~", ch) != NULL);
}

static size_t local_length(const struct cursor *c)
{
    size_t n = 0;

    while (n < LOCAL_MAX && is_local_char(at(c, c->i + n)))
        n++;
    return at(c, c->i + n) == '@' ? n : 0;
}

/* The address's length; its domain need not be one of the Internet. */
static size_t address_length(struct cursor *c, str *domain)
{
    const size_t local = local_length(c);
    size_t last, n;
    str rest;

    if (local == 0)
        return 0;
    rest = str_from(c->in, c->i + local + 1);
    n = name_length(rest, &last);
    if (n == 0)
        n = label_length(rest);
    *domain = str_to(rest, n);
    return n ? local + 1 + n : 0;
}

static bool is_recipient(const struct cursor *c, str address)
{
    return c->recipient.n > 0 && str_ends_nocase(address, c->recipient) &&
           (address.n == c->recipient.n || !is_alnum(address.p[address.n - c->recipient.n - 1]));
}

/* <ann@example.org> becomes <recipient>, without a second pair of brackets. */
static void drop_brackets(struct cursor *c, size_t *n)
{
    if (before(c) == '<' && at(c, c->i + *n) == '>' && c->out->n > 0 && c->out->p[c->out->n - 1] == '<') {
        c->out->n--;
        ++*n;
    }
}

static bool take_address(struct cursor *c)
{
    str domain, address, ending;
    size_t n;

    if (c->next_at != STR_NONE && c->next_at < c->i) {
        const size_t found = str_find_char(str_from(c->in, c->i), '@');
        c->next_at = found == STR_NONE ? STR_NONE : c->i + found;
    }
    if (c->next_at == STR_NONE || c->next_at - c->i > LOCAL_MAX || (n = address_length(c, &domain)) == 0)
        return false;
    address = piece(c, n);
    drop_brackets(c, &n);
    if (is_recipient(c, address))
        return replace(c, n, STR("<recipient>"));
    if (blocklist_of_host(domain, &ending))
        return keep(c, n); /* where to write to be delisted: it names the operator */
    if (!str_eq_nocase(domain, c->domain))
        lift(&c->lifted->domain, domain);
    return replace(c, n, STR("<address>"));
}

/* ---- IPs */

static size_t ipv4_length(str s)
{
    size_t n = 0;

    for (int octet = 0; octet < 4; octet++) {
        size_t digits = 0;
        unsigned value = 0;

        if (octet && (n >= s.n || s.p[n++] != '.'))
            return 0;
        while (n < s.n && digits < 4 && str_is_digit(s.p[n])) {
            value = value * 10 + (unsigned)(s.p[n++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || value > 255)
            return 0;
    }
    if (n < s.n && (is_alnum(s.p[n]) || (s.p[n] == '.' && n + 1 < s.n && str_is_digit(s.p[n + 1]))))
        return 0;
    return n;
}

/* At least two colons, groups of at most four digits, "::" or eight groups (RFC 4291 2.2). */
static size_t ipv6_length(str s)
{
    size_t n = 0, run = 0, colons = 0, digits = 0;
    bool gap = false;

    for (; n < s.n && (is_hex(s.p[n]) || s.p[n] == ':'); n++) {
        if (s.p[n] == ':') {
            gap |= n > 0 && s.p[n - 1] == ':';
            colons++;
            run = 0;
        } else if (++run > 4)
            return 0;
        digits += str_is_digit(s.p[n]);
    }
    while (n > 0 && s.p[n - 1] == ':' && !(n > 1 && s.p[n - 2] == ':')) {
        n--; /* "2001:db8::1: refused" */
        colons--;
    }
    if (n < s.n && is_alnum(s.p[n]))
        return 0;
    return colons >= 2 && digits && (gap || colons == 7) ? n : 0;
}

static size_t prefix_length(str s)
{
    size_t n = 1;

    if (s.n < 2 || s.p[0] != '/' || !str_is_digit(s.p[1]))
        return 0;
    while (n < s.n && n < 4 && str_is_digit(s.p[n]))
        n++;
    return n;
}

static bool take_ip(struct cursor *c)
{
    const str rest = str_from(c->in, c->i);
    const size_t tag = str_starts_nocase(rest, STR("ipv6:")) ? 5 : 0;
    size_t n = tag ? 0 : ipv4_length(rest);

    if (n && str_starts(rest, STR("127.")))
        return keep(c, n); /* what a blocklist answered */
    if (n == 0)
        n = ipv6_length(str_from(rest, tag));
    if (n == 0)
        return false;
    lift(&c->lifted->ip, str_to(str_from(rest, tag), n));
    n += tag;
    return replace(c, n + prefix_length(str_from(rest, n)), STR("<ip>"));
}

/* ---- codes, numbers, ids */

static bool take_status(struct cursor *c)
{
    str rest = str_from(c->in, c->i);
    struct esc code;
    size_t n;

    if (before(c) == '.' || !esc_take(&rest, &code))
        return false;
    n = (size_t)(rest.p - c->in.p) - c->i;
    while (n > 0 && (at(c, c->i + n - 1) == ' ' || at(c, c->i + n - 1) == '\t'))
        n--;
    return keep(c, n);
}

struct shape {
    size_t digits, longest_digits, lowers, uppers, changes, not_hex;
};

static struct shape shape_of(str word)
{
    struct shape s = {0};
    size_t run = 0;

    for (size_t i = 0; i < word.n; i++) {
        const char ch = word.p[i];
        run = str_is_digit(ch) ? run + 1 : 0;
        s.digits += str_is_digit(ch);
        s.uppers += is_upper(ch);
        s.lowers += str_is_alpha(ch) && !is_upper(ch);
        s.not_hex += !is_hex(ch);
        s.changes += i > 0 && str_is_digit(ch) != str_is_digit(word.p[i - 1]);
        if (run > s.longest_digits)
            s.longest_digits = run;
    }
    return s;
}

/* S3140, TSS04, OFR_417, BL000010, AS16012611, VS98-IP0: capitals first, few changes to digits, not hexadecimal. */
static bool is_code(str word, const struct shape *s)
{
    const size_t joint = str_find_char(word, '_');

    if (joint != STR_NONE && joint >= 2 && joint <= 8 && word.n - joint <= 5 && s->digits <= 6 && str_is_digit(word.p[word.n - 1]) &&
        !s->uppers && s->changes <= 3)
        return true; /* ofr_506 */
    if (!is_upper(word.p[0]) || s->lowers || word.n > CODE_MAX || s->longest_digits > CODE_DIGITS_MAX || s->changes > 4)
        return false;
    return s->not_hex > 0 || word.n < 8;
}

static const char *const kept_words[] = {"ipv4", "ipv6", "8bitmime", "smtputf8", "utf8", "utf-8", "base64", "x509", "sha1",
                                         "sha256", "mx1", "mp3", "mp4", "0spam"};

static bool is_kept_word(str word)
{
    for (size_t i = 0; i < sizeof kept_words / sizeof *kept_words; i++)
        if (str_eq_nocase(word, str_of(kept_words[i])))
            return true;
    return str_starts_nocase(word, STR("rfc")) || str_starts_nocase(word, STR("tlsv"));
}

static str last_word(const struct cursor *c)
{
    size_t end = c->i, begin;

    while (end > 0 && !is_alnum(c->in.p[end - 1]) && c->i - end < 3)
        end--;
    begin = end;
    while (begin > 0 && end - begin < 12 && (str_is_alpha(c->in.p[begin - 1]) || c->in.p[begin - 1] == '_'))
        begin--;
    return (str){c->in.p + begin, end - begin};
}

/* A number keeps its value where it is a code: "RFC 5322", "code 2", "status 75", "AUP#1220", "[7.2]", "550". */
static bool number_is_code(const struct cursor *c, str digits)
{
    const str word = last_word(c);
    const bool bracket = before(c) == '[' || (before(c) == '.' && c->i > 2 && c->in.p[c->i - 3] == '[');

    if (before(c) == '#' && c->i > 1 && is_upper(c->in.p[c->i - 2]))
        return digits.n <= CODE_DIGITS_MAX;
    if (str_eq_nocase(word, STR("rfc")))
        return digits.n <= 5;
    if (bracket && digits.n <= 2 && (at(c, c->i + digits.n) == '.' || at(c, c->i + digits.n) == ']'))
        return true;
    if (str_ends_nocase(word, STR("code")) || str_eq_nocase(word, STR("status")) || str_eq_nocase(word, STR("error")))
        return digits.n <= 3;
    return digits.n == 3 && (digits.p[0] == '4' || digits.p[0] == '5') && digits.p[1] < '6' && before(c) != '.';
}

/* The local part alone, where it can be no other word: in quotes or brackets, or not of letters only. */
static bool is_recipient_local(const struct cursor *c, str word)
{
    const bool quoted = before(c) && strchr("<\"'`", before(c)) != NULL;

    if (c->local.n < 3 || !str_eq_nocase(word, c->local))
        return false;
    return quoted || shape_of(word).digits || str_find_char(word, '_') != STR_NONE || str_find_char(word, '-') != STR_NONE;
}

static bool take_word(struct cursor *c)
{
    size_t n = label_length(str_from(c->in, c->i));
    struct shape s;
    str word;

    while (n > 1 && !is_alnum(at(c, c->i + n - 1)))
        n--;
    word = piece(c, n);
    s = shape_of(word);
    if (is_recipient_local(c, word))
        return replace(c, n, STR("<recipient>"));
    if (s.digits == 0)
        return keep(c, n);
    if (s.digits == n)
        return number_is_code(c, word) ? keep(c, n) : replace(c, n, STR("<n>"));
    if (is_code(word, &s) || is_kept_word(word) ||
        (before(c) == '#' && c->i > 1 && is_upper(c->in.p[c->i - 2]) && n <= CODE_MAX))
        return keep(c, n);
    return replace(c, n, STR("<id>"));
}

/* A dotted local part ("ann.lee") or the recipient in forms without @ ("ann=example.org", "ann%40example.org"). */
static bool take_recipient(struct cursor *c)
{
    static const char *const joints[] = {"=40", "%40", "=", "%", "(at)", " at "};
    str rest = str_from(c->in, c->i);

    if (c->local.n == 0 || !str_take_nocase(&rest, c->local) || is_alnum(before(c)) || before(c) == '.')
        return false;
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
        str tail = rest;
        if (str_take_nocase(&tail, str_of(joints[i])) && str_take_nocase(&tail, c->domain) &&
            (tail.n == 0 || !is_alnum(tail.p[0])))
            return replace(c, (size_t)(tail.p - c->in.p) - c->i, STR("<recipient>"));
    }
    if (c->local.n < 3 || str_find_char(c->local, '.') == STR_NONE || is_local_char(before(c)) ||
        (rest.n > 0 && (is_local_char(rest.p[0]) || rest.p[0] == '@')))
        return false;
    return replace(c, c->local.n, STR("<recipient>"));
}

static void take_other(struct cursor *c)
{
    const char ch = c->in.p[c->i++];
    const bool space = str_is_space(ch) || (unsigned char)ch < 0x20 || ch == 0x7f;

    if (!space)
        buf_add_char(c->out, ch);
    else if (c->out->n > 0 && c->out->p[c->out->n - 1] != ' ')
        buf_add_char(c->out, ' ');
}

static struct cursor cursor_on(str text, str recipient, struct buf *to, struct masked *lifted)
{
    const size_t first_at = str_find_char(text, '@');

    *lifted = (struct masked){{"", 0}, {"", 0}, {"", 0}};
    return (struct cursor){.in = text,
                           .out = to,
                           .lifted = lifted,
                           .recipient = recipient,
                           .local = address_local(recipient),
                           .domain = address_domain(recipient),
                           .next_at = first_at};
}

/* A word of letters between blanks is nothing of what the takers look for but, perhaps, the local part alone. */
static bool take_plain_word(struct cursor *c)
{
    size_t end = c->i;

    while (end < c->in.n && str_is_alpha(c->in.p[end]))
        end++;
    const size_t n = end - c->i;
    const char behind = at(c, end);
    if (n == 0 || (behind != ' ' && behind != ',' && behind != '\n' && end < c->in.n) ||
        (n == c->local.n && str_eq_nocase(piece(c, n), c->local)))
        return false;
    return keep(c, n);
}

void mask_text(str text, str recipient, struct buf *to, struct masked *lifted)
{
    struct cursor c = cursor_on(text, recipient, to, lifted);

    while (c.i < c.in.n) {
        const char ch = c.in.p[c.i];
        if (take_plain_word(&c))
            continue;
        if (!is_alnum(ch) && ch != '_' && !(ch == ':' && at(&c, c.i + 1) == ':' && take_ip(&c))) {
            take_other(&c);
            continue;
        }
        if (ch == ':')
            continue; /* an address was taken */
        if (!take_url(&c) && !take_recipient(&c) && !take_address(&c) && !take_ip(&c) && !take_status(&c) &&
            !take_host(&c))
            take_word(&c);
    }
    while (to->n > 0 && to->p[to->n - 1] == ' ')
        to->n--;
}

void mask_recipient(str text, str recipient, struct buf *to)
{
    struct masked lifted;
    struct cursor c = cursor_on(text, recipient, to, &lifted);

    while (c.i < c.in.n) {
        const size_t n = label_length(str_from(c.in, c.i));
        str domain;

        if (n == 0) {
            keep(&c, 1);
        } else if (!take_recipient(&c)) {
            const size_t address = address_length(&c, &domain);
            if (address && is_recipient(&c, piece(&c, address)))
                replace(&c, address, STR("<recipient>"));
            else if (is_recipient_local(&c, piece(&c, n)))
                replace(&c, n, STR("<recipient>"));
            else
                keep(&c, n);
        }
    }
}
