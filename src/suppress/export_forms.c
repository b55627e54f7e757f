#include "suppress/export_forms.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/keyed.h"

/* ---------------------------------------------------------------- pieces */

static bool is_domain(const struct list_entry *e)
{
    return str_eq(e->kind, STR("domain"));
}

/* dot-atom (RFC 5322 3.2.3) or beyond ASCII (RFC 6531), not led by what a map takes for a comment. */
static bool plain_local(str local)
{
    for (size_t i = 0; i < local.n; i++) {
        const char c = local.p[i];
        if (!str_is_alpha(c) && !str_is_digit(c) && !((unsigned char)c & 0x80) && !strchr("!#$%&'*+-/=?^_`{|}~.", c))
            return false;
    }
    return local.n > 0 && local.p[0] != '#';
}

static bool plain_name(str name)
{
    for (size_t i = 0; i < name.n; i++) {
        const unsigned char c = (unsigned char)name.p[i];
        if (c <= ' ' || c == 0x7f || strchr("\"\\<>()[],;:@#", c))
            return false;
    }
    return name.n > 0;
}

/* Splits at the last @. */
static bool plain_address(str address)
{
    const size_t at = str_rfind_char(address, '@');

    return at != STR_NONE && plain_local(str_to(address, at)) && plain_name(str_from(address, at + 1));
}

/* Why, as a reply: fault of the address is 5.1.1 (RFC 3463 3.2), everything else our policy, 5.7.1. */
static void add_refusal(struct buf *to, const struct list_entry *e)
{
    char date[CLOCK_TEXT];
    const int64_t since_us = e->listed_at_us != CLOCK_NONE ? e->listed_at_us : e->changed_at_us;

    buf_printf(to, "%s rebound-suppressed/", str_eq(e->fault, STR("address")) ? "5.1.1" : "5.7.1");
    for (size_t i = 0; i < e->reason.n && i < 64; i++) { /* imported reasons are anybody's text */
        const char c = e->reason.p[i];
        buf_add_char(to, str_is_alpha(c) || str_is_digit(c) || c == '_' || c == '-' ? c : '_');
    }
    if (since_us != CLOCK_NONE)
        buf_printf(to, " since %s", clock_date_text(since_us, date));
}

static void add_comment(struct export_run *run)
{
    buf_printf(run->to, "# suppression list of rebound, generation %lld, scope %s\n", (long long)run->generation, run->scope);
}

static void add_csv(struct buf *to, str value, bool last)
{
    bool quote = false;

    for (size_t i = 0; i < value.n; i++)
        quote = quote || strchr(",\"\r\n", value.p[i]);
    if (quote) {
        buf_add_char(to, '"');
        for (size_t i = 0; i < value.n; i++) {
            if (value.p[i] == '"')
                buf_add_char(to, '"');
            buf_add_char(to, value.p[i]);
        }
        buf_add_char(to, '"');
    } else {
        buf_add(to, value);
    }
    buf_add(to, last ? STR("\n") : STR(","));
}

static void add_csv_time(struct buf *to, int64_t at_us, bool last)
{
    char text[CLOCK_TEXT];

    add_csv(to, at_us == CLOCK_NONE ? STR("") : str_of(clock_text(at_us, text)), last);
}

static str evidence_text(const struct list_entry *e)
{
    return (str){&e->evidence, e->evidence ? 1 : 0};
}

static int64_t since(const struct list_entry *e)
{
    return e->listed_at_us != CLOCK_NONE ? e->listed_at_us : e->changed_at_us;
}

/* ---------------------------------------------------------------- lists */

static bool entry_plain(struct export_run *run, const struct list_entry *e)
{
    if (is_domain(e))
        buf_printf(run->to, "@%.*s\n", STR_ARG(e->domain));
    else
        buf_printf(run->to, "%.*s\n", STR_ARG(e->address));
    return true;
}

static void head_csv(struct export_run *run)
{
    buf_add(run->to, STR("address,domain,kind,scope,state,reason,origin,evidence,strikes,first_event,last_event,expires_at,"
                         "diagnostic,rule\n"));
}

static bool entry_csv(struct export_run *run, const struct list_entry *e)
{
    struct buf *to = run->to;
    const str texts[] = {e->address, e->domain, e->kind, e->scope, e->state, e->reason, e->origin, evidence_text(e)};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_csv(to, texts[i], false);
    buf_printf(to, "%lld,", (long long)e->strikes);
    add_csv_time(to, e->first_event_us, false);
    add_csv_time(to, e->last_event_us, false);
    add_csv_time(to, e->expires_at_us, false);
    add_csv(to, e->diagnostic, false);
    add_csv(to, e->rule, true);
    return true;
}

static bool entry_jsonl(struct export_run *run, const struct list_entry *e)
{
    struct json_out json = {.to = run->to};

    list_json(&json, e);
    buf_add_char(run->to, '\n');
    return true;
}

static bool entry_sha256(struct export_run *run, const struct list_entry *e)
{
    char hex[KEYED_HEX];

    if (is_domain(e))
        return false;
    const struct keyed digest = keyed_sha256(e->address);
    buf_printf(run->to, "%s\n", keyed_hex(&digest, KEYED_BYTES, hex));
    return true;
}

/* ---------------------------------------------------------------- relays */

static bool add_key(struct export_run *run, const struct list_entry *e, const char *domain_lead, const char *colon)
{
    if (is_domain(e) ? !plain_name(e->domain) : !plain_address(e->address))
        return false;
    if (is_domain(e))
        buf_printf(run->to, "%s%.*s%s  ", domain_lead, STR_ARG(e->domain), colon);
    else
        buf_printf(run->to, "%.*s%s  ", STR_ARG(e->address), colon);
    return true;
}

static bool entry_access(struct export_run *run, const struct list_entry *e)
{
    if (!add_key(run, e, "", ""))
        return false;
    buf_add(run->to, STR("REJECT "));
    add_refusal(run->to, e);
    buf_add_char(run->to, '\n');
    return true;
}

static bool entry_transport(struct export_run *run, const struct list_entry *e)
{
    if (!add_key(run, e, "", ""))
        return false;
    buf_add(run->to, STR("error:"));
    add_refusal(run->to, e);
    buf_add_char(run->to, '\n');
    return true;
}

/* lsearch: a key led by a quote or blank is special, and a colon ends it; lsearch*@ tries "*@domain" for a whole domain. */
static bool entry_exim(struct export_run *run, const struct list_entry *e)
{
    if (!add_key(run, e, "*@", ":"))
        return false;
    add_refusal(run->to, e);
    buf_add_char(run->to, '\n');
    return true;
}

static bool entry_kumomta(struct export_run *run, const struct list_entry *e)
{
    struct json_out json = {.to = run->to};
    struct buf message = {0};

    add_refusal(&message, e);
    json_begin_object(&json);
    json_key(&json, is_domain(e) ? "domain" : "recipient");
    json_str(&json, is_domain(e) ? e->domain : e->address);
    json_key(&json, "code");
    json_int(&json, 550);
    json_key(&json, "message");
    json_str(&json, buf_str(&message));
    json_key(&json, "expires_at");
    json_time(&json, e->expires_at_us);
    json_end_object(&json);
    buf_add_char(run->to, '\n');
    buf_free(&message);
    return true;
}

/* ---------------------------------------------------------------- senders' services */

/* How the services sort reasons: a complaint, a bounce, or somebody's wish. */
static const char *kind_of(const struct list_entry *e, const char *bounce, const char *complaint, const char *manual)
{
    if (str_eq(e->reason, STR("complaint")))
        return complaint;
    if (str_eq(e->reason, STR("unsubscribe")) || str_eq(e->origin, STR("manual")) || str_eq(e->origin, STR("import")))
        return manual;
    return bounce;
}

static bool entry_ses(struct export_run *run, const struct list_entry *e)
{
    struct json_out json = {.to = run->to};

    if (is_domain(e))
        return false;
    json_begin_object(&json);
    json_key(&json, "EmailAddress");
    json_str(&json, e->address);
    json_key(&json, "Reason");
    json_str(&json, str_of(kind_of(e, "BOUNCE", "COMPLAINT", "COMPLAINT")));
    json_end_object(&json);
    buf_add_char(run->to, '\n');
    return true;
}

static void head_mailgun(struct export_run *run)
{
    buf_add(run->to, STR("address,code,error,created_at\n"));
}

static bool entry_mailgun(struct export_run *run, const struct list_entry *e)
{
    struct buf error = {0};

    if (is_domain(e))
        return false;
    add_refusal(&error, e);
    add_csv(run->to, e->address, false);
    buf_add(run->to, STR("550,"));
    add_csv(run->to, buf_str(&error), false);
    add_csv_time(run->to, since(e), true);
    buf_free(&error);
    return true;
}

static bool entry_postmark(struct export_run *run, const struct list_entry *e)
{
    struct json_out json = {.to = run->to};

    if (is_domain(e))
        return false;
    json_begin_object(&json);
    json_key(&json, "EmailAddress");
    json_str(&json, e->address);
    json_key(&json, "SuppressionReason");
    json_str(&json, str_of(kind_of(e, "HardBounce", "SpamComplaint", "ManualSuppression")));
    json_key(&json, "Origin");
    json_str(&json, str_of(kind_of(e, "Recipient", "Recipient", "Customer")));
    json_key(&json, "CreatedAt");
    json_time(&json, since(e));
    json_end_object(&json);
    buf_add_char(run->to, '\n');
    return true;
}

static void head_sendgrid(struct export_run *run)
{
    buf_add(run->to, STR("email,reason,created\n"));
}

static bool entry_sendgrid(struct export_run *run, const struct list_entry *e)
{
    if (is_domain(e))
        return false;
    add_csv(run->to, e->address, false);
    add_csv(run->to, e->reason, false);
    buf_printf(run->to, "%lld\n", (long long)(since(e) == CLOCK_NONE ? 0 : since(e) / CLOCK_SECOND));
    return true;
}

const struct export_form export_forms[] = {
    {{"plain", "one address or @domain a line", false, false}, NULL, entry_plain},
    {{"csv", "all columns of the list, byte-true (RFC 4180)", true, false}, head_csv, entry_csv},
    {{"jsonl", "one JSON object a line, the members of `list --format json`", true, false}, NULL, entry_jsonl},
    {{"postfix-access", "access(5) for check_recipient_access", false, false}, add_comment, entry_access},
    {{"postfix-transport", "transport(5) with error:, for mail that passes no smtpd", false, false}, add_comment, entry_transport},
    {{"exim-lsearch", "lsearch*@ file, address: refusal", false, false}, add_comment, entry_exim},
    {{"kumomta-jsonl", "for KumoMTA's message hooks: recipient or domain, code, message", false, false}, NULL, entry_kumomta},
    {{"powermta", "one address or @domain a line, for the injector", false, false}, NULL, entry_plain},
    {{"ses-jsonl", "Amazon SES account suppression list", false, false}, NULL, entry_ses},
    {{"mailgun-csv", "Mailgun bounces: address,code,error,created_at", false, false}, head_mailgun, entry_mailgun},
    {{"postmark-jsonl", "Postmark suppressions", false, false}, NULL, entry_postmark},
    {{"sendgrid-csv", "SendGrid: email,reason,created", false, false}, head_sendgrid, entry_sendgrid},
    {{"sha256", "SHA-256 of each address in lower case, one a line", false, false}, NULL, entry_sha256},
    {{"snapshot", "sorted hashes for live look-ups", false, true}, NULL, NULL},
};
const size_t export_form_count = sizeof export_forms / sizeof *export_forms;
