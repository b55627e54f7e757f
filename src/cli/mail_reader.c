#include "cli/mail_reader.h"

#include "base/log.h"
#include "bounces/bounces.h"

void mail_reader_start(struct mail_reader *reader, struct classifier *classifier)
{
    *reader = (struct mail_reader){.arena = arena_new(), .mails = mails_new(), .classifier = classifier};
}

void mail_reader_end(struct mail_reader *reader)
{
    mails_free(reader->mails);
    arena_free(reader->arena);
}

static void refuse(struct mail_reader *reader, const struct input *in, const struct mail *mail, const char *why)
{
    reader->refused++;
    if (mail->offset > 0)
        log_say(SAY_ERROR, "%s: mail at byte %llu: %s", input_path(in), (unsigned long long)mail->offset, why);
    else
        log_say(SAY_ERROR, "%s: %s", input_path(in), why);
}

static void read_mail(struct mail_reader *reader, const struct input *in, const struct mail *mail)
{
    struct returned returned;
    struct err err;

    if (mail->oversized) {
        refuse(reader, in, mail, "the mail is larger than 32 MiB (limit 33554432)");
        return;
    }
    arena_reset(reader->arena);
    if (!bounces_read(mail->bytes, reader->arena, &returned, &err)) {
        refuse(reader, in, mail, err.text);
        return;
    }
    for (size_t i = 0; i < returned.count; i++) {
        const struct record record =
            record_of_item(reader->classifier, str_of(input_path(in)), &returned, &returned.items[i]);
        reader->each(reader->self, &record);
    }
}

void mail_reader_read(struct mail_reader *reader, struct input *in, enum content content)
{
    const struct record nothing = record_of_nothing(str_of(input_path(in)));
    struct mail mail = {0};
    uint64_t count = 0;
    struct err err;
    int got;

    mails_start(reader->mails, in, content, NULL);
    while ((got = mails_next(reader->mails, &mail, &err)) == 1) {
        read_mail(reader, in, &mail);
        count++;
    }
    if (got < 0)
        refuse(reader, in, &(struct mail){0}, err.text);
    else if (count == 0)
        reader->each(reader->self, &nothing);
}
