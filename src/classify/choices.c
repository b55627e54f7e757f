#include "classify/choices.h"

static str text_of(const struct choice *c)
{
    return (str){c->p, c->n};
}

void choices_set(struct choices *c, str only)
{
    c->count = 0;
    choices_add(c, only);
}

bool choices_add(struct choices *c, str text)
{
    for (size_t i = 0; i < c->count; i++)
        if (str_eq(text_of(&c->of[i]), text))
            return true;
    if (c->count == CHOICES_MAX || text.n > CHOICE_BYTES)
        return false;
    c->of[c->count].n = (unsigned char)text.n;
    if (text.n)
        memcpy(c->of[c->count].p, text.p, text.n);
    c->count++;
    return true;
}

bool choices_unite(struct choices *c, const struct choices *more)
{
    const size_t before = c->count;

    for (size_t i = 0; i < more->count; i++)
        if (!choices_add(c, text_of(&more->of[i]))) {
            c->count = before;
            return false;
        }
    return true;
}

static size_t longest(const struct choices *c)
{
    size_t most = 0;

    for (size_t i = 0; i < c->count; i++)
        if (c->of[i].n > most)
            most = c->of[i].n;
    return most;
}

static void append(struct choice *c, const struct choice *next)
{
    memcpy(c->p + c->n, next->p, next->n);
    c->n = (unsigned char)(c->n + next->n);
}

/* All texts with one more behind them are made in the room behind the ones that are there; the last, in place. */
bool choices_follow(struct choices *c, const struct choices *next)
{
    const size_t count = c->count;

    if (count * next->count > CHOICES_MAX || longest(c) + longest(next) > CHOICE_BYTES)
        return false;
    for (size_t k = next->count; k-- > 0;)
        for (size_t i = 0; i < count; i++) {
            c->of[k * count + i] = c->of[i];
            append(&c->of[k * count + i], &next->of[k]);
        }
    c->count = count * next->count;
    return true;
}
