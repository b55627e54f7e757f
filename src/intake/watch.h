/*
 * watch - growing files and filling folders: what was written, renamed, cut or replaced since the last look.
 *
 * Names are watched, files are followed. A log that is renamed away (logrotate) stays followed until nothing
 * was written to it for the grace time, since its writer may keep it open for a while; the file that
 * takes its name is followed beside it. A log that is cut (copytruncate) is told as cut when it shrinks, and also
 * when it has grown past its old size again meanwhile: the bytes before the old end are looked at, too. What was
 * written between the copy and the cut is lost to every reader.
 *
 * The truth is in stat(); inotify only says when to look, and where it cannot (no watches left, other file
 * systems) a timer does. watch_fd() is readable when a look is due: put it into the loop, call watch_step().
 *
 * Folders (new/ of a Maildir): each file that came in is told, now and then twice: mails are known by their digest.
 *
 * Ownership  the watch owns what it opened; a path in an event lives for that call. watch_open() answers an input
 *            of the caller's own.
 * Errors     a name that leads nowhere yet is no error: it is told once it does.
 * Limits     one descriptor for each followed file.
 */
#pragma once
#include "base/err.h"
#include "intake/input.h"

#define WATCH_GRACE_US INT64_C(60000000)

enum watch_change {
    WATCH_NEW = 1, /* a file is there: find its position, read on from it */
    WATCH_GREW,    /* read on */
    WATCH_CUT,     /* it began again from byte 0: a new content, what was not read is gone */
    WATCH_DONE,    /* it has lost its name and is quiet: read to its end, close it */
    WATCH_FILED,   /* a file came into a folder; `file` is 0, open it by its path */
};

struct watch_event {
    enum watch_change change;
    uint32_t file;    /* never used again in this watch */
    const char *path; /* the name watched, or that of the file in a folder */
    uint64_t device, inode;
    uint64_t size;
};

struct watch;

struct watch *watch_new(int64_t grace_us, struct err *err); /* NULL: ERR_IO */
void watch_free(struct watch *watch);
int watch_fd(const struct watch *watch);
/* A file's name, or a folder whose files are told. The first step tells what is there already. */
void watch_add(struct watch *watch, const char *path, bool folder);
/* Looks once at everything; tell() may call watch_open(), nothing else. */
void watch_step(struct watch *watch, void (*tell)(void *self, const struct watch_event *event), void *self);
/* A followed file as an input under its watched name, whatever it is called by now; NULL with err. */
struct input *watch_open(const struct watch *watch, uint32_t file, struct err *err);
/* Does without inotify from now on. */
void watch_blind(struct watch *watch);
