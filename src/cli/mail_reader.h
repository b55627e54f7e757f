/*
 * mail_reader - the mails of an input, read and judged, one record a recipient. No database.
 *
 * Ownership  records are views until the callback returns.
 * Errors     a mail that is refused is said on stderr, counted in `refused`, and the next one is read.
 */
#pragma once
#include "cli/record.h"
#include "intake/mails.h"

struct mail_reader {
    struct arena *arena; /* reset for each mail */
    struct mails *mails;
    struct classifier *classifier; /* borrowed */
    void (*each)(void *self, const struct record *record);
    void *self;
    uint64_t refused;
};

/* bounces_start() has been called. */
void mail_reader_start(struct mail_reader *reader, struct classifier *classifier);
void mail_reader_end(struct mail_reader *reader);
/* All mails of one input. An input without any gives one record of kind other. */
void mail_reader_read(struct mail_reader *reader, struct input *in, enum content content);
