/*
 * pipeline_settings - what the configuration says, as the pipeline takes it.
 *
 * Ownership  all points into the configuration, which has to live as long.
 */
#pragma once
#include "cli/config.h"
#include "pipeline.h"

/* now_us and tokens are left to the caller. */
void pipeline_settings_read(const struct config *config, struct pipeline_settings *out);
