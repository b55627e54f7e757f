/* formats: what can be read and written, one line each, from the tables themselves. */
#include "bounces/bounces.h"
#include "cli/commands.h"
#include "imports/imports.h"
#include "logs/formats.h"
#include "suppress/export.h"

static void section(struct out *out, const char *title)
{
    out_printf(out, "%s%s%s\n", out_colour(out, COLOUR_STRONG), title, out_colour(out, COLOUR_NONE));
}

static void row(struct out *out, const char *name, const char *title)
{
    out_printf(out, "  %-24s %s\n", name, title);
}

static int run(struct command_context *context)
{
    struct out *out = context->out;
    const struct family_info *families;
    const struct export_target *targets;
    const size_t count = bounces_families(&families), target_count = export_targets(&targets);

    section(out, "Logs read (--format NAME):");
    for (size_t i = 0; i < log_format_count; i++)
        row(out, log_formats[i].name, log_formats[i].title);
    section(out, "Figures of receivers read (--format NAME):");
    for (size_t i = 0; i < import_format_count; i++)
        row(out, import_formats[i].name, import_formats[i].title);
    section(out, "Mails read:");
    for (size_t i = 0; i < count; i++)
        row(out, families[i].name, families[i].title);
    section(out, "Lists written (suppression export --target NAME):");
    for (size_t i = 0; i < target_count; i++)
        row(out, targets[i].name, targets[i].title);
    return EXIT_DONE;
}

const struct command command_formats = {
    .name = "formats",
    .summary = "List what can be read and written",
    .without_config = true,
    .run = run,
};
