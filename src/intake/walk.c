/* Paths and folders, in an order that is the same on every machine. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "intake/input.h"

struct walk {
    const struct input_visitor *visitor;
    struct err *err;
    dev_t device; /* of the folder named */
};

static bool walk_folder(struct walk *w, const char *path, int depth);

static bool visit(struct walk *w, const char *path, bool maildir)
{
    struct err why;
    struct input *in = input_open(path, maildir, &why);

    if (!in) {
        if (why.kind != ERR_INPUT) {
            *w->err = why;
            return false;
        }
        w->visitor->refuse(w->visitor->self, path, why.text);
        return true;
    }
    const bool go_on = w->visitor->visit(w->visitor->self, in, w->err);
    input_close(in);
    return go_on;
}

/* The names in a folder, sorted bytewise; hidden ones left out. */
struct names {
    struct buf text; /* each with its NUL */
    uint32_t *at;
    size_t count, room;
};

static int compare_names(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const uint32_t *)a, (const char *)text + *(const uint32_t *)b);
}

static bool read_names(struct names *names, const char *path)
{
    DIR *folder = opendir(path);

    if (!folder)
        return false;
    for (struct dirent *e; (e = readdir(folder)) && names->text.n < UINT32_MAX - NAME_MAX - 1;) {
        if (e->d_name[0] == '.')
            continue;
        if (names->count == names->room) {
            names->room = names->room * 2 + 64;
            names->at = mem_grow(names->at, names->room * sizeof *names->at);
        }
        names->at[names->count++] = (uint32_t)names->text.n;
        buf_add(&names->text, (str){e->d_name, strlen(e->d_name) + 1});
    }
    closedir(folder);
    if (names->count)
        qsort_r(names->at, names->count, sizeof *names->at, compare_names, names->text.p);
    return true;
}

static bool is_folder(const char *path, const char *name)
{
    char below[PATH_MAX];
    struct stat st;

    return snprintf(below, sizeof below, "%s/%s", path, name) < (int)sizeof below && stat(below, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

enum part { PLAIN_FOLDER, MAILDIR_TOP, MAILDIR_MAILS };

/* A Maildir is known by its cur/ and new/; one of the two may be named outright as well. */
static enum part part_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    if (is_folder(path, "cur") && is_folder(path, "new"))
        return MAILDIR_TOP;
    if ((strcmp(name, "cur") == 0 || strcmp(name, "new") == 0) && is_folder(path, "../cur") &&
        is_folder(path, "../new"))
        return MAILDIR_MAILS;
    return PLAIN_FOLDER;
}

/* One entry of a folder. Links lead to files, never to folders: no loops. */
static bool walk_entry(struct walk *w, const char *path, const char *name, enum part part, int depth)
{
    struct stat st, link;

    if (stat(path, &st) != 0) {
        w->visitor->refuse(w->visitor->self, path, strerror(errno));
        return true;
    }
    if (S_ISDIR(st.st_mode)) {
        if (st.st_dev != w->device || lstat(path, &link) != 0 || S_ISLNK(link.st_mode))
            return true;
        if (part == MAILDIR_MAILS || (part == MAILDIR_TOP && strcmp(name, "tmp") == 0))
            return true; /* tmp/ holds mails that are still being written */
        return walk_folder(w, path, depth + 1);
    }
    if (!S_ISREG(st.st_mode) || part == MAILDIR_TOP)
        return true; /* beside cur/ and new/ a Maildir keeps indexes, not mails */
    return visit(w, path, part == MAILDIR_MAILS);
}

static bool walk_names(struct walk *w, const char *path, const struct names *names, int depth)
{
    const enum part part = part_of(path);
    const size_t n = strlen(path);
    bool go_on = true;

    for (size_t i = 0; go_on && i < names->count; i++) {
        const char *name = names->text.p + names->at[i];
        char below[PATH_MAX];
        if (snprintf(below, sizeof below, "%s%s%s", path, n && path[n - 1] == '/' ? "" : "/", name) >=
            (int)sizeof below)
            w->visitor->refuse(w->visitor->self, path, "holds a path that is too long");
        else
            go_on = walk_entry(w, below, name, part, depth);
    }
    return go_on;
}

static bool walk_folder(struct walk *w, const char *path, int depth)
{
    struct names names = {0};
    bool go_on = true;

    if (depth > INPUT_DEPTH)
        w->visitor->refuse(w->visitor->self, path, "folders nested too deep (limit 32)");
    else if (!read_names(&names, path))
        w->visitor->refuse(w->visitor->self, path, strerror(errno));
    else
        go_on = walk_names(w, path, &names, depth);
    buf_free(&names.text);
    free(names.at);
    return go_on;
}

/* "logs/" and "logs" are one folder, also where its name decides. */
static bool walk_named_folder(struct walk *w, const char *path)
{
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    char *trimmed = mem_text((str){path, n});
    const bool go_on = walk_folder(w, trimmed, 0);
    free(trimmed);
    return go_on;
}

bool input_walk(const char *const *paths, size_t count, const struct input_visitor *visitor, struct err *err)
{
    struct walk w = {.visitor = visitor, .err = err};
    bool go_on = true;

    for (size_t i = 0; go_on && i < count; i++) {
        struct stat st;
        if (strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            w.device = st.st_dev;
            go_on = walk_named_folder(&w, paths[i]);
        } else {
            go_on = visit(&w, paths[i], false);
        }
    }
    return go_on;
}

/* ---- the rotated forms of one log */

/* ".1", "-20260303", ".2.gz", "-2026-03-03.xz", "-20260303-1772528701": digits, points and dashes, then how it is
 * packed. */
static bool is_rotated(str name, str log)
{
    static const str endings[] = {STR(".gz"), STR(".xz"), STR(".zst"), STR(".bz2")};
    size_t digits = 0;

    if (!str_take(&name, log) || name.n == 0 || (name.p[0] != '.' && name.p[0] != '-'))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends(name, endings[i])) {
            name.n -= endings[i].n;
            break;
        }
    }
    for (size_t i = 0; i < name.n; i++) {
        if (!str_is_digit(name.p[i]) && name.p[i] != '.' && name.p[i] != '-' && name.p[i] != '_')
            return false;
        digits += str_is_digit(name.p[i]);
    }
    return digits > 0;
}

struct rotated {
    char *path;
    struct timespec modified;
};

static int newer_first(const void *a, const void *b)
{
    const struct timespec x = ((const struct rotated *)a)->modified, y = ((const struct rotated *)b)->modified;

    if (x.tv_sec != y.tv_sec)
        return x.tv_sec > y.tv_sec ? -1 : 1;
    if (x.tv_nsec != y.tv_nsec)
        return x.tv_nsec > y.tv_nsec ? -1 : 1;
    return strcmp(((const struct rotated *)a)->path, ((const struct rotated *)b)->path);
}

static size_t find_rotated(const struct names *names, str folder, str log, struct rotated *out)
{
    size_t n = 0;

    for (size_t i = 0; i < names->count; i++) {
        const str name = str_of(names->text.p + names->at[i]);
        char path[PATH_MAX];
        struct stat st;
        if (!is_rotated(name, log) ||
            snprintf(path, sizeof path, "%.*s%.*s", STR_ARG(folder), STR_ARG(name)) >= (int)sizeof path)
            continue;
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            out[n++] = (struct rotated){mem_text(str_of(path)), st.st_mtim};
    }
    return n;
}

bool input_walk_rotated(const char *path, const struct input_visitor *visitor, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const str folder = {path, slash ? (size_t)(slash + 1 - path) : 0};
    char *folder_path = folder.n ? mem_text(folder) : mem_text(STR("."));
    struct walk w = {.visitor = visitor, .err = err};
    struct names names = {0};
    bool go_on = true;

    if (read_names(&names, folder_path)) {
        struct rotated *found = mem_zero(names.count, sizeof *found);
        const size_t n = find_rotated(&names, folder, str_of(path + folder.n), found);
        qsort(found, n, sizeof *found, newer_first);
        for (size_t i = 0; i < n; i++) {
            go_on = go_on && visit(&w, found[i].path, false);
            free(found[i].path);
        }
        free(found);
    }
    buf_free(&names.text);
    free(names.at);
    free(folder_path);
    return go_on;
}
