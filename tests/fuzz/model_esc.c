/* Whatever comes in: no crash, the view only moves forward, nothing moves on refusal, and a code reads back as itself.
 */
#include <stdlib.h>

#include "model/esc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str before = {(const char *)data, size};
    str rest = before;
    struct esc code = {0}, again = {0};
    char text[ESC_TEXT];

    if (esc_take(&rest, &code) ? rest.p + rest.n != before.p + before.n || rest.n == before.n : rest.p != before.p)
        abort();
    if (esc_find(before, &code)) {
        str written = str_of(esc_text(code, text));
        if (!esc_take(&written, &again) || !esc_eq(code, again))
            abort();
    }
    return 0;
}
