/*
 * A rule file and a text (behind the first NUL): it reads or says FILE:LINE, and what it reads gives the same
 * answer with and without the prefilter.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "classify/fold.h"
#include "classify/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(struct ruleset *set, str text)
{
    struct subject s = {.code = 550, .status = {5, 1, 1}, .provider = STR("gmail"), .group = STR("google"), .kind = STR("mailbox")};
    struct buf folded = {0};
    const struct rule *fast;

    fold_text(str_to(text, 4096), &folded);
    s.text = buf_str(&folded);
    fast = ruleset_match(set, &s);
    if (fast != ruleset_match_sequential(set, &s))
        abort();
    buf_free(&folded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size}, rules = text;
    struct ruleset *set = ruleset_new();
    struct err err = {0};

    str_take_until(&text, '\0', &rules);
    if (ruleset_read(set, STR("fuzz.rules"), rules, true, &err) && ruleset_finish(set, &err))
        match(set, text);
    else if (strncmp(err.text, "fuzz.rules:", 11) != 0)
        abort();
    ruleset_free(set);
    return 0;
}
