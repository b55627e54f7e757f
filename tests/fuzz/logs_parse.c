/*
 * Whatever lines come in, to every format: no crash; a line that is no event leaves the sink as it was;
 * an event has a kind and its views can be read.
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

static void check_event(const struct log_event *e)
{
    const str texts[] = {e->host, e->instance, e->queue_id, e->next_queue_id, e->previous_queue_id, e->message_id,
                         e->envelope_sender, e->recipient, e->original_recipient, e->client_host, e->client_ip,
                         e->sasl_user, e->remote_host, e->remote_ip, e->reply, e->tls_version, e->cipher, e->egress,
                         e->stream, e->own_category, e->feedback_type};

    if (e->kind < LOG_ACCEPTED || e->kind > LOG_RETURNED || (e->kind == LOG_ATTEMPT && e->status == STATUS_NONE))
        abort();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        touch(texts[i]);
}

static void parse(const struct log_format *format, void *state, const struct log_line *line, struct arena *arena)
{
    struct log_event events[2];
    struct log_sink sink = {.events = events, .room = 2, .arena = arena};
    const enum line_result result = format->parse(state, line, &sink);

    if ((result == LINE_EVENT) != (sink.count > 0))
        abort();
    for (size_t i = 0; i < sink.count; i++)
        check_event(&sink.events[i]);
    arena_reset(arena);
}

static void read_all(const struct log_format *format, str text)
{
    struct envelope *envelope = envelope_new(NULL);
    struct arena *arena = arena_new();
    void *state = format->state_new ? format->state_new() : NULL;
    str one;

    envelope_set_year(envelope, 2026, 1);
    while (str_take_field(&text, '\n', &one)) {
        struct log_line line = {.at_us = CLOCK_NONE, .message = one};
        if (!format->whole_line && envelope_peel(envelope, one, &line) > ENVELOPE_LINE)
            continue;
        format->recognise(&line);
        parse(format, state, &line, arena);
    }
    if (format->state_free)
        format->state_free(state);
    arena_free(arena);
    envelope_free(envelope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The first byte chooses the format. */
    if (size > 0)
        read_all(&log_formats[data[0] % log_format_count], (str){(const char *)data + 1, size - 1});
    return 0;
}
