#include "logs/replies.h"

bool host_take(str *in, str *name, str *ip, uint16_t *port)
{
    str rest = *in;
    uint64_t number;
    const size_t n = str_find_char(rest, '[');

    if (n == STR_NONE || str_find_char(str_to(rest, n), ' ') != STR_NONE)
        return false;
    *name = str_to(rest, n);
    rest = str_from(rest, n + 1);
    if (!str_take_until(&rest, ']', ip))
        return false;
    if (str_find_char(*ip, '/') != STR_NONE)
        ip->n = 0;
    *port = 0;
    str behind = rest;
    if (str_take_char(&behind, ':') && str_take_u64(&behind, &number) && number <= UINT16_MAX) {
        *port = (uint16_t)number;
        rest = behind;
    }
    *in = rest;
    return true;
}

int32_t delay_of_seconds(str text)
{
    const char *p = text.p, *const end = p + text.n;
    int64_t ms = 0;

    if (p == end || !str_is_digit(*p))
        return -1;
    for (; p < end && str_is_digit(*p); p++)
        if (ms < INT32_MAX)
            ms = ms * 10 + (*p - '0');
    ms *= 1000;
    if (p < end && *p == '.') {
        p++;
        for (int unit = 100; p < end && str_is_digit(*p); p++, unit /= 10)
            ms += unit * (*p - '0');
    }
    if (p != end)
        return -1;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

static int32_t clamp_ms(uint64_t seconds)
{
    return seconds > INT32_MAX / 1000 ? INT32_MAX : (int32_t)seconds * 1000;
}

int32_t delay_of_clock(str text)
{
    uint64_t days = 0, h, m, s;
    str rest = text;

    if (str_take_u64(&rest, &days) && str_take_char(&rest, '+'))
        text = rest;
    else
        days = 0;
    if (!str_take_u64(&text, &h) || !str_take_char(&text, ':') || !str_take_u64(&text, &m) ||
        !str_take_char(&text, ':') || !str_take_u64(&text, &s) || text.n > 0 || days > 10000 || h > 10000 || m > 59 ||
        s > 60)
        return -1;
    return clamp_ms(days * 86400 + h * 3600 + m * 60 + s);
}

int32_t delay_of_units(str text)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
    const size_t count = sizeof units / sizeof *units;
    uint64_t sum = 0, n;

    while (text.n > 0) {
        size_t i = 0, digits;
        str whole = text;
        if (!str_take_u64(&text, &n) || n > 1000000000)
            return -1;
        digits = whole.n - text.n;
        if (str_take_char(&text, '.')) /* "0.051s" */
            while (text.n > 0 && str_is_digit(text.p[0]))
                text = str_from(text, 1);
        const str number = {whole.p, whole.n - text.n};
        while (i < count && !str_take(&text, str_of(units[i].unit)))
            i++;
        if (i == count)
            return -1;
        if (number.n > digits && units[i].ms == 1000)
            sum += (uint64_t)delay_of_seconds(number);
        else
            sum += n * units[i].ms;
    }
    return sum == 0 && text.p == NULL ? -1 : sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
}

static str id_word(str text)
{
    size_t n = 0;

    while (n < text.n && (str_is_alpha(text.p[n]) || str_is_digit(text.p[n]) || text.p[n] == '-' || text.p[n] == '_'))
        n++;
    return n >= 5 && n <= 128 ? str_to(text, n) : str_to(text, 0);
}

/* The last word of the reply where "queued as" stands in front of it, as nearly all relays write it. */
static str last_word_queued(str reply)
{
    const str mark = STR("queued as ");
    const size_t blank = str_rfind_char(reply, ' ');

    if (blank == STR_NONE || !str_ends(str_to(reply, blank + 1), mark))
        return str_to(reply, 0);
    return id_word(str_from(reply, blank + 1));
}

/* Exim "OK id=ID", KumoMTA "OK ids=ID", Amazon SES "Ok ID", sendmail "ID Message accepted for delivery". */
static str word_behind_code(str reply)
{
    str rest = str_from(reply, 4), id;
    struct esc code;

    esc_take(&rest, &code);
    if (str_take_nocase(&rest, STR("OK "))) {
        if (str_take(&rest, STR("id=")) || str_take(&rest, STR("ids=")))
            return id_word(rest);
        id = id_word(rest);
        return id.n >= 40 && id.n == rest.n ? id : str_to(id, 0);
    }
    id = id_word(rest);
    return str_starts(str_from(rest, id.n), STR(" Message accepted for delivery")) ? id : str_to(id, 0);
}

str reply_queue_id(str reply)
{
    str id = last_word_queued(reply);
    size_t at;

    if (id.n == 0 && logged_code(reply))
        id = word_behind_code(reply);
    if (id.n == 0 && (at = str_find(reply, STR("queued as "))) != STR_NONE)
        id = id_word(str_from(reply, at + strlen("queued as ")));
    return id;
}

int logged_code(str reply)
{
    if (reply.n < 3 || reply.p[0] < '2' || reply.p[0] > '5' || !str_is_digit(reply.p[1]) || !str_is_digit(reply.p[2]) ||
        (reply.n > 3 && reply.p[3] != ' ' && reply.p[3] != '-'))
        return 0;
    return (reply.p[0] - '0') * 100 + (reply.p[1] - '0') * 10 + reply.p[2] - '0';
}
