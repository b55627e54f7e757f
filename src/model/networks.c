#include "model/networks.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/arena.h"

struct network {
    int family;
    int bits;
    unsigned char bytes[16];
};

struct networks {
    struct network *list;
    size_t count, room;
};

struct networks *networks_new(void)
{
    return mem_zero(1, sizeof(struct networks));
}

void networks_free(struct networks *networks)
{
    if (networks)
        free(networks->list);
    free(networks);
}

/* ::ffff:192.0.2.1 is an IPv4 address seen through an IPv6 socket (RFC 4291 2.5.5.2). */
static void unmap(struct network *n)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (n->family != AF_INET6 || n->bits < 96 || memcmp(n->bytes, mapped, sizeof mapped) != 0)
        return;
    n->family = AF_INET;
    n->bits -= 96;
    memmove(n->bytes, n->bytes + 12, 4);
}

static bool read_ip(str text, struct network *out)
{
    char ip[INET6_ADDRSTRLEN];

    if (str_take_char(&text, '[') && (text.n == 0 || text.p[--text.n] != ']')) /* RFC 5321 4.1.3 literals */
        return false;
    str_take_nocase(&text, STR("IPv6:"));
    text = str_to(text, str_find_char(text, '%')); /* RFC 4007 11: fe80::1%eth0 */
    if (text.n == 0 || text.n >= sizeof ip)
        return false;
    memcpy(ip, text.p, text.n);
    ip[text.n] = '\0';
    out->family = memchr(ip, ':', text.n) ? AF_INET6 : AF_INET;
    out->bits = out->family == AF_INET6 ? 128 : 32;
    return inet_pton(out->family, ip, out->bytes) == 1;
}

static bool read_one(str ip, struct network *out)
{
    if (!read_ip(ip, out))
        return false;
    unmap(out);
    return true;
}

static bool read_cidr(str cidr, struct network *out)
{
    const size_t slash = str_find_char(cidr, '/');
    str bits = str_from(cidr, slash == STR_NONE ? cidr.n : slash + 1);
    uint64_t n = 128;

    if (!read_ip(str_to(cidr, slash), out))
        return false;
    if (slash != STR_NONE && (!str_take_u64(&bits, &n) || bits.n || n > (uint64_t)out->bits))
        return false;
    out->bits = n < (uint64_t)out->bits ? (int)n : out->bits;
    unmap(out);
    return true;
}

bool networks_add(struct networks *networks, str cidr)
{
    struct network n;

    if (!read_cidr(cidr, &n))
        return false;
    if (networks->count == networks->room) {
        networks->room = networks->room * 2 + 8;
        networks->list = mem_grow(networks->list, networks->room * sizeof *networks->list);
    }
    networks->list[networks->count++] = n;
    return true;
}

static bool holds(const struct network *n, const struct network *ip)
{
    const int whole = n->bits / 8, rest = n->bits % 8;

    if (n->family != ip->family || memcmp(n->bytes, ip->bytes, (size_t)whole) != 0)
        return false;
    return rest == 0 || (n->bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

bool networks_hold(const struct networks *networks, str ip)
{
    struct network one;

    if (networks->count == 0 || !read_one(ip, &one))
        return false;
    for (size_t i = 0; i < networks->count; i++)
        if (holds(&networks->list[i], &one))
            return true;
    return false;
}

static bool in_list(const char *const *list, size_t count, str ip)
{
    struct network n, one;

    if (!read_one(ip, &one))
        return false;
    for (size_t i = 0; i < count; i++)
        if (read_cidr(str_of(list[i]), &n) && holds(&n, &one))
            return true;
    return false;
}

bool network_is_loopback(str ip)
{
    static const char *const list[] = {"127.0.0.0/8", "::1"};

    return in_list(list, sizeof list / sizeof *list, ip);
}

bool network_is_private(str ip)
{
    static const char *const list[] = {"127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                       "169.254.0.0/16", "::1",        "fc00::/7",      "fe80::/10"};

    return in_list(list, sizeof list / sizeof *list, ip);
}
