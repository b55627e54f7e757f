/*
 * journal - records of systemd's journal, as "journalctl -o json" and "-o export" write them.
 *
 * JSON is one object a line. Export is "KEY=value" lines up to an empty one; a value that is no
 * plain text is the key alone, then its length as 64 bits little endian, the bytes, and LF
 * (systemd.io/JOURNAL_EXPORT_FORMATS).
 *
 * Ownership  views of a line live until the next call for the same journal.
 * Limits     64 KiB of a value are kept; a binary value of more than 1 MiB ends the record.
 */
#pragma once
#include "base/buf.h"
#include "logs/envelope.h"

enum journal_field {
    JOURNAL_TIME,
    JOURNAL_HOST,
    JOURNAL_IDENTIFIER,
    JOURNAL_PID,
    JOURNAL_PROCESS, /* _PID: when the program said none itself */
    JOURNAL_COMMAND, /* _COMM: when there is no identifier */
    JOURNAL_MESSAGE,
    JOURNAL_FIELDS
};

struct journal {
    struct buf bytes; /* values of the record being read */
    struct {
        size_t at, n;
    } field[JOURNAL_FIELDS];
    bool open;              /* inside of an export record */
    bool binary;            /* inside of a binary value */
    bool begun;             /* of which a line has come */
    enum journal_field key; /* of that value; JOURNAL_FIELDS for one nobody wants */
    struct buf raw;
};

void journal_free(struct journal *journal);
void journal_reset(struct journal *journal);
/* JOURNAL_FIELDS for a key that says nothing about a line. */
enum journal_field journal_field_of(str key);
/* A line from the fields of a record; false without time or message. */
bool journal_fill(const str fields[JOURNAL_FIELDS], struct log_line *line);

/* Whether an export record begins here. */
bool journal_export_begins(str text);
/* One line of an export; ENVELOPE_LINE with the empty line behind a record. */
enum envelope_result journal_export(struct journal *journal, str text, struct log_line *line);
