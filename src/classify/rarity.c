#include "classify/rarity.h"

#include <assert.h>
#include <pthread.h>

/* Quarters of a bit: bytes of other words, and a common word as a whole. */
enum { BYTE = 7,
       FIRST_BYTE = 10,
       OTHER = 3,
       WIDE = 5,
       VERY_COMMON = 12,
       COMMON = 20,
       LETTERS = 26,
       WORDS_MAX = 256 };

static const char very_common[] =
    "address an and at be by domain error for from host http if in ip is it mail mailbox message no not of on or "
    "please recipient reject sender server the this to user www you your";
static const char common[] =
    "accept access account after again all allowed any are authentication available bad banned because been block "
    "blocked body bounce cannot check client closed code com command connection contact content could currently "
    "data deliver delivery denied disabled dns does due email envelope exceeded exist fail failed found full "
    "google greylist group has have help inactive inbox information invalid known later limit line list listed "
    "local long lookup many maximum may more mx name network new number only org our out outbound over permanent "
    "permitted policy protocol queue quota rate rbl reason receive received record refused rejected relay remote "
    "reputation resolve reverse security see send sending sent service site size smtp space spam spf such support "
    "system temporarily temporary than that time timeout tls too try unable unavailable unknown url used using "
    "valid verification verify via virus was we while will with";

static struct word {
    str text;
    int price;
    const struct word *next; /* of the same first letter */
} words[WORDS_MAX];
static const struct word *of_letter[LETTERS];
static size_t word_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_words(const char *list, int price)
{
    str all = str_of(list), text;

    while (str_take_word(&all, &text)) {
        struct word *w = &words[word_count++];
        assert(word_count <= WORDS_MAX && text.n > 1);
        *w = (struct word){text, price, of_letter[text.p[0] - 'a']};
        of_letter[text.p[0] - 'a'] = w;
    }
}

static void read_words(void)
{
    add_words(very_common, VERY_COMMON);
    add_words(common, COMMON);
}

/* The longest that begins here. */
static const struct word *word_here(str text)
{
    const struct word *best = NULL;

    for (const struct word *w = of_letter[str_lower_char(text.p[0]) - 'a']; w; w = w->next)
        if ((!best || w->text.n > best->text.n) && w->text.n <= text.n && text.p[1] == w->text.p[1] &&
            memcmp(text.p, w->text.p, w->text.n) == 0)
            best = w;
    return best;
}

/* A common word costs the same however long it is; a piece of it costs its share. */
static size_t take_common(str text, unsigned char *quarters)
{
    const struct word *w = word_here(text);
    const int n = w ? (int)w->text.n : 0;

    for (int i = 0; i < n; i++)
        quarters[i] = (unsigned char)(w->price * (i + 1) / n - w->price * i / n);
    return (size_t)n;
}

static int price_of(char c, char before)
{
    if ((unsigned char)c >= 0x80)
        return WIDE;
    if (!str_is_alpha(c) && !str_is_digit(c))
        return OTHER;
    return str_is_alpha(before) || str_is_digit(before) ? BYTE : FIRST_BYTE;
}

void rarity_of_bytes(str text, unsigned char *quarters)
{
    size_t i = 0;

    pthread_once(&once, read_words);
    while (i < text.n) {
        const size_t n = str_is_alpha(text.p[i]) ? take_common(str_from(text, i), quarters + i) : 0;
        if (n == 0)
            quarters[i] = (unsigned char)price_of(text.p[i], i ? text.p[i - 1] : ' ');
        i += n ? n : 1;
    }
}
