/*
 * log_event - what one line of a relay's log says.
 *
 * The formats differ in how a life is told: Postfix spreads a message over many
 * lines (accepted, message id, queued, one attempt a recipient, removed), others
 * say it all in one record. A parser fills what its line says and leaves the rest
 * zero; correlate/ puts the lives together.
 *
 * Ownership  views into the line (or the parser's arena); valid until the next line.
 * Units      times in microseconds UTC, delays in milliseconds, -1 for "not said";
 *            size in bytes, -1 for "not said".
 */
#pragma once
#include "model/esc.h"
#include "model/phase.h"

enum log_kind {
    LOG_ACCEPTED = 1, /* a message enters: client, SASL user (and for full records all else) */
    LOG_MESSAGE_ID,   /* its Message-ID */
    LOG_QUEUED,       /* its envelope sender, size, recipients */
    LOG_ATTEMPT,      /* one try for one recipient, with its status */
    LOG_EXPIRED,      /* the queue gives up: every recipient still deferred has failed */
    LOG_NOTIFICATION, /* next_queue_id is a DSN that this relay made about queue_id */
    LOG_REMOVED,      /* the message has left the queue */
    LOG_REJECTED,     /* refused at our door; closes queue_id when there is one */
    LOG_TLS,          /* the next attempts of this pid to remote_host are encrypted */
    LOG_REPLY,        /* a reply without a status, on the way to one: evidence, no attempt */
    LOG_RETURNED,     /* a bounce or complaint told by the log itself (KumoMTA OOB, PowerMTA rb and f) */
};

enum log_status {
    STATUS_NONE = 0,
    STATUS_SENT,
    STATUS_DEFERRED,
    STATUS_BOUNCED,
    STATUS_EXPIRED, /* formats that say it on the recipient's line; without a reply the last deferral says why */
    STATUS_SUPPRESSED,
};

enum transport {
    TRANSPORT_REMOTE = 0, /* SMTP to another host */
    TRANSPORT_LOCAL,      /* mailbox, pipe, LMTP */
    TRANSPORT_DISCARD,
    TRANSPORT_ERROR, /* error(8): never left */
};

enum tls_grade { TLS_UNKNOWN = 0, TLS_NONE, TLS_ANONYMOUS, TLS_UNTRUSTED, TLS_TRUSTED, TLS_VERIFIED };

enum log_quality { /* how well at_us is known */
    TIME_EXACT = 0,
    TIME_NO_ZONE, /* local time of the logger */
    TIME_NO_YEAR,
};

struct log_event {
    enum log_kind kind;
    enum log_status status;
    enum transport transport;
    enum phase phase;
    enum tls_grade tls;
    int64_t at_us;
    str host, instance; /* together: the node */
    uint32_t pid;
    str queue_id, next_queue_id; /* next: of a hand-over, a notification or a requeue */
    str previous_queue_id;       /* LOG_ACCEPTED: what the message was called before (XFORWARD, requeue) */
    str message_id;
    bool has_sender; /* envelope_sender is said; "" is then the null sender */
    str envelope_sender;
    str recipient, original_recipient;
    str client_host, client_ip; /* "" and local_client for pickup */
    bool local_client;
    str sasl_user;
    str remote_host, remote_ip;
    uint16_t remote_port;
    bool suspended; /* told again from an earlier failure: no attempt was made */
    bool temporary; /* LOG_REJECTED: try again later */
    bool probe;     /* address verification: outside of everything */
    bool truncated; /* the logger cut the line */
    bool endless;   /* no LOG_REMOVED will come: a message is over when all of its recipients are */
    struct esc enhanced_status;
    str reply; /* the text in its wrapper, as logged */
    int32_t delay_ms, delay_queue_ms, delay_active_ms, delay_connect_ms, delay_send_ms;
    int64_t size_bytes;
    int32_t recipients;
    uint32_t attempt;      /* formats that count themselves; 0 = not said */
    str tls_version, cipher;
    str egress, stream;    /* as the log names them */
    str own_category;      /* the relay's own classification, kept beside ours */
    str feedback_type;
};

/* A cleared event with the "not said" values in place. */
static inline void log_event_clear(struct log_event *e)
{
    memset(e, 0, sizeof *e);
    e->delay_ms = e->delay_queue_ms = e->delay_active_ms = e->delay_connect_ms = e->delay_send_ms = -1;
    e->size_bytes = e->recipients = -1;
}

static inline bool str_is_set(str s)
{
    return s.n > 0;
}
