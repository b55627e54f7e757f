/* A returned mail as text, one field a line: what the .expect files beside the samples hold. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "bounces/bounces.h"

static void field(struct buf *to, const char *name, str value)
{
    if (value.n)
        buf_printf(to, "%s: %.*s\n", name, STR_ARG(value));
}

static void describe_item(struct buf *to, const struct returned_item *item)
{
    char code[ESC_TEXT];

    buf_printf(to, "\nkind: %s\n", returned_kind_name(item->kind));
    field(to, "recipient", item->recipient);
    field(to, "original_recipient", item->original_recipient);
    field(to, "action", item->action);
    field(to, "enhanced_status", str_of(esc_text(item->enhanced_status, code)));
    if (item->reply_code)
        buf_printf(to, "reply_code: %d\n", item->reply_code);
    field(to, "phase", str_of(phase_name(item->phase)));
    field(to, "diagnostic", item->diagnostic);
    field(to, "reporting_mta", item->reporting_mta);
    field(to, "remote_mta", item->remote_mta);
    field(to, "feedback_type", item->feedback_type);
    field(to, "category", item->category);
    field(to, "left_for", item->left_for);
}

static inline void describe(struct buf *to, const struct returned *mail)
{
    field(to, "decoded_by", str_of(mail->decoded_by));
    field(to, "envelope_sender", mail->envelope_sender);
    field(to, "message_id", mail->message_id);
    field(to, "queue_id", mail->queue_id);
    field(to, "envelope_id", mail->envelope_id);
    field(to, "mail_to", mail->mail_to);
    for (size_t i = 0; i < mail->count; i++)
        describe_item(to, &mail->items[i]);
}

/* The bytes of a file; p NULL when it cannot be read. The caller frees p. */
static inline str file_bytes(const char *path)
{
    FILE *f = fopen(path, "rb");
    str bytes = {NULL, 0};

    if (!f)
        return bytes;
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    char *p = malloc((size_t)size + 1);
    if (p && size >= 0) {
        bytes = (str){p, fread(p, 1, (size_t)size, f)};
        p[bytes.n] = '\0';
    }
    fclose(f);
    return bytes;
}
