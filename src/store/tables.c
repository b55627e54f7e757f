#include "store/schema.h"

/* Every table, what it is on a cluster, and by which column its rows are spread. The lint test holds the catalog
   against this list; `db distribute` works it off from the top. */
const struct table_info schema_tables[] = {
    {"schema_migration", TABLE_REFERENCE, NULL},
    {"setting", TABLE_REFERENCE, NULL},
    {"node", TABLE_REFERENCE, NULL},
    {"egress", TABLE_REFERENCE, NULL},
    {"provider", TABLE_REFERENCE, NULL},
    {"remote_host", TABLE_REFERENCE, NULL},
    {"domain", TABLE_REFERENCE, NULL},
    {"stream", TABLE_REFERENCE, NULL},
    {"sasl_user", TABLE_REFERENCE, NULL},
    {"category", TABLE_REFERENCE, NULL},
    {"blocklist", TABLE_REFERENCE, NULL},
    {"signature", TABLE_REFERENCE, NULL},
    {"policy", TABLE_REFERENCE, NULL},
    {"sealed_day", TABLE_REFERENCE, NULL},

    {"event", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"returned_mail", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"strike", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"policy_due", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"last_delivery", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"recipient", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"suppression", TABLE_BY_RECIPIENT, "recipient_hash"},
    {"suppression_history", TABLE_BY_RECIPIENT, "recipient_hash"},

    {"input_position", TABLE_BY_INPUT, "input_id"},
    {"input_span", TABLE_BY_INPUT, "input_id"},
    {"mail_seen", TABLE_BY_INPUT, "input_id"},
    {"quarantine", TABLE_BY_INPUT, "input_id"},

    {"node_state", TABLE_BY_NODE, "node_id"},
    {"open_message", TABLE_BY_NODE, "node_id"},
    {"open_recipient", TABLE_BY_NODE, "node_id"},
    {"rollup_hour", TABLE_BY_NODE, "node_id"},
    {"rollup_failure", TABLE_BY_NODE, "node_id"},
    {"rollup_delay", TABLE_BY_NODE, "node_id"},
    {"rollup_domain", TABLE_BY_NODE, "node_id"},
    {"rollup_sender", TABLE_BY_NODE, "node_id"},
    {"listing", TABLE_BY_NODE, "node_id"},
};
const size_t schema_table_count = sizeof schema_tables / sizeof *schema_tables;
