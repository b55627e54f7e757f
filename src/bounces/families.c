#include "bounces/families.h"

#include "bounces/names.h"
#include "bounces/sendmail.h"
#include "bounces/ses.h"
#include "bounces/words.h"

/* Google Groups names the group in the header only; the text is in the reader's language. */
static bool read_failed_recipients(struct notice *n, const struct prose_hints *hints)
{
    (void)hints;
    return prose_rebuild(n);
}

static bool read_ses(struct notice *n, const struct prose_hints *hints)
{
    (void)hints;
    return ses_read(n);
}

static bool read_sendmail(struct notice *n, const struct prose_hints *hints)
{
    (void)hints;
    return sendmail_read(n);
}

/* m-FILTER names the command in a section of its own, behind the reply. */
static bool read_mfilter(struct notice *n, const struct prose_hints *hints)
{
    const size_t at = words_end(n->lower, "-------smtp command\n");

    if (!prose_read(n, hints))
        return false;
    for (size_t i = 0; at != STR_NONE && i < n->count; i++)
        if (n->items[i].phase == PHASE_NONE)
            n->items[i].phase = phase_of_verb(str_from(n->lower, at));
    return true;
}

/* clang-format off: a row reads best as it is written */
const struct family families[] = {
    {.name = "ses",
     .title = "Amazon SES notifications by SNS mail",
     .text = "notificationtype\\\"|\"notificationtype\"|\"eventtype\"|eventtype\\\"",
     .read = read_ses},
    {.name = "googlegroups",
     .title = "Google Groups",
     .from = "googlemail.com|google.com",
     .text = "google group",
     .read = read_failed_recipients},
    {.name = "aol",
     .title = "AOL screen names",
     .from = "aol.com",
     .text = "mail to the following recipients could not be delivered",
     .hints.start = "could not be delivered",
     .read = names_read},
    {.name = "gmail",
     .title = "Gmail",
     .from = "googlemail.com|google.com",
     .hints.start = "to the following recipient|delivered to|reaching"},
    {.name = "qmail",
     .title = "qmail and its children (Yahoo, netqmail, s/qmail, X4)",
     .text = "qmail-send|i've given up. sorry it didn't work out|"
             "was unable to deliver your message to the following addresses|"
             "unable to deliver your message to the following address|"
             "unable to deliver message to the following address"},
    {.name = "exim",
     .title = "Exim, mail.ru, GMX, 1&1",
     .text = "created automatically by mail delivery software|created automatically by the smtp relay|"
             "created automatically by mail delivery system",
     .hints.start = "failed:|not yet been delivered is:|not yet been delivered are:|following addresses:|"
                    "incorrectly constructed:|permanent error.",
     .hints.stop = "no action is required on your part"},
    {.name = "exim",
     .title = "Exim, local users",
     .text = "created automatically by mail delivery software",
     .hints.start = "address(es) failed:|addresses failed:",
     .read = names_read},
    {.name = "exim",
     .title = "Exim, malformed addresses",
     .text = "recipient addresses that were",
     .hints.start = "constructed:"},
    {.name = "sendmail",
     .title = "Sendmail 5 to 8, ActiveHunter, Biglobe",
     .text = "transcript of session follows|addresses had permanent fatal errors|"
             "addresses had delivery problems|addresses had transient",
     .read = read_sendmail},
    {.name = "postfix",
     .title = "Postfix without fields",
     .text = "this is the mail system at host|postfix program|this is the postfix",
     .hints.start = "the mail system\n|postfix program\n|postfix on"},
    {.name = "opensmtpd",
     .title = "OpenSMTPD",
     .text = "this is the mailer-daemon, please do not reply",
     .hints.start = "list of recipients:",
     .hints.stop = "below is a copy of the original"},
    {.name = "dragonfly",
     .title = "DragonFly Mail Agent (dma)",
     .text = "dragonfly mail agent",
     .hints.start = "there was an error delivering your mail to"},
    {.name = "exchange",
     .title = "Exchange 5.5 to 2019 and Online",
     .text = "did not reach the following recipient",
     .hints.start = "did not reach the following recipient(s):"},
    {.name = "exchange",
     .title = "Exchange 2007 and later, Exchange Online",
     .text = "diagnostic information for administrators|diagnoseinformationen für administratoren|"
             "informations de diagnostic|información de diagnóstico|informazioni di diagnostica|"
             "管理者向けの診断情報|diagnostisk information för administratörer|"
             "remote server returned",
     .hints.start = "diagnostic information for administrators:|diagnoseinformationen für administratoren|"
                    "informations de diagnostic|información de diagnóstico|informazioni di diagnostica|"
                    "管理者向けの診断情報|diagnostisk information",
     .hints.stop = "original message headers|ursprungliga meddelandehuvuden|ursprüngliche nachrichtenkopfzeilen"},
    {.name = "domino",
     .title = "Domino",
     .text = "was not delivered to:",
     .hints.start = "was not delivered to:"},
    {.name = "notes",
     .title = "Lotus Notes SMTP MTA",
     .text = "------- failure reasons",
     .hints.start = "failure reasons"},
    {.name = "mimecast",
     .title = "Mimecast",
     .text = "attempted to send to the following address could not be delivered"},
    {.name = "messagelabs",
     .title = "MessageLabs",
     .from = "messagelabs"},
    {.name = "mfilter",
     .title = "m-FILTER",
     .text = "m-filter",
     .hints.stop = "-------original",
     .read = read_mfilter},
    {.name = "ezweb",
     .title = "au, EZweb, KDDI",
     .from = "ezweb.ne.jp|dion.ne.jp|au.com"},
    {.name = "docomo",
     .title = "NTT docomo",
     .from = "docomo.ne.jp"},
    {.name = "zoho",
     .title = "Zoho",
     .from = "zoho",
     .hints.start = "permanent error.|errors -----",
     .hints.stop = "transcript of session"},
    {.name = "mailfoundry",
     .title = "MailFoundry",
     .text = "delivery failed for the following reason:"},
    {.name = "mailmarshal",
     .title = "MailMarshal",
     .text = "the following recipients were affected",
     .hints.start = "recipients were affected:",
     .hints.stop = "additional information"},
    {.name = "imail",
     .title = "IMail",
     .text = "original message follows."},
    {.name = "interscan",
     .title = "Trend Micro InterScan",
     .from = "interscan"},
    {.name = "groupwise",
     .title = "Novell GroupWise",
     .text = "the message that you sent was undeliverable to the following",
     .hints.start = "undeliverable to the following"},
    {.name = "groupwise",
     .title = "Novell GroupWise, local users",
     .text = "the message that you sent was undeliverable to the following",
     .hints.start = "undeliverable to the following",
     .read = names_read},
    {.name = "lsmtp",
     .title = "LSMTP",
     .text = "error-for:"},
};
/* clang-format on */
const size_t families_count = sizeof families / sizeof *families;

static bool knows(const struct family *f, const struct notice *n)
{
    return (!f->from || words_in(n->lower_from, f->from)) && (!f->subject || words_in(n->lower_subject, f->subject)) &&
           (!f->text || notice_says(n, f->text));
}

bool families_read(struct notice *n)
{
    for (size_t i = 0; i < families_count; i++) {
        const struct family *f = &families[i];
        if (!knows(f, n) || !(f->read ? f->read(n, &f->hints) : prose_read(n, &f->hints)))
            continue;
        n->decoded_by = f->name;
        return true;
    }
    return false;
}
