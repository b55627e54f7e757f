/*
 * named - the text of a built-in SQL file, by the name that db.h describes. Private to store/.
 */
#pragma once
#include "base/err.h"

const char *named_text(const char *name, struct err *err); /* NULL, and err filled, when there is none */
