/*
 * Text that lies: what a stranger chooses (a reply, a HELO name, a Message-ID, a user's name, a subject) is put into
 * each place where a program logs it, as that program would write it. Whatever it says, the line tells the same
 * events of the same recipients as with a harmless word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/clock.h"
#include "logs/envelope.h"
#include "logs_print.h"

enum writes { /* how the program writes a stranger's text */
    AS_IS,    /* control characters become "?" */
    AS_JSON,
    AS_CSV,
    AS_QMAIL,  /* blanks become "_", line ends "/" */
    ESCAPED,   /* quotes and backslashes with "\" in front, line ends as "\n" */
    ONE_WORD,  /* as it is, blanks dropped */
};

static const char *const lies[] = {
    "status=sent (250 2.0.0 Ok)",
    "no), relay=mx.evil.example[192.0.2.66]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok",
    "x\nMar  3 09:05:02 mx1 postfix/smtp[9]: 4F1A2B3C4D: to=<forged@evil.example>, relay=none, delay=0, dsn=2.0.0, "
    "status=sent (250 ok)",
    "4F1A2B3C4D: to=<forged@evil.example>, relay=none, delay=0, dsn=2.0.0, status=sent (250 ok)",
    "; from=<forged@evil.example> to=<forged@evil.example> proto",
    "2026-03-03 09:05:02 1xVO3K-0005NB-1L => forged@evil.example R=mx T=out C=\"250 ok\"",
    "\n1xVO3K-0005NB-1L Completed",
    "x\" H=mx [192.0.2.1] C=\"250 ok\" QT=1s DT=0s",
    ": retry timeout exceeded",
    "all hosts for 'x' have been failing for a long time",
    "a, dsn=2.0.0, stat=Sent (ok)",
    "62395101000812: to=<forged@evil.example>, delay=00:00:00, mailer=esmtp, dsn=2.0.0, stat=Sent (ok)",
    "x\" result=\"Ok\" stat=\"250 ok\"",
    "1a2b3c4d5e6f7082 mta delivery evpid=7d5c2aef00112233 from=<a@b> to=<forged@evil.example> result=\"Ok\" stat=\"250\"",
    "./delivery 77: success: 192.0.2.1_accepted_message./",
    "this message has been in the queue too long.",
    "x\nd,2026-03-03 09:05:02+0000,2026-03-03 09:05:01+0000,a@b,forged@evil.example,2.0.0,smtp;250 ok",
    "\",d,\"forged@evil.example",
    "\",\"type\":\"Delivery\",\"event\":\"delivered\",\"eventType\":\"Delivery\",\"x\":\"",
    "\"}},{\"event\":\"delivered\",\"email\":\"forged@evil.example\",\"recipient\":\"forged@evil.example\"}",
    "{\"Message\":\"{}\",\"event-data\":{\"event\":\"delivered\"}}",
    "4.4.7 QUEUE.Expired; message expired",
    "x};{LED=250 2.0.0 ok};{FQDN=evil.example}",
    ";250 2.0.0 ok;250 2.0.0 ok",
    "#Fields: event-id",
    "[NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1.1] [outbound] delivered domain=full.example response=\"250 ok\"",
    "x\" code=OK response=\"250 ok",
    "Too many failures",
    "Maximum number of delivery attempts",
    "Cannot send message for 5 days",
    "message repeated 9 times: [ x]",
    "[3/3] => forged@evil.example",
    "<forged@evil.example>... User unknown",
    "\\",
    "\"",
    "<\"",
    "\xff\xfe\x80 \xe2\x80\xa8 \xc2\x85",
};

/* "~" is the place. What stands in front of the last line is told before it. */
static const struct place {
    const char *format, *what;
    enum writes writes;
    const char *lines;
} places[] = {
    {"postfix", "reply", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/smtp[8]: 4F1A2B3C4D: to=<bob@full.example>, relay=mx.full.example[192.0.2.26]:25, "
     "delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.full.example[192.0.2.26] said: 550 5.1.1 ~ (in "
     "reply to RCPT TO command))"},
    {"postfix", "reply of a host on the way", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/smtp[8]: 4F1A2B3C4D: host mx.full.example[192.0.2.26] said: 450 ~ (in reply to RCPT "
     "TO command)"},
    {"postfix", "command's words", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/pipe[8]: 4F1A2B3C4D: to=<bob@full.example>, relay=filter, delay=1, "
     "delays=0/0/0/1, dsn=4.3.0, status=deferred (temporary failure. Command output: ~)"},
    {"postfix", "Message-ID", AS_IS, "Mar  3 09:05:01 mx1 postfix/cleanup[8]: 4F1A2B3C4D: message-id=<~>"},
    {"postfix", "HELO", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from mx.example[192.0.2.7]: 550 5.7.1 "
     "<ann@brand.example>: Relay access denied; from=<a@b.example> to=<ann@brand.example> proto=ESMTP helo=<~>"},
    {"postfix", "user", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/smtpd[8]: 4F1A2B3C4D: client=mx.example[192.0.2.7], sasl_method=LOGIN, "
     "sasl_username=~"},
    {"postfix", "user that failed", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/smtpd[8]: warning: mx.example[192.0.2.7]: SASL LOGIN authentication failed: x, "
     "sasl_username=~"},
    {"postfix", "header", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/cleanup[8]: 4F1A2B3C4D: reject: header Subject: ~ from mx.example[192.0.2.7]; "
     "from=<a@b.example> to=<ann@brand.example> proto=ESMTP helo=<x>: 5.7.1 no"},
    {"postfix", "words in front of HELO", AS_IS,
     "Mar  3 09:05:01 mx1 postfix/postscreen[8]: PREGREET 11 after 0.1 from [192.0.2.7]:4711: EHLO ~"},

    {"exim", "reply", ESCAPED,
     "2026-03-03 09:05:01 1xVO3K-0005NB-1L ** bob@full.example F=<a@b.example> R=mx T=out H=mx.full.example "
     "[192.0.2.26]: SMTP error from remote mail server after RCPT TO:<bob@full.example>: 550 5.1.1 ~"},
    {"exim", "confirmation", ESCAPED,
     "2026-03-03 09:05:01 1xVO3K-0005NB-1L => ann@shop.example F=<a@b.example> R=mx T=out H=mx [192.0.2.26] "
     "C=\"250 ~\" QT=1s"},
    {"exim", "subject", ESCAPED,
     "2026-03-03 09:05:01 1xVO3K-0005NB-1L <= a@b.example H=app [192.0.2.7] P=esmtp S=99 id=1@b T=\"~\" from "
     "<a@b.example> for ann@shop.example"},
    {"exim", "Message-ID", ONE_WORD,
     "2026-03-03 09:05:01 1xVO3K-0005NB-1L <= a@b.example H=app [192.0.2.7] P=esmtp S=99 id=~"},
    {"exim", "words of the door", AS_IS,
     "2026-03-03 09:05:01 H=mx.example [192.0.2.7] F=<a@b.example> rejected RCPT <ann@brand.example>: ~"},

    {"sendmail", "stat=", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: to=<bob@full.example>, delay=00:00:01, xdelay=00:00:01, "
     "mailer=esmtp, pri=1, relay=mx.full.example. [192.0.2.26], dsn=4.7.1, stat=Deferred: 450 4.7.1 ~"},
    {"sendmail", "stat=Sent", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: to=<ann@shop.example>, delay=00:00:01, xdelay=00:00:01, "
     "mailer=esmtp, pri=1, relay=mx.shop.example. [192.0.2.25], dsn=2.0.0, stat=Sent (ok ~)"},
    {"sendmail", "reply=", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: to=<bob@full.example>, delay=00:00:01, xdelay=00:00:01, "
     "mailer=esmtp, pri=1, relay=mx.full.example. [192.0.2.26], dsn=5.1.1, reply=550 5.1.1 ~, stat=User unknown"},
    {"sendmail", "ruleset", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: ruleset=check_rcpt, arg1=<ann@brand.example>, relay=mx "
     "[192.0.2.7], reject=550 5.7.1 ~"},
    {"sendmail", "milter", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: Milter: data, reject=554 5.7.1 ~"},
    {"sendmail", "user", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: AUTH=server, relay=mx [192.0.2.7], authid=~, mech=PLAIN, bits=0"},
    {"sendmail", "Message-ID", AS_IS,
     "Mar  3 09:05:01 mx1 sm-mta[8]: 62395101000812: from=<a@b.example>, size=9, class=0, nrcpts=1, msgid=<~>, "
     "proto=SMTP, daemon=MTA, relay=mx [192.0.2.7]"},

    {"opensmtpd", "stat", AS_IS,
     "Mar  3 09:05:01 mx1 smtpd[8]: 1a2b3c4d5e6f7082 mta delivery evpid=7d5c2aef00112233 from=<a@b.example> "
     "to=<bob@full.example> rcpt=<-> source=\"192.0.2.10\" relay=\"192.0.2.26 (mx)\" delay=1s result=\"PermFail\" "
     "stat=\"550 ~\""},
    {"opensmtpd", "stat before 6.0", AS_IS,
     "Mar  3 09:05:01 mx1 smtpd[8]: relay: PermFail for 7d5c2aef00112233: session=1a2b3c4d5e6f7082, "
     "from=<a@b.example>, to=<bob@full.example>, rcpt=<->, source=192.0.2.10, relay=192.0.2.26 (mx), delay=1s, "
     "stat=550 ~"},
    {"opensmtpd", "command", AS_IS,
     "Mar  3 09:05:01 mx1 smtpd[8]: 1a2b3c4d5e6f7082 smtp failed-command command=\"~\" result=\"500 no\""},
    {"opensmtpd", "user", AS_IS,
     "Mar  3 09:05:01 mx1 smtpd[8]: 1a2b3c4d5e6f7082 smtp authentication user=~ result=permfail"},

    {"qmail", "report", AS_QMAIL,
     "@4000000069a6a4471dcd6500 starting delivery 77: msg 12345 to remote bob@full.example\n"
     "@4000000069a6a4471dcd6500 delivery 77: failure: 192.0.2.26_does_not_like_recipient./Remote_host_said:_550_~"
     "/Giving_up_on_192.0.2.26./"},
    {"qmail", "report of a deferral", AS_QMAIL,
     "@4000000069a6a4471dcd6500 starting delivery 77: msg 12345 to remote bob@full.example\n"
     "@4000000069a6a4471dcd6500 delivery 77: deferral: 192.0.2.26_failed_on_DATA_command./Remote_host_said:_450_~/"},

    {"powermta", "dsnDiag", AS_CSV,
     "type,timeLogged,timeQueued,orig,rcpt,dsnStatus,dsnDiag,header_Subject,jobId\n"
     "b,2026-03-03 09:05:02+0000,2026-03-03 09:05:01+0000,a@b.example,bob@full.example,5.1.1 (x),\"smtp;550 ~\",s,j"},
    {"powermta", "header", AS_CSV,
     "type,timeLogged,timeQueued,orig,rcpt,dsnStatus,dsnDiag,header_Subject,jobId\n"
     "b,2026-03-03 09:05:02+0000,2026-03-03 09:05:01+0000,a@b.example,bob@full.example,5.1.1 (x),smtp;550 no,\"~\",j"},

    {"kumomta", "content", AS_JSON,
     "{\"type\":\"Bounce\",\"id\":\"d7ef\",\"sender\":\"a@b.example\",\"recipient\":\"bob@full.example\",\"site\":"
     "\"s\",\"num_attempts\":1,\"timestamp\":1772528702,\"response\":{\"code\":550,\"content\":\"~\"}}"},
    {"kumomta", "header", AS_JSON,
     "{\"type\":\"Bounce\",\"id\":\"d7ef\",\"sender\":\"a@b.example\",\"recipient\":\"bob@full.example\",\"site\":"
     "\"s\",\"num_attempts\":1,\"timestamp\":1772528702,\"headers\":{\"Subject\":\"~\"},\"response\":{\"code\":550}}"},

    {"haraka", "rejected", AS_IS,
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1.1] [outbound] recipient "
     "<bob@full.example> rejected: 550 ~"},
    {"haraka", "bouncing mail", AS_IS,
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1] [core] sender <a@b.example> code=CONT\n"
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1] [core] recipient <bob@full.example> "
     "code=OK\n"
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1.1] [outbound] bouncing mail: 550 ~"},
    {"haraka", "Message-ID", ESCAPED,
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1] [core] message mid=\"<~>\" size=9 "
     "rcpts=1/0/0 delay=0 code=DENY msg=\"no\""},
    {"haraka", "HELO", ESCAPED,
     "2026-03-03T09:05:01.000Z [NOTICE] [5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10] [core] disconnect ip=192.0.2.7 "
     "rdns=mx helo=\"~\" relay=N lr=\"\" time=1"},
    {"haraka", "response in JSON", AS_JSON,
     "{\"level\":\"NOTICE\",\"uuid\":\"5F0A7E8C-3C1B-4E6B-9F64-2F7B4A1C9D10.1.1\",\"source\":\"outbound\","
     "\"message\":\"recipient <bob@full.example> rejected: 550 ~\"}"},

    {"exchange", "recipient-status", AS_CSV,
     "#Fields: date-time,event-id,source,recipient-address,recipient-status,network-message-id,sender-address,"
     "message-subject\n"
     "2026-03-03T08:05:04.123Z,FAIL,SMTP,bob@full.example,\"550 5.1.1 ~\",aaaa-1,a@b.example,s"},
    {"exchange", "LED", AS_CSV,
     "#Fields: date-time,event-id,source,recipient-address,recipient-status,network-message-id,sender-address,"
     "message-subject\n"
     "2026-03-03T08:05:04.123Z,FAIL,SMTP,bob@full.example;ann@full.example,\"[{LED=550 5.1.1 ~};{MSG=};{FQDN=mx};"
     "{IP=192.0.2.26};{LRT=}]\",aaaa-1,a@b.example,s"},
    {"exchange", "subject", AS_CSV,
     "#Fields: date-time,event-id,source,recipient-address,recipient-status,network-message-id,sender-address,"
     "message-subject\n"
     "2026-03-03T08:05:04.123Z,FAIL,SMTP,bob@full.example,550 5.1.1 no,aaaa-1,a@b.example,\"~\""},

    {"ses", "diagnosticCode", AS_JSON,
     "{\"eventType\":\"Bounce\",\"mail\":{\"timestamp\":\"2026-03-03T09:05:01Z\",\"messageId\":\"0100\",\"source\":"
     "\"a@b.example\",\"destination\":[\"bob@full.example\"]},\"bounce\":{\"bounceType\":\"Permanent\","
     "\"bounceSubType\":\"NoEmail\",\"bouncedRecipients\":[{\"emailAddress\":\"bob@full.example\",\"status\":"
     "\"5.1.1\",\"diagnosticCode\":\"smtp; 550 ~\"}]}}"},
    {"ses", "subject", AS_JSON,
     "{\"eventType\":\"Send\",\"mail\":{\"timestamp\":\"2026-03-03T09:05:01Z\",\"messageId\":\"0100\",\"source\":"
     "\"a@b.example\",\"destination\":[\"bob@full.example\"],\"commonHeaders\":{\"subject\":\"~\",\"messageId\":"
     "\"~\"}},\"send\":{}}"},
    {"sendgrid", "reason", AS_JSON,
     "[{\"email\":\"bob@full.example\",\"timestamp\":1772528702,\"event\":\"bounce\",\"sg_event_id\":\"e\","
     "\"sg_message_id\":\"m.x\",\"smtp-id\":\"~\",\"reason\":\"550 ~\",\"status\":\"5.1.1\"}]"},
    {"mailgun", "message", AS_JSON,
     "{\"event-data\":{\"event\":\"failed\",\"severity\":\"permanent\",\"reason\":\"bounce\",\"timestamp\":1772528702,"
     "\"recipient\":\"bob@full.example\",\"message\":{\"headers\":{\"message-id\":\"1@b\",\"subject\":\"~\"}},"
     "\"delivery-status\":{\"code\":550,\"message\":\"~\",\"description\":\"~\"}}}"},
    {"postmark", "Details", AS_JSON,
     "{\"RecordType\":\"Bounce\",\"Type\":\"HardBounce\",\"MessageID\":\"m\",\"Email\":\"bob@full.example\","
     "\"BouncedAt\":\"2026-03-03T09:05:01Z\",\"Details\":\"smtp;550 ~\",\"Description\":\"~\",\"Subject\":\"~\"}"},
    {"sparkpost", "raw_reason", AS_JSON,
     "[{\"msys\":{\"message_event\":{\"type\":\"bounce\",\"rcpt_to\":\"bob@full.example\",\"message_id\":\"m\","
     "\"timestamp\":\"1772528702\",\"bounce_class\":\"10\",\"raw_reason\":\"550 ~\",\"reason\":\"~\",\"subject\":"
     "\"~\"}}}]"},
    {"postal", "output", AS_JSON,
     "{\"event\":\"MessageDeliveryFailed\",\"timestamp\":1772528702.5,\"payload\":{\"message\":{\"token\":\"t\","
     "\"message_id\":\"1@b\",\"to\":\"bob@full.example\",\"from\":\"a@b.example\",\"subject\":\"~\"},\"status\":"
     "\"HardFail\",\"details\":\"Permanent SMTP delivery error\",\"output\":\"550 ~\"}}"},
};

/* ---- as the program writes it */

static void add_escaped(struct buf *to, const unsigned char c, enum writes writes)
{
    if (c == '"' && writes == AS_CSV)
        buf_add(to, STR("\"\""));
    else if ((c == '"' || c == '\\') && (writes == AS_JSON || writes == ESCAPED))
        buf_printf(to, "\\%c", c);
    else if (c == '\n' && writes == ESCAPED)
        buf_add(to, STR("\\n"));
    else if (c >= 0x80 && writes == AS_JSON) /* JSON is UTF-8 */
        buf_printf(to, "\\u%04x", c);
    else if (c < ' ' && writes == AS_JSON)
        buf_printf(to, "\\u%04x", c);
    else if (writes == AS_QMAIL && (c == ' ' || c == '\n'))
        buf_add_char(to, c == ' ' ? '_' : '/');
    else if (c < ' ' && writes != AS_CSV) /* a line end within a cell is the reader's matter */
        buf_add_char(to, '?');
    else if (writes != ONE_WORD || c != ' ')
        buf_add_char(to, (char)c);
}

static struct buf written(const struct place *place, const char *text)
{
    struct buf to = {0};

    for (const char *p = place->lines; *p; p++) {
        if (*p != '~') {
            buf_add_char(&to, *p);
            continue;
        }
        for (const char *c = text; *c; c++)
            add_escaped(&to, (unsigned char)*c, place->writes);
    }
    return to;
}

/* ---- what is told: kinds, recipients, outcomes, lives; not the words */

static void add_told(struct buf *told, const struct log_event *e)
{
    buf_printf(told, "%s id=%.*s to=%.*s status=%s%s\n", kind_names[e->kind], STR_ARG(e->queue_id),
               STR_ARG(e->recipient), status_names[e->status], e->suspended ? " suspended" : "");
}

static struct buf told_by(const struct place *place, const char *text)
{
    const struct log_format *format = log_format_named(str_of(place->format));
    struct buf lines = written(place, text), told = {0};
    struct envelope *envelope = envelope_new(NULL);
    struct arena *arena = arena_new();
    void *state = format->state_new ? format->state_new() : NULL;
    str rest = buf_str(&lines), one;

    while (str_take_line(&rest, &one)) {
        struct log_line line = {.at_us = CLOCK_NONE, .message = one};
        struct log_event events[4];
        struct log_sink sink = {.events = events, .room = 4, .arena = arena};
        if (!format->whole_line)
            envelope_peel(envelope, one, &line);
        if (format->parse(state, &line, &sink) == LINE_UNREAD)
            buf_add(&told, STR("unread\n"));
        for (size_t i = 0; i < sink.count; i++)
            add_told(&told, &sink.events[i]);
        arena_reset(arena);
    }
    if (format->state_free)
        format->state_free(state);
    arena_free(arena);
    envelope_free(envelope);
    buf_free(&lines);
    return told;
}

static void no_lie_changes_what_is_told(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct buf want = told_by(&places[i], "word");
        assert_true(str_find(buf_str(&want), STR("unread")) == STR_NONE);
        for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
            struct buf got = told_by(&places[i], lies[k]);
            if (!str_eq(buf_str(&want), buf_str(&got))) {
                wrong++;
                print_error("%s, %s: \"%s\"\n want %.*s got  %.*s", places[i].format, places[i].what, lies[k],
                            STR_ARG(buf_str(&want)), STR_ARG(buf_str(&got)));
            }
            buf_free(&got);
        }
        buf_free(&want);
    }
    assert_int_equal(wrong, 0);
}

static void every_format_has_its_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < log_format_count; i++) {
        size_t count = 0;
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            count += strcmp(places[k].format, log_formats[i].name) == 0;
        assert_true(count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_lie_changes_what_is_told),
        cmocka_unit_test(every_format_has_its_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
