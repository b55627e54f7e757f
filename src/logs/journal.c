#include "logs/journal.h"

enum { VALUE_BYTES_MAX = 64 * 1024, BINARY_BYTES_MAX = 1024 * 1024 };

static const char *const names[JOURNAL_FIELDS] = {
    [JOURNAL_TIME] = "__REALTIME_TIMESTAMP", [JOURNAL_HOST] = "_HOSTNAME", [JOURNAL_IDENTIFIER] = "SYSLOG_IDENTIFIER",
    [JOURNAL_PID] = "SYSLOG_PID",            [JOURNAL_PROCESS] = "_PID",   [JOURNAL_COMMAND] = "_COMM",
    [JOURNAL_MESSAGE] = "MESSAGE",
};

void journal_free(struct journal *journal)
{
    buf_free(&journal->bytes);
    buf_free(&journal->raw);
}

void journal_reset(struct journal *journal)
{
    buf_clear(&journal->bytes);
    buf_clear(&journal->raw);
    memset(journal->field, 0, sizeof journal->field);
    journal->open = journal->binary = false;
}

enum journal_field journal_field_of(str key)
{
    for (int i = 0; i < JOURNAL_FIELDS; i++)
        if (str_eq(key, str_of(names[i])))
            return (enum journal_field)i;
    return JOURNAL_FIELDS;
}

bool journal_fill(const str fields[JOURNAL_FIELDS], struct log_line *line)
{
    str time = fields[JOURNAL_TIME];
    str pid = fields[JOURNAL_PID].n ? fields[JOURNAL_PID] : fields[JOURNAL_PROCESS];
    uint64_t us, number;

    if (!str_take_u64(&time, &us) || us > INT64_MAX || fields[JOURNAL_MESSAGE].p == NULL)
        return false;
    *line = (struct log_line){
        .at_us = (int64_t)us,
        .quality = TIME_EXACT,
        .host = fields[JOURNAL_HOST],
        .program = fields[JOURNAL_IDENTIFIER].n ? fields[JOURNAL_IDENTIFIER] : fields[JOURNAL_COMMAND],
        .message = fields[JOURNAL_MESSAGE],
    };
    if (str_take_u64(&pid, &number) && number <= UINT32_MAX)
        line->pid = (uint32_t)number;
    return true;
}

bool journal_export_begins(str text)
{
    return str_starts(text, STR("__CURSOR=")) || str_starts(text, STR("__REALTIME_TIMESTAMP="));
}

static void keep(struct journal *journal, enum journal_field key, str value)
{
    if (key == JOURNAL_FIELDS)
        return;
    value = str_to(value, VALUE_BYTES_MAX);
    journal->field[key].at = journal->bytes.n;
    journal->field[key].n = value.n;
    buf_add(&journal->bytes, value);
}

/* Lines were cut at LF, which may be part of the value or of its length: it is put back. */
static void take_binary(struct journal *journal, str text)
{
    uint64_t length = 0;

    if (journal->begun)
        buf_add_char(&journal->raw, '\n');
    journal->begun = true;
    buf_add(&journal->raw, text);
    if (journal->raw.n < 8)
        return;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | (unsigned char)journal->raw.p[i];
    if (length <= BINARY_BYTES_MAX && journal->raw.n < 8 + length)
        return;
    if (length <= BINARY_BYTES_MAX)
        keep(journal, journal->key, (str){journal->raw.p + 8, (size_t)length});
    buf_clear(&journal->raw);
    journal->binary = false;
}

static enum envelope_result end_record(struct journal *journal, struct log_line *line)
{
    const str bytes = buf_str(&journal->bytes);
    str fields[JOURNAL_FIELDS];

    for (int i = 0; i < JOURNAL_FIELDS; i++)
        fields[i] = (str){bytes.p + journal->field[i].at, journal->field[i].n};
    journal->open = false;
    return journal_fill(fields, line) ? ENVELOPE_LINE : ENVELOPE_NOTE;
}

enum envelope_result journal_export(struct journal *journal, str text, struct log_line *line)
{
    str value = text, key;

    if (!journal->open)
        journal_reset(journal);
    journal->open = true;
    if (journal->binary) {
        take_binary(journal, text);
        return ENVELOPE_PART;
    }
    if (text.n == 0)
        return end_record(journal, line);
    if (str_take_until(&value, '=', &key)) {
        keep(journal, journal_field_of(key), value);
    } else {
        journal->binary = true;
        journal->begun = false;
        journal->key = journal_field_of(text);
    }
    return ENVELOPE_PART;
}
