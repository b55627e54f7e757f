/*
 * streams - which kind of our mail a message is: brand, campaign, tenant.
 *
 * First match of the configuration's patterns against "sasl:USER", "from:SENDER", "syslog:NAME" or what the
 * log itself names (tenant, campaign, job); a pattern without a prefix is tried against all of them, * and ?
 * match as in file names. Default: the organisational domain of the envelope sender, VERP, SRS and BATV parts
 * taken off first. The null sender has no stream.
 *
 * Ownership  names answered live as long as the streams.
 * Limits     500 streams; what comes beyond is "other".
 */
#pragma once
#include "base/str.h"

enum { STREAMS_MAX = 500 };

struct streams;

struct stream_rule {
    str pattern, name;
};

struct stream_kind {
    str name, kind; /* bulk, transactional, person */
};

struct stream {
    uint64_t id; /* 0: none */
    str name, kind;
};

struct streams *streams_new(const struct stream_rule *rules, size_t rule_count, const struct stream_kind *kinds,
                            size_t kind_count);
void streams_free(struct streams *streams);
/* By patterns alone (a SASL user is known before the sender is); NULL: none matches. */
const struct stream *streams_by_rule(struct streams *streams, str sasl_user, str envelope_sender, str syslog_name,
                                     str named);
/* By patterns, then by the sender's organisation; never NULL. */
const struct stream *streams_of(struct streams *streams, str sasl_user, str envelope_sender, str syslog_name, str named);

/* The sender with VERP, SRS and BATV parts taken off: "b+7-ann=a.example@news.example" -> "b@news.example". */
str stream_sender(str envelope_sender, char *room, size_t room_bytes);
