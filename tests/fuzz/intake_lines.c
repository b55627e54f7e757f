#include "intake/lines.h"
#include "intake_memory.h"

static uint64_t check_line(const struct line *line, str content, uint64_t at, bool ended)
{
    const str whole = str_to(str_from(content, line->offset), line->length);
    const size_t end = whole.n - line->text.n;

    if (line->offset != at || whole.n != line->length || !str_starts(whole, line->text))
        abort();
    if (ended && (str_find_char(whole, '\n') != whole.n - 1 || (!line->oversized && end != 1 && end != 2)))
        abort();
    if (line->oversized != (line->text.n == LINE_MAX_BYTES && end > 2) && line->text.n != LINE_MAX_BYTES)
        abort();
    return at + line->length;
}

static void check_identity(const struct identity *seen, str content, uint64_t at)
{
    struct identity *want = identity_new();

    identity_add(want, str_to(content, at));
    if (identity_length(seen) != at || identity_now(seen).low != identity_now(want).low)
        abort();
    identity_free(want);
}

/* Whatever comes in: lines are handed out in order, offsets add up, nothing is lost, the identity keeps pace. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf content;
    static struct lines *lines;
    struct err err = {0};
    struct line batch[5];
    uint64_t at = 0;

    if (size < 3)
        return 0;
    struct input *in = input_of(&content, (size_t)(data[0] << 8 | data[1]) * 8, data + 3, size - 3);
    lines = lines ? lines : lines_new();
    struct identity *seen = identity_new();
    const bool plain = !input_is_compressed(in);
    lines_start(lines, in, seen);
    ssize_t n;
    while ((n = lines_next(lines, batch, 1 + data[2] % 5, &err)) > 0) {
        for (ssize_t i = 0; plain && i < n; i++)
            at = check_line(&batch[i], buf_str(&content), at, true);
    }
    if (plain)
        check_identity(seen, buf_str(&content), at);
    if (plain && lines_rest(lines, batch))
        at = check_line(&batch[0], buf_str(&content), at, false);
    if (plain && (n < 0 || at != content.n))
        abort();
    identity_free(seen);
    input_close(in);
    return 0;
}
