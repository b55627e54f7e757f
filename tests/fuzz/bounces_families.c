/* The words of a notice, read by every row of the families table: items within their bounds, no crash. */
#include <stdlib.h>

#include "bounces/bounces.h"
#include "bounces/families.h"
#include "bounces/html.h"
#include "bounces/origin.h"
#include "bounces/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const struct family *f, str text, struct arena *arena)
{
    struct notice n;

    notice_clear(&n, arena);
    n.text = text;
    n.from = STR("Mail Delivery System <MAILER-DAEMON@example.net>");
    n.to = STR("news@example.org");
    n.lower = words_lower(n.text, arena);
    words_filter(n.lower, &n.words);
    origin_from_text(&n);
    n.flat = words_flat(n.lower, arena);
    if (f->read)
        f->read(&n, &f->hints);
    else
        prose_read(&n, &f->hints);
    for (size_t i = 0; i < n.count; i++)
        if (n.items[i].diagnostic.n > NOTICE_DIAGNOSTIC)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    const str text = size ? str_to((str){(const char *)data, size}, NOTICE_TEXT) : STR("");

    if (!arena) {
        bounces_start();
        arena = arena_new();
    }
    for (size_t i = 0; i < families_count; i++) {
        arena_reset(arena);
        read_as(&families[i], text, arena);
    }
    arena_reset(arena);
    html_plain(text, arena);
    return 0;
}
