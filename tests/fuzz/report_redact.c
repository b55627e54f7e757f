/* Whatever comes in: no crash, an end, the same answer twice, and no address left (an @ between two characters of one).
 */
#include <stdlib.h>

#include "report/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool part_of_address(char c)
{
    return str_is_digit(c) || str_is_alpha(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redactor *r = redactor_new();
    const str text = {(const char *)data, size};
    const str once = redact(r, text), again = redact(r, text);

    if (!str_eq(once, again))
        abort();
    for (size_t i = 1; i + 1 < once.n; i++)
        if (once.p[i] == '@' && part_of_address(once.p[i - 1]) && part_of_address(once.p[i + 1]))
            abort();
    redactor_free(r);
    return 0;
}
