#include "classify/suffixes.h"

#include "base/hash.h"

enum { HOST_MAX = 255 };

void suffixes_init(struct suffixes *suffixes)
{
    table_init(&suffixes->table, sizeof(uint64_t), sizeof(int));
}

void suffixes_free(struct suffixes *suffixes)
{
    table_free(&suffixes->table);
}

static str fold(str name, char out[HOST_MAX])
{
    while (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n > HOST_MAX)
        return (str){out, 0};
    for (size_t i = 0; i < name.n; i++)
        out[i] = str_lower_char(name.p[i]);
    return (str){out, name.n};
}

void suffixes_add(struct suffixes *suffixes, str name, int value)
{
    char room[HOST_MAX];
    const uint64_t key = hash64(fold(name, room), 0);
    bool added;
    int *slot = table_add(&suffixes->table, &key, &added);

    if (added)
        *slot = value;
}

static bool find_folded(const struct suffixes *suffixes, str name, int *value)
{
    const uint64_t key = hash64(name, 0);
    const int *slot = name.n ? table_find(&suffixes->table, &key) : NULL;

    if (slot)
        *value = *slot;
    return slot != NULL;
}

bool suffixes_exact(const struct suffixes *suffixes, str name, int *value)
{
    char room[HOST_MAX];

    return find_folded(suffixes, fold(name, room), value);
}

bool suffixes_find(const struct suffixes *suffixes, str host, int *value, str *ending)
{
    char room[HOST_MAX];
    str rest = fold(host, room);
    size_t dot;

    for (;;) {
        if (find_folded(suffixes, rest, value)) {
            *ending = (str){host.p + (rest.p - room), rest.n};
            return true;
        }
        if ((dot = str_find_char(rest, '.')) == STR_NONE)
            return false;
        rest = str_from(rest, dot + 1);
    }
}
