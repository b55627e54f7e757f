/*
 * log - one-line messages for the operator. base/ and the stages never print: cli/ sets the sink.
 *
 * A message reads "PATH[:LINE]: reason"; the sink puts "rebound: " in front. What others chose (paths,
 * replies) may stand in it: control characters and broken UTF-8 are shown as \xNN before the sink sees it.
 *
 * Ownership  the text given to the sink lives for that call.
 * Limits     2 KiB a message, then it is cut. Without a sink messages are dropped.
 *            Set the sink before a second thread starts; log_say() may be called from any thread when the
 *            sink writes with one call.
 */
#pragma once
#include "base/err.h"
#include "base/str.h"

enum log_level { SAY_ERROR = 0, SAY_WARNING, SAY_NOTE, SAY_DETAIL }; /* -q shows errors and warnings, -v all */

typedef void log_sink_fn(void *self, enum log_level level, str line);

void log_to(log_sink_fn *sink, void *self, enum log_level most);
bool log_shows(enum log_level level);
void log_say(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_err(const struct err *err); /* SAY_ERROR with its text */
