/*
 * bar - the progress bar: one line of stderr, drawn over itself, on terminals only.
 *
 * Ownership  one a process; bar_wipe() is called before anything else goes to stderr.
 */
#pragma once
#include "base/progress.h"

/* Gives progress its draw function when stderr is a terminal and quiet is not asked for. */
void bar_attach(struct progress *progress, bool quiet);
void bar_wipe(void);
