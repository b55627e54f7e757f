/*
 * Whatever lines come in: no crash; a line's views hold bytes that can be read; a line without an
 * envelope is handed on whole or behind a container's name, never longer than it was.
 */
#include <stdlib.h>

#include "logs/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sum;

static void touch(str s)
{
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope *envelope = envelope_new(NULL);
    str text = {(const char *)data, size}, first = text, line_text = {0};
    int month, day;

    envelope_set_year(envelope, 2026, 1);
    while (str_take_field(&text, '\n', &line_text)) {
        struct log_line line = {0};
        const enum envelope_result result = envelope_peel(envelope, line_text, &line);
        if (result == ENVELOPE_NONE && line.message.n > line_text.n && line.message.p >= line_text.p &&
            line.message.p < line_text.p + line_text.n)
            abort();
        if (result == ENVELOPE_PART || result == ENVELOPE_NOTE)
            continue;
        touch(line.host);
        touch(line.program);
        touch(line.message);
    }
    if (envelope_yearless(first, &month, &day) && (month < 1 || month > 12 || day < 1 || day > 31))
        abort();
    envelope_first_year(first, line_text, clock_days(2026, 11, 23) * CLOCK_DAY);
    envelope_free(envelope);
    return 0;
}
