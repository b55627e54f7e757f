/*
 * help - everything that is printed from the command table: overview, --help, manual page, completion.
 *
 * Ownership  all append to a buf of the caller.
 */
#pragma once
#include "base/buf.h"
#include "cli/command.h"

void help_overview(struct buf *to); /* rebound without arguments */
void help_version(struct buf *to);  /* rebound --version */
void help_all(struct buf *to);      /* rebound --help */
void help_command(struct buf *to, const struct command *command, const struct command *verb); /* verb may be NULL */
void help_manual(struct buf *to);                                                             /* rebound.1, in man(7) */
bool help_completion(struct buf *to, const char *shell); /* bash, zsh, fish; false: none of these */
