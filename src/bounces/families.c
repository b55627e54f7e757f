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

const struct family families[] = {
    {"ses", "Amazon SES notifications by SNS mail", NULL, NULL, "\"notificationtype\"", {NULL, NULL}, read_ses},
    {"googlegroups", "Google Groups", "googlemail.com|google.com", NULL, "google groups", {NULL, NULL},
     read_failed_recipients},
    {"aol", "AOL screen names", "aol.com", NULL, "mail to the following recipients could not be delivered",
     {"could not be delivered", NULL}, names_read},
    {"gmail", "Gmail", "googlemail.com|google.com", NULL, NULL,
     {"to the following recipient|delivered to|reaching", NULL}, NULL},
    {"qmail", "qmail and its children (Yahoo, netqmail, s/qmail, X4)", NULL, NULL,
     "qmail-send|i've given up. sorry it didn't work out|was unable to deliver your message to the following addresses|"
     "unable to deliver your message to the following address|unable to deliver message to the following address",
     {NULL, NULL}, NULL},
    {"exim", "Exim, mail.ru, GMX, 1&1", NULL, NULL,
     "created automatically by mail delivery software|created automatically by the smtp relay|"
     "created automatically by mail delivery system",
     {"failed:|not yet been delivered is:|not yet been delivered are:|following addresses:|incorrectly constructed:|"
      "permanent error.",
      "no action is required on your part"},
     NULL},
    {"exim", "Exim, local users", NULL, NULL, "created automatically by mail delivery software",
     {"address(es) failed:|addresses failed:", NULL}, names_read},
    {"exim", "Exim, malformed addresses", NULL, NULL, "recipient addresses that were", {"constructed:", NULL}, NULL},
    {"sendmail", "Sendmail 5 to 8", NULL, NULL, "transcript of session follows|addresses had permanent fatal errors|"
     "addresses had delivery problems|addresses had transient", {NULL, NULL}, read_sendmail},
    {"postfix", "Postfix without fields", NULL, NULL, "this is the mail system at host|postfix program|this is the postfix",
     {"the mail system\n|postfix program\n|postfix on", NULL}, NULL},
    {"opensmtpd", "OpenSMTPD", NULL, NULL, "this is the mailer-daemon, please do not reply",
     {"list of recipients:", "below is a copy of the original"}, NULL},
    {"dragonfly", "DragonFly Mail Agent (dma)", NULL, NULL, "dragonfly mail agent",
     {"there was an error delivering your mail to", NULL}, NULL},
    {"exchange", "Exchange 5.5 to 2003", NULL, NULL, "did not reach the following recipient",
     {"did not reach the following recipient(s):", NULL}, NULL},
    {"exchange", "Exchange 2007 and later, Exchange Online", NULL, NULL,
     "diagnostic information for administrators|diagnoseinformationen für administratoren|"
     "informations de diagnostic|información de diagnóstico|informazioni di diagnostica|管理者向けの診断情報|"
     "diagnostisk information för administratörer|remote server returned",
     {"diagnostic information for administrators:|diagnoseinformationen für administratoren|"
      "informations de diagnostic|información de diagnóstico|informazioni di diagnostica|管理者向けの診断情報|diagnostisk information",
      "original message headers|ursprungliga meddelandehuvuden|ursprüngliche nachrichtenkopfzeilen"},
     NULL},
    {"domino", "Domino", NULL, NULL, "was not delivered to:", {"was not delivered to:", NULL}, NULL},
    {"notes", "Lotus Notes SMTP MTA", NULL, NULL, "------- failure reasons", {"failure reasons", NULL}, NULL},
    {"mimecast", "Mimecast", NULL, NULL, "attempted to send to the following address could not be delivered",
     {NULL, NULL}, NULL},
    {"messagelabs", "MessageLabs", "messagelabs", NULL, NULL, {NULL, NULL}, NULL},
    {"mfilter", "m-FILTER", NULL, NULL, "m-filter", {NULL, "-------original"}, NULL},
    {"ezweb", "au, EZweb, KDDI", "ezweb.ne.jp|dion.ne.jp|au.com", NULL, NULL, {NULL, NULL}, NULL},
    {"docomo", "NTT docomo", "docomo.ne.jp", NULL, NULL, {NULL, NULL}, NULL},
    {"zoho", "Zoho", "zoho", NULL, NULL, {"permanent error.|errors -----", "transcript of session"}, NULL},
    {"mailfoundry", "MailFoundry", NULL, NULL, "delivery failed for the following reason:", {NULL, NULL}, NULL},
    {"mailmarshal", "MailMarshal", NULL, NULL, "the following recipients were affected",
     {"recipients were affected:", "additional information"}, NULL},
    {"imail", "IMail", NULL, NULL, "original message follows.", {NULL, NULL}, NULL},
    {"interscan", "Trend Micro InterScan", "interscan", NULL, NULL, {NULL, NULL}, NULL},
    {"groupwise", "Novell GroupWise", NULL, NULL, "the message that you sent was undeliverable to the following",
     {"undeliverable to the following", NULL}, NULL},
    {"groupwise", "Novell GroupWise, local users", NULL, NULL,
     "the message that you sent was undeliverable to the following", {"undeliverable to the following", NULL},
     names_read},
    {"lsmtp", "LSMTP", NULL, NULL, "error-for:", {NULL, NULL}, NULL},
};
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
