#include "imports/formats.h"
#include "imports/reading.h"

const struct import_format import_formats[] = {
    {"snds",       "Microsoft SNDS data and IP status (CSV)",        snds_recognise,       snds_parse      },
    {"postmaster", "Google Postmaster Tools figures (JSON, v1, v2)", postmaster_recognise, postmaster_parse},
    {"tls-rpt",    "SMTP TLS reports (JSON, RFC 8460)",              tlsrpt_recognise,     tlsrpt_parse    },
};
const size_t import_format_count = sizeof import_formats / sizeof *import_formats;

const struct import_format *import_format_named(str name)
{
    for (size_t i = 0; i < import_format_count; i++)
        if (str_eq_nocase(name, str_of(import_formats[i].name)))
            return &import_formats[i];
    return NULL;
}

const struct import_format *import_format_detect(str head)
{
    for (size_t i = 0; i < import_format_count; i++)
        if (import_formats[i].recognise(without_bom(head)))
            return &import_formats[i];
    return NULL;
}

bool import_read(const struct import_format *format, struct import_reading *reading, struct err *err)
{
    reading->counts = (struct import_counts){.first_day = INT64_MAX, .last_day = INT64_MIN};
    reading->first_why = NULL;
    reading->pieces = 0;
    reading->rows = 0;
    if (reading->text.n > IMPORT_BYTES_MAX)
        return err_set(err, ERR_INPUT, "%s: larger than 32 MiB (limit of a report)", format->name);
    if (!format->parse(reading, err))
        return err_within(err, "%s", format->name);
    if (reading->counts.read == 0 && reading->counts.unread > 0)
        return err_set(err, ERR_INPUT, "%s: none of it could be read: %s", format->name, reading->first_why);
    return true;
}
