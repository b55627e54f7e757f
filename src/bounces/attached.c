#include "bounces/attached.h"

#include "bounces/mime.h"

enum { HEAD_BYTES = 64 * 1024, REPORT_BYTES = 4 * 1024 * 1024 };

static bool could_bring_one(str mail)
{
    return str_find_nocase(str_to(mail, HEAD_BYTES), STR("tlsrpt")) != STR_NONE;
}

static bool is_named_report(const struct mime_part *part)
{
    static const str types[] = {STR("application/json"), STR("application/gzip"), STR("application/x-gzip")};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(part->type, types[i]))
            return true;
    return str_ends_nocase(part->name, STR(".json")) || str_ends_nocase(part->name, STR(".json.gz"));
}

static bool is_report(const struct mime_part *part, bool in_report)
{
    return str_eq(part->type, STR("application/tlsrpt+gzip")) || str_eq(part->type, STR("application/tlsrpt+json")) ||
           (in_report && is_named_report(part));
}

size_t attached_tls_reports(str mail, struct arena *arena, str *out, size_t room)
{
    const struct mime_part *parts;
    struct err err = {0};
    size_t n = 0;
    struct mime *mime = could_bring_one(mail) ? mime_open(mail, arena, &err) : NULL;

    if (!mime)
        return 0;
    const size_t count = mime_parts(mime, &parts);
    const bool in_report = str_find_nocase(mime_root_type(mime), STR("tlsrpt")) != STR_NONE;
    for (size_t i = 0; i < count && n < room; i++)
        if (is_report(&parts[i], in_report))
            out[n++] = mime_bytes(mime, i, REPORT_BYTES);
    return n;
}
