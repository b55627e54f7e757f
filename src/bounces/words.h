/*
 * words - lists of phrases, looked up in text that is already in lower case.
 *
 * A list is one string constant, its phrases separated by '|'. Plain substring search: the texts are
 * short and the lists are read by people.
 *
 * Ownership  a list is taken apart once and known by its place: never hand in one that changes.
 */
#pragma once
#include "base/arena.h"

/* Does one of them stand in the text? */
bool words_in(str text, const char *list);

/* Every run of blanks and line ends as one blank: phrases are found however a relay wrapped them. */
str words_flat(str text, struct arena *arena);

/* The same for a text that is asked often: its filter is made once. */
struct words_filter {
    uint64_t bits[64];
};
void words_filter(str text, struct words_filter *out);
bool words_in_filtered(str text, const struct words_filter *filter, const char *list);
static inline unsigned words_slot(const char *p)
{
    const unsigned a = (unsigned char)p[0], b = (unsigned char)p[1];

    return ((a > ' ' ? a : ' ') * 67u + (b > ' ' ? b : ' ') * 3u) %
           4096u; /* a line's end is a blank: see words_flat() */
}
/* Where the first found of them (in the list's order) ends; STR_NONE when none is there. */
size_t words_end(str text, const char *list);
/* Where the foremost of them in the text begins. */
size_t words_first(str text, const struct words_filter *filter, const char *list);
/* Where it begins. */
size_t words_start(str text, const char *list);
/* Does the text begin with one of them? */
bool words_begin(str text, const char *list);
/* A subject without what lists and filters put in front: "[SPAM] ", "{Disarmed} ", "** ". */
str words_untagged(str subject);
/* Lower case for the letters of the languages above (Latin, Greek, Cyrillic), same length in bytes. */
str words_lower(str text, struct arena *arena);
