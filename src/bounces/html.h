/*
 * html - the words of an HTML notice, one block a line.
 *
 * Ownership  the answer lives in the arena.
 * Limits     linear in the input; scripts, styles and comments are left out.
 */
#pragma once
#include "base/arena.h"

str html_plain(str html, struct arena *arena);
