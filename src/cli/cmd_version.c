/* version: what this program is, for a bug report. */
#include "cli/commands.h"
#include "store/schema.h"

static int run(struct command_context *context)
{
    out_printf(context->out, "rebound %s\nschema %d\n", REBOUND_VERSION, schema_version_built_in());
    return EXIT_DONE;
}

const struct command command_version = {
    .name = "version",
    .summary = "Show the versions of program and schema",
    .without_config = true,
    .run = run,
};
