#include "serve/metrics.h"

#include "base/hash.h"
#include "base/table.h"
#include "report/ask.h"

static const struct {
    const char *name, *type, *help;
} families[] = {
    {"rebound_build_info", "gauge", "The version that runs"},
    {"rebound_attempts_total", "counter", "Tries at remote hosts, by what came of them"},
    {"rebound_messages_total", "counter", "Recipient-messages, by how they ended"},
    {"rebound_failures_total", "counter", "Recipient-messages that failed, by reason and whose fault it is"},
    {"rebound_delivery_seconds", "histogram", "From injection to delivery"},
    {"rebound_complaints_total", "counter", "Complaints, by who passed them on"},
    {"rebound_suppressions", "gauge", "Entries of the suppression list"},
    {"rebound_unclassified_total", "counter", "Refusals that no rule knows"},
    {"rebound_dsn_evidence_total", "counter", "Failures told by bounce mails, by grade of evidence"},
    {"rebound_ingest_lines_total", "counter", "Log lines by format and what they were"},
    {"rebound_blocklist_state", "gauge", "What replies say of our addresses: 1 listed, 0.5 suspected, 0 cleared"},
    {"rebound_ingest_lag_seconds", "gauge", "How long what was written has been waiting to be read"},
    {"rebound_suppression_lookups_total", "counter", "Look-ups by relays"},
    {"rebound_snapshot_age_seconds", "gauge", "Since the list in memory was last seen to be the database's"},
    {"rebound_snapshot_entries", "gauge", "Entries of the list in memory"},
    {"rebound_snapshot_generation", "gauge", "Generation of the list in memory"},
    {"rebound_database_up", "gauge", "1: the database answers"},
    {"rebound_policy_runs_total", "counter", "Runs of the suppression policy by this process"},
    {"rebound_reloads_total", "counter", "Configuration and rules read again, by result"},
};

/* A histogram's rows are called NAME_bucket, NAME_count. */
static bool is_of(str row, str family, const char *type)
{
    if (!str_take(&row, family))
        return false;
    return row.n == 0 || (strcmp(type, "histogram") == 0 && row.p[0] == '_');
}

static size_t family_of(str row)
{
    const size_t count = sizeof families / sizeof *families;

    for (size_t i = 0; i < count; i++)
        if (is_of(row, str_of(families[i].name), families[i].type))
            return i;
    return count;
}

static void write_head(struct buf *to, size_t family)
{
    if (family < sizeof families / sizeof *families)
        buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", families[family].name, families[family].help, families[family].name,
                   families[family].type);
}

/* The format's own escapes. */
static void write_value(struct buf *to, str value)
{
    for (size_t i = 0; i < value.n; i++) {
        const char c = value.p[i];
        if (c == '\n') {
            buf_add(to, STR("\\n"));
            continue;
        }
        if (c == '"' || c == '\\')
            buf_add_char(to, '\\');
        buf_add_char(to, c);
    }
}

static void write_label(struct buf *to, char before, str name, str value)
{
    buf_printf(to, "%c%.*s=\"", before, STR_ARG(name));
    write_value(to, value);
    buf_add_char(to, '"');
}

void metrics_put(struct buf *to, bool first, const char *name, const char *label, const char *value, double number)
{
    if (first)
        write_head(to, family_of(str_of(name)));
    buf_printf(to, "%s", name);
    if (label) {
        write_label(to, '{', str_of(label), str_of(value));
        buf_add_char(to, '}');
    }
    buf_printf(to, " %.15g\n", number);
}

static void write_row(struct buf *to, const struct db_result *rows, size_t row)
{
    enum { LABELS = 3, VALUE = 7 };
    bool labelled = false;

    buf_add(to, db_text(rows, row, 0));
    for (size_t i = 0; i < LABELS; i++) {
        if (db_is_null(rows, row, 1 + 2 * i))
            continue;
        write_label(to, labelled ? ',' : '{', db_text(rows, row, 1 + 2 * i), db_text(rows, row, 2 + 2 * i));
        labelled = true;
    }
    buf_printf(to, "%s %.15g\n", labelled ? "}" : "", db_float(rows, row, VALUE));
}

/* ---- what the report of blocklists says of the last week */

enum { BLOCKLISTS_MOST = 100 };

static const char *state_value(str state)
{
    static const struct {
        const char *state, *value;
    } states[] = {{"active", "1"}, {"suspected", "0.5"}, {"cleared", "0"}};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_eq(state, str_of(states[i].state)))
            return states[i].value;
    return NULL; /* unknown, stale or not about us */
}

/* Replies name what they like; a label may only be an address in digits. */
static str target_label(str item)
{
    size_t n = 0;

    while (n < item.n && (str_is_digit(item.p[n]) || memchr("abcdefABCDEF.:", item.p[n], 14)))
        n++;
    return n == item.n ? item : STR("");
}

/* Worst first, so the first row of a list and its target is the one that counts. */
static void write_blocklists(const struct answer *answer, struct buf *to)
{
    struct table told;
    bool added, any = false;

    table_init(&told, sizeof(uint64_t), 0);
    for (size_t i = 0; i < answer->count; i++) {
        const char *value = state_value(answer_text_of(answer, i, "state"));
        const str list = answer_text_of(answer, i, "blocklist");
        const str target = target_label(answer_text_of(answer, i, "listed_item"));
        const uint64_t key = hash64_more(hash64(list, 0), target);
        if (value)
            table_add(&told, &key, &added);
        if (!value || !added)
            continue;
        if (!any)
            write_head(to, family_of(STR("rebound_blocklist_state")));
        any = true;
        buf_add(to, STR("rebound_blocklist_state"));
        write_label(to, '{', STR("operator"), list);
        write_label(to, ',', STR("target"), target);
        buf_printf(to, "} %s\n", value);
    }
    table_free(&told);
}

static bool read_blocklists(struct db *db, struct buf *to, struct err *err)
{
    struct arena *arena = arena_new();
    struct question question = {.top = BLOCKLISTS_MOST};
    struct catalogue catalogue;
    struct answer answer = {0};
    int64_t newest_us;
    const bool ok = catalogue_load(&catalogue, arena, err) && ask_newest(db, &newest_us, err) &&
                    window_make("7d", NULL, BY_EVENT, clock_now_us(), newest_us, &question.window, err) &&
                    ask_one(db, catalogue_find(&catalogue, STR("blocklists")), &question, &answer, err);

    if (ok)
        write_blocklists(&answer, to);
    db_result_free(answer.rows);
    arena_free(arena);
    return ok;
}

bool metrics_read(struct db *db, struct buf *to, struct err *err)
{
    struct db_result *rows;
    size_t last = SIZE_MAX;

    if (!db_run(db, "serve_metrics", NULL, 0, &rows, err))
        return false;
    for (size_t i = 0; i < db_rows(rows); i++) {
        const size_t family = family_of(db_text(rows, i, 0));
        if (family != last)
            write_head(to, family);
        last = family;
        write_row(to, rows, i);
    }
    db_result_free(rows);
    return read_blocklists(db, to, err);
}
