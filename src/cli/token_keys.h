/*
 * token_keys - the secrets of [tokens], read from files that nobody else can read.
 *
 * Ownership  the secrets live in the context's arena.
 * Errors     ERR_CONFIG: a file that is missing, shorter than 16 bytes, or open to others; secrets are never shown.
 */
#pragma once
#include "cli/command.h"
#include "model/token.h"

/* One secret from a file that only its owner can read. */
bool secret_read(const char *path, struct arena *arena, str *out, struct err *err);
bool token_keys_read(const struct command_context *context, struct token_keys *out, struct err *err);
