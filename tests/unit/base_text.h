/* What the tests of base/ and model/ share: tables are counted, views compared and shown. */
#pragma once
#include "base/str.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define assert_str(got, want)                                                                                          \
    do {                                                                                                               \
        const str assert_got = (got), assert_want = str_of(want);                                                      \
        if (!str_eq(assert_got, assert_want))                                                                          \
            fail_msg("\"%.*s\" instead of \"%.*s\"", STR_ARG(assert_got), STR_ARG(assert_want));                       \
    } while (0)
