/*
 * logs_print - events as text, one a line, for the golden tests: kind, then each field that is said.
 */
#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "logs/formats.h"

static const char *const kind_names[] = {
    [LOG_ACCEPTED] = "accepted", [LOG_MESSAGE_ID] = "message-id",     [LOG_QUEUED] = "queued",
    [LOG_ATTEMPT] = "attempt",   [LOG_EXPIRED] = "expired",           [LOG_NOTIFICATION] = "notification",
    [LOG_REMOVED] = "removed",   [LOG_REJECTED] = "rejected",         [LOG_TLS] = "tls",
    [LOG_REPLY] = "reply",       [LOG_RETURNED] = "returned",
};
static const char *const status_names[] = {"", "sent", "deferred", "bounced", "expired", "suppressed"};
static const char *const transport_names[] = {"", "local", "discard", "error"};
static const char *const grade_names[] = {"", "none", "anonymous", "untrusted", "trusted", "verified"};
static const char *const quality_names[] = {"", "no-zone", "no-year"};

static inline void print_text(struct buf *to, const char *name, str value)
{
    bool plain = value.n > 0;

    for (size_t i = 0; i < value.n; i++)
        plain &= value.p[i] > ' ' && value.p[i] != '"' && value.p[i] != '\\';
    buf_printf(to, " %s=", name);
    if (plain) {
        buf_add(to, value);
        return;
    }
    buf_add_char(to, '"');
    for (size_t i = 0; i < value.n; i++) {
        const unsigned char c = (unsigned char)value.p[i];
        if (c == '"' || c == '\\')
            buf_printf(to, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            buf_printf(to, "\\x%02x", c);
        else
            buf_add_char(to, (char)c);
    }
    buf_add_char(to, '"');
}

static inline void print_if(struct buf *to, const char *name, str value)
{
    if (value.n > 0)
        print_text(to, name, value);
}

static inline void print_word(struct buf *to, const char *name, const char *word)
{
    if (*word)
        buf_printf(to, " %s=%s", name, word);
}

static inline void print_number(struct buf *to, const char *name, int64_t value, int64_t unsaid)
{
    if (value != unsaid)
        buf_printf(to, " %s=%lld", name, (long long)value);
}

static inline void print_flag(struct buf *to, const char *name, bool flag)
{
    if (flag)
        buf_printf(to, " %s", name);
}

static inline void print_event(struct buf *to, const struct log_event *e)
{
    char time[CLOCK_TEXT], code[ESC_TEXT];

    buf_printf(to, "%s %s", kind_names[e->kind], e->at_us == CLOCK_NONE ? "-" : clock_text(e->at_us, time));
    print_if(to, "host", e->host);
    print_if(to, "instance", e->instance);
    print_number(to, "pid", e->pid, 0);
    print_if(to, "queue_id", e->queue_id);
    print_if(to, "next_queue_id", e->next_queue_id);
    print_if(to, "previous_queue_id", e->previous_queue_id);
    print_if(to, "message_id", e->message_id);
    if (e->has_sender)
        print_text(to, "sender", e->envelope_sender);
    print_if(to, "recipient", e->recipient);
    print_if(to, "original", e->original_recipient);
    print_word(to, "status", status_names[e->status]);
    print_word(to, "transport", transport_names[e->transport]);
    print_word(to, "phase", phase_name(e->phase));
    print_word(to, "esc", esc_text(e->enhanced_status, code));
    print_if(to, "client_host", e->client_host);
    print_if(to, "client_ip", e->client_ip);
    print_flag(to, "local_client", e->local_client);
    print_if(to, "sasl_user", e->sasl_user);
    print_if(to, "remote_host", e->remote_host);
    print_if(to, "remote_ip", e->remote_ip);
    print_number(to, "remote_port", e->remote_port, 0);
    print_flag(to, "suspended", e->suspended);
    print_flag(to, "temporary", e->temporary);
    print_flag(to, "probe", e->probe);
    print_flag(to, "truncated", e->truncated);
    print_number(to, "delay", e->delay_ms, -1);
    print_number(to, "delay_queue", e->delay_queue_ms, -1);
    print_number(to, "delay_active", e->delay_active_ms, -1);
    print_number(to, "delay_connect", e->delay_connect_ms, -1);
    print_number(to, "delay_send", e->delay_send_ms, -1);
    print_number(to, "size", e->size_bytes, -1);
    print_number(to, "recipients", e->recipients, -1);
    print_number(to, "attempt", e->attempt, 0);
    print_word(to, "tls", grade_names[e->tls]);
    print_if(to, "tls_version", e->tls_version);
    print_if(to, "cipher", e->cipher);
    print_if(to, "egress", e->egress);
    print_if(to, "stream", e->stream);
    print_if(to, "own_category", e->own_category);
    print_if(to, "feedback_type", e->feedback_type);
    print_if(to, "reply", e->reply);
    buf_add_char(to, '\n');
}
