/*
 * err - an error says who has to act.
 *
 * Ownership  none: struct err is a value with room for one line of text.
 * Use        err_set() fills it and answers false, so a failure is one return;
 *            err_within() puts "where" in front on the way up.
 * Limits     the text is cut at 511 bytes. It is made for people; control
 *            characters in it are shown as \xNN when it is printed (cli/).
 */
#pragma once
#include <stdbool.h>

enum err_kind {
    ERR_NONE = 0,
    ERR_INPUT,    /* this line, mail or rule is bad: count it, name it, go on */
    ERR_CONFIG,   /* the operator has to change something: exit 2 */
    ERR_IO,       /* the system said no: exit 4 */
    ERR_DB_RETRY, /* serialization failure, lost connection, moved position: the same batch again */
    ERR_DB,       /* no database, or any other error of it: exit 3 */
    ERR_SIGNAL,   /* the operator said stop: roll back, exit 128 + signal */
};

struct err {
    enum err_kind kind;
    char text[512];
};

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* err_set() with ": strerror(errno)" behind it. */
bool err_set_errno(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "fmt: " in front of the text. Answers false as well. */
bool err_within(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
