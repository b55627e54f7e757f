#include "suppress/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/keyed.h"
#include "suppress/export_forms.h"
#include "suppress/snapshot.h"

size_t export_targets(const struct export_target **targets)
{
    static struct export_target rows[32];
    const size_t most = sizeof rows / sizeof *rows;

    for (size_t i = 0; i < export_form_count && i < most; i++)
        rows[i] = export_forms[i].target;
    *targets = rows;
    return export_form_count < most ? export_form_count : most;
}

const struct export_target *export_target_named(str name)
{
    for (size_t i = 0; i < export_form_count; i++)
        if (str_eq(name, str_of(export_forms[i].target.name)))
            return &export_forms[i].target;
    return NULL;
}

static const struct export_form *form_of(const struct export_target *target)
{
    for (size_t i = 0; i < export_form_count; i++)
        if (strcmp(export_forms[i].target.name, target->name) == 0)
            return &export_forms[i];
    return NULL;
}

static const char *scope_name(const struct export_target *target, const char *scope)
{
    return scope ? scope : target->all_scopes ? "all" : "global";
}

/* ---------------------------------------------------------------- making */

struct making {
    const struct export_form *form;
    struct export_run run;
    struct export_result *out;
};

static bool write_entry(void *context, const struct list_entry *entry, struct err *err)
{
    struct making *m = context;
    const bool named = entry->address.n > 0 || (str_eq(entry->kind, STR("domain")) && entry->domain.n > 0);

    (void)err;
    if (named && m->form->entry(&m->run, entry))
        m->out->entries++;
    else
        m->out->left_out++;
    return true;
}

static bool read_scope(struct db *db, const char *scope, struct making *m, struct err *err)
{
    const struct list_filter filter = {.state = "active", .scope = scope};

    return list_read(db, &filter, write_entry, m, err);
}

static bool write_entries(struct db *db, const struct export_target *target, const char *scope, struct making *m,
                          struct err *err)
{
    bool bulk = false;

    if (!scope && target->all_scopes)
        return read_scope(db, NULL, m, err);
    if (!scope || strcmp(scope, "global") == 0)
        return read_scope(db, "global", m, err);
    if (strncmp(scope, "stream:", 7) != 0 || !scope[7])
        return err_set(err, ERR_CONFIG, "scope \"%s\": write global or stream:NAME", scope);
    return read_scope(db, scope, m, err) && snapshot_stream_is_bulk(db, scope, &bulk, err) &&
           (!bulk || strcmp(scope, "stream:*") == 0 || read_scope(db, "stream:*", m, err));
}

static void set_digest(struct export_result *out, str bytes)
{
    char hex[KEYED_HEX];
    const struct keyed digest = keyed_sha256(bytes);

    snprintf(out->sha256, sizeof out->sha256, "%s", keyed_hex(&digest, KEYED_BYTES, hex));
}

bool export_make(struct db *db, const struct export_target *target, const char *scope, struct buf *to,
                 struct export_result *out, struct err *err)
{
    struct making m = {.form = form_of(target), .out = out, .run = {.to = to, .scope = scope_name(target, scope)}};

    *out = (struct export_result){0};
    if (!list_generation(db, &out->generation, err))
        return false;
    m.run.generation = out->generation;
    if (!m.form->entry) {
        if (!snapshot_make(db, m.run.scope, out->generation, to, &out->entries, err))
            return false;
    } else {
        if (m.form->head)
            m.form->head(&m.run);
        if (!write_entries(db, target, scope, &m, err))
            return false;
    }
    set_digest(out, buf_str(to));
    return true;
}

/* ---------------------------------------------------------------- the guard */

static bool shrink_share(struct db *db, double *share, struct err *err)
{
    struct db_result *rows;

    if (!db_script(db, "policy_defaults", err) || !db_run(db, "policy_guard", NULL, 0, &rows, err))
        return false;
    *share = db_rows(rows) ? db_float(rows, 0, 3) : 0;
    db_result_free(rows);
    return true;
}

static bool last_entries(struct db *db, const struct export_target *target, const char *scope, int64_t *entries,
                         struct err *err)
{
    const struct db_arg args[] = {DB_S(str_of(target->name)), DB_S(str_of(scope_name(target, scope)))};
    struct db_result *rows;

    if (!db_run(db, "export_last", args, 2, &rows, err))
        return false;
    *entries = db_rows(rows) ? db_int(rows, 0, 1) : 0;
    db_result_free(rows);
    return true;
}

bool export_guard(struct db *db, const struct export_target *target, const char *scope, const struct export_result *result,
                  struct err *err)
{
    double share;
    int64_t before;

    if (!shrink_share(db, &share, err) || !last_entries(db, target, scope, &before, err))
        return false;
    if (result->entries == 0)
        return err_set(err, ERR_INPUT, "the list is empty: not written (--force writes it all the same)");
    if ((double)result->entries < (double)before * (1.0 - share))
        return err_set(err, ERR_INPUT, "the list shrank from %lld to %lld entries: not written (--force writes it all the same)",
                       (long long)before, (long long)result->entries);
    return true;
}

bool export_done(struct db *db, const struct export_target *target, const char *scope, const struct export_result *result,
                 struct err *err)
{
    const struct db_arg args[] = {
        DB_S(str_of(target->name)), DB_S(str_of(scope_name(target, scope))), DB_I8(result->generation),
        DB_I8(result->entries),     DB_S(str_of(result->sha256)),            DB_T(clock_now_us()),
    };

    return db_run(db, "export_done", args, sizeof args / sizeof *args, NULL, err);
}

/* ---------------------------------------------------------------- files */

static bool write_all(int fd, str bytes)
{
    while (bytes.n > 0) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

static bool sync_folder(const char *path)
{
    const str whole = str_of(path);
    const size_t slash = str_rfind_char(whole, '/');
    char *folder = mem_text(slash == STR_NONE ? STR(".") : slash == 0 ? STR("/") : str_to(whole, slash));
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return good;
}

/* The temporary file stands in the same folder: a rename never leaves the file system. */
static bool write_beside(const char *path, char *temporary, str bytes)
{
    struct stat there;
    const mode_t mode = stat(path, &there) == 0 ? there.st_mode & 07777 : 0644;
    const int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0)
        return false;
    bool good = write_all(fd, bytes) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return true;
    const int why = errno;
    unlink(temporary);
    errno = why;
    return false;
}

bool export_write(const char *path, str bytes, struct err *err)
{
    struct buf temporary = {0};

    buf_printf(&temporary, "%s.XXXXXX", path);
    const bool good = write_beside(path, temporary.p, bytes) && sync_folder(path);
    buf_free(&temporary);
    return good || err_set_errno(err, ERR_IO, "%s: cannot be written", path);
}
