/* Every key of the configuration: one row each, in the order in which the manual shows them. */
#include "cli/config.h"

#define AT(member) offsetof(struct config, member)
#define IN_TARGET(member) offsetof(struct config_target, member), .in_target = true

const struct config_key config_keys[] = {
    {.section = "rebound", .key = "database", .type = CONFIG_TEXT, .at = AT(database),
     .help = "conninfo or URI of a PostgreSQL server; without it rebound keeps a private one"},
    {.section = "networks", .key = "own", .type = CONFIG_CIDRS, .at = AT(networks_own),
     .help = "networks whose mail is ours although it comes by SMTP: application servers, other relays of ours"},
    {.section = "networks", .key = "smarthosts", .type = CONFIG_LIST, .at = AT(smarthosts),
     .help = "host name suffixes that relay for us: their 2xx is a hand-over, not a delivery"},
    {.section = "networks", .key = "inbound_domains", .type = CONFIG_LIST, .at = AT(inbound_domains),
     .help = "domains whose mail we receive: kept out of the rates"},
    {.section = "egress", .key = "*", .type = CONFIG_MAP, .at = AT(egress),
     .help = "SYSLOG-NAME = EGRESS: the sending address or pool behind a syslog name"},
    {.section = "streams", .key = "*", .type = CONFIG_MAP, .at = AT(streams),
     .help = "PATTERN = STREAM, the first match wins: *@news.example.org, sasl:app1, syslog:postfix-bulk, job:sale-*"},
    {.section = "stream_kinds", .key = "*", .type = CONFIG_MAP, .at = AT(stream_kinds),
     .choices = "bulk|transactional|person", .help = "STREAM = bulk, transactional or person (default: bulk)"},
    {.section = "privacy", .key = "addresses", .type = CONFIG_CHOICE, .at = AT(privacy_addresses),
     .fallback = "failures", .choices = "failures|all|hashed",
     .help = "whose addresses are kept as text: of failures, of all, or of nobody"},
    {.section = "privacy", .key = "key", .type = CONFIG_TEXT, .at = AT(privacy_key),
     .help = "hashed: file with the secret that addresses are hashed with; readable by its owner only, kept for good"},
    {.section = "ingest", .key = "batch_mb", .type = CONFIG_NUMBER, .at = AT(ingest_batch_mb), .fallback = "256",
     .help = "MiB of log text in one transaction"},
    {.section = "ingest", .key = "zone", .type = CONFIG_TEXT, .at = AT(ingest_zone),
     .help = "time zone of stamps that name none, as Europe/Berlin (default: UTC)"},
    {.section = "suppression", .key = "protected", .type = CONFIG_LIST, .at = AT(suppression_protected),
     .help = "addresses and domains that the policy never lists"},
    {.section = "suppression", .key = "daily_cap", .type = CONFIG_NUMBER, .at = AT(suppression_daily_cap),
     .help = "new entries a day, or 5 % of the addresses mailed that day, if more (default: 500); the rest is pending"},
    {.section = "tokens", .key = "key", .type = CONFIG_TEXT, .at = AT(token_key),
     .help = "file with the secret that signs bounce addresses (rebound token); readable by its owner only"},
    {.section = "tokens", .key = "key_before", .type = CONFIG_TEXT, .at = AT(token_key_before),
     .help = "file with the secret before it: what it signed is still believed"},
    {.section = "fbl", .key = "providers", .type = CONFIG_LIST, .at = AT(fbl_providers),
     .help = "providers whose complaints reach us: the complaint rate speaks of them alone"},
    {.section = "export NAME", .key = "format", .type = CONFIG_TEXT, IN_TARGET(format),
     .help = "what to write, a name of `rebound formats` (default: NAME)"},
    {.section = "export NAME", .key = "path", .type = CONFIG_TEXT, IN_TARGET(path), .help = "the file to replace"},
    {.section = "export NAME", .key = "scope", .type = CONFIG_TEXT, IN_TARGET(scope), .fallback = "global",
     .help = "global, or stream:NAME"},
};
const size_t config_key_count = sizeof config_keys / sizeof *config_keys;
