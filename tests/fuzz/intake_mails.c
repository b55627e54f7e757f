#include "intake/mails.h"
#include "intake_memory.h"

static void check_mail(const struct mail *mail, str content, uint64_t before, size_t limit)
{
    if (mail->offset < before || mail->end < mail->offset + (mail->oversized ? 0 : mail->bytes.n) ||
        mail->end > content.n)
        abort();
    if (mail->bytes.n == 0 || mail->bytes.n > limit)
        abort();
    /* what holds nothing quoted comes as it is */
    if (str_find(str_to(str_from(content, mail->offset), 2 * mail->bytes.n), STR(">From ")) == STR_NONE &&
        !str_starts(str_from(content, mail->offset), mail->bytes))
        abort();
}

/* Whatever comes in: mails lie one behind the other, none beyond the limit, and every byte is passed once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct buf content;
    struct err err = {0};
    struct mail mail;
    uint64_t before = 0;
    int answer;

    if (size < 3)
        return 0;
    const size_t limit = 16 + 64 * data[2];
    struct input *in = input_of(&content, (size_t)(data[0] << 8 | data[1]) * 8 % (300 * 1024), data + 3, size - 3);
    if (!input_is_compressed(in)) {
        const enum content kind = content_of(input_peek(in, INPUT_PEEK_BYTES, &err), false);
        struct identity *seen = identity_new(), *want = identity_new();
        struct mails *mails = mails_new();
        mails_limit(mails, limit);
        mails_start(mails, in, data[2] & 1 ? CONTENT_MBOX : kind, seen);
        for (; (answer = mails_next(mails, &mail, &err)) == 1; before = mail.end) {
            check_mail(&mail, buf_str(&content), before, limit);
            if (identity_length(seen) != mail.end)
                abort();
        }
        identity_add(want, buf_str(&content));
        if (answer != 0 || identity_length(seen) != content.n || identity_now(seen).low != identity_now(want).low)
            abort();
        mails_free(mails);
        identity_free(want);
        identity_free(seen);
    }
    input_close(in);
    return 0;
}
