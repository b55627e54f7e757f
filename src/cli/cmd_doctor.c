/* doctor: is everything there that rebound needs? Each line says what is wrong and what to do about it. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "classify/classify.h"
#include "cli/commands.h"
#include "store/cluster.h"
#include "store/db.h"
#include "store/schema.h"

enum level { LEVEL_OK = 0, LEVEL_WARN, LEVEL_FAIL, LEVEL_SKIPPED };

struct finding {
    enum level level;
    char text[512]; /* what is, and behind a semicolon what to do */
};

struct doctor {
    const struct command_context *context;
    struct cluster_info cluster;
    bool cluster_known;
    enum database_source source;
    struct db *db; /* open from check_database() on */
};

static void say(struct finding *finding, enum level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void say(struct finding *finding, enum level level, const char *fmt, ...)
{
    va_list args;

    finding->level = level;
    va_start(args, fmt);
    vsnprintf(finding->text, sizeof finding->text, fmt, args);
    va_end(args);
}

/* ---------------------------------------------------------------- the checks */

/* A conninfo may hold a password. */
static void check_config(struct doctor *doctor, struct finding *finding)
{
    const struct config *config = doctor->context->config;
    struct stat st;

    if (!config)
        say(finding, LEVEL_FAIL, "%s", doctor->context->config_trouble.text);
    else if (!config->path)
        say(finding, LEVEL_OK, "no file, defaults");
    else if (stat(config->path, &st) != 0)
        say(finding, LEVEL_WARN, "%s cannot be looked at", config->path);
    else if (st.st_mode & (S_IWGRP | S_IWOTH))
        say(finding, LEVEL_WARN, "%s can be changed by others; chmod go-w", config->path);
    else if (config->database && (st.st_mode & (S_IRGRP | S_IROTH)) && strstr(config->database, "password"))
        say(finding, LEVEL_WARN, "%s holds a password and can be read by others; chmod 600", config->path);
    else
        say(finding, LEVEL_OK, "%s", config->path);
}

static void check_rules(struct doctor *doctor, struct finding *finding)
{
    const char *folder = doctor->context->config ? doctor->context->config->rules : NULL;
    struct err err;
    struct classifier *classifier = classifier_new(folder, &err);

    if (classifier)
        say(finding, LEVEL_OK, "built-in rules%s%s", folder ? " and " : "", folder ? folder : "");
    else
        say(finding, LEVEL_FAIL, "%s", err.text);
    classifier_free(classifier);
}

static void check_postgresql(struct doctor *doctor, struct finding *finding)
{
    struct err err;

    context_conninfo(doctor->context, &doctor->source);
    if (doctor->source != DATABASE_PRIVATE) {
        say(finding, LEVEL_SKIPPED, "not needed here: the database is a server of yours");
        return;
    }
    doctor->cluster_known = cluster_look(doctor->context->arena, &doctor->cluster, &err);
    if (!doctor->cluster_known)
        say(finding, LEVEL_FAIL, "%s", err.text);
    else if (doctor->cluster.version.n == 0)
        say(finding, LEVEL_FAIL, "PostgreSQL's programs are not installed; apt install postgresql");
    else
        say(finding, LEVEL_OK, "PostgreSQL %.*s is installed", STR_ARG(doctor->cluster.version));
}

static void check_database(struct doctor *doctor, struct finding *finding)
{
    struct err err;

    if (doctor->cluster_known && doctor->cluster.state != CLUSTER_RUNNING) {
        say(finding, LEVEL_OK, "private, %s: %s when it is needed (%.*s)",
            doctor->cluster.state == CLUSTER_ABSENT ? "not made yet" : "stopped",
            doctor->cluster.state == CLUSTER_ABSENT ? "made" : "started", STR_ARG(doctor->cluster.data));
        return;
    }
    doctor->db = context_db_as_it_is(doctor->context, &err);
    if (!doctor->db) {
        say(finding, LEVEL_FAIL, "%s", err.text);
        return;
    }
    const int version = db_server_version(doctor->db);
    say(finding, LEVEL_OK, "PostgreSQL %d.%d answers", version / 10000, version % 10000);
}

static void check_schema(struct doctor *doctor, struct finding *finding)
{
    const int ours = schema_version_built_in();
    struct err err;
    int theirs;

    if (!doctor->db)
        say(finding, LEVEL_SKIPPED, "no database to look at");
    else if (!schema_version(doctor->db, &theirs, &err))
        say(finding, LEVEL_FAIL, "%s", err.text);
    else if (theirs > ours)
        say(finding, LEVEL_FAIL, "schema %d is of a newer rebound (this one knows %d); install that one", theirs, ours);
    else if (theirs < ours)
        say(finding, LEVEL_WARN, "schema %d, this program brings %d; rebound db upgrade", theirs, ours);
    else
        say(finding, LEVEL_OK, "schema %d", theirs);
}

/* Windows, cohorts and the years of logs all hang on it. */
static void check_clock(struct doctor *doctor, struct finding *finding)
{
    const int64_t now = clock_now_us();
    char text[CLOCK_TEXT];
    (void)doctor;

    if (now < clock_days(2025, 1, 1) * CLOCK_DAY)
        say(finding, LEVEL_FAIL, "the clock says %s; set it, or start time synchronisation", clock_text(now, text));
    else
        say(finding, LEVEL_OK, "%s", clock_text(clock_floor(now, CLOCK_SECOND), text));
}

/* The folder itself, or the nearest one above that is there already. */
static bool space_at(str folder, uint64_t *free_bytes)
{
    char path[4096];
    struct statvfs fs;

    if (folder.n == 0 || folder.n >= sizeof path)
        return false;
    memcpy(path, folder.p, folder.n);
    path[folder.n] = '\0';
    while (statvfs(path, &fs) != 0) {
        char *slash = strrchr(path, '/');

        if (!slash || slash == path)
            return false;
        *slash = '\0';
    }
    *free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return true;
}

static void check_disk(struct doctor *doctor, struct finding *finding)
{
    uint64_t bytes;

    if (!doctor->cluster_known || !space_at(doctor->cluster.data, &bytes)) {
        say(finding, LEVEL_SKIPPED, "not known for a database elsewhere");
        return;
    }
    const enum level level = bytes < 200u << 20 ? LEVEL_FAIL : bytes < (uint64_t)2 << 30 ? LEVEL_WARN : LEVEL_OK;
    say(finding, level, "%.1f GB free for %.*s%s", (double)bytes / 1e9, STR_ARG(doctor->cluster.data),
        level == LEVEL_OK ? "" : "; make room, or set REBOUND_DATA to another place");
}

static void check_logs(struct doctor *doctor, struct finding *finding)
{
    static const char *const usual[] = {
        "/var/log/mail.log",     "/var/log/maillog",   "/var/log/exim4/mainlog",
        "/var/log/exim/mainlog", "/var/log/mail.info",
    };
    const char *readable = NULL, *locked = NULL;
    (void)doctor;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (access(usual[i], F_OK) == 0) {
            if (access(usual[i], R_OK) == 0)
                readable = readable ? readable : usual[i];
            else
                locked = usual[i];
        }
    if (locked)
        say(finding, LEVEL_WARN, "%s may not be read; add this user to its group (often adm)", locked);
    else if (readable)
        say(finding, LEVEL_OK, "%s can be read", readable);
    else
        say(finding, LEVEL_OK, "none at the usual places: give their paths to rebound ingest");
}

static void tell_age(int64_t read_at_us, struct finding *finding)
{
    const int64_t hours = (clock_now_us() - read_at_us) / CLOCK_HOUR;

    if (hours >= 24)
        say(finding, LEVEL_WARN, "the last log was read %lld h ago; rebound ingest, from a timer", (long long)hours);
    else
        say(finding, LEVEL_OK, "the last log was read %lld h ago", (long long)hours);
}

static void check_data(struct doctor *doctor, struct finding *finding)
{
    struct db_result *r = NULL;
    struct err err;

    if (!doctor->db || !schema_version(doctor->db, &(int){0}, &err)) {
        say(finding, LEVEL_SKIPPED, "no database to look at");
        return;
    }
    if (!db_run(doctor->db, "status_ages", NULL, 0, &r, &err))
        say(finding, LEVEL_WARN, "%s", err.text);
    else if (db_rows(r) == 0 || db_is_null(r, 0, 0))
        say(finding, LEVEL_OK, "no log has been read yet; rebound ingest PATH...");
    else if (!db_is_null(r, 0, 1) && db_time(r, 0, 1) > clock_now_us() + CLOCK_DAY)
        say(finding, LEVEL_WARN,
            "the newest log time lies in the future; check --year, --timezone and the relay's clock");
    else
        tell_age(db_time(r, 0, 0), finding);
    db_result_free(r);
}

/* Mails and whole inputs; why, most recently. */
static void check_set_aside(struct doctor *doctor, struct finding *finding)
{
    const struct db_arg since[] = {DB_T(clock_now_us() - 7 * CLOCK_DAY)};
    struct db_result *r = NULL;
    struct err err;

    if (!doctor->db || !schema_version(doctor->db, &(int){0}, &err)) {
        say(finding, LEVEL_SKIPPED, "no database to look at");
        return;
    }
    if (!db_run(doctor->db, "status_set_aside", since, 1, &r, &err))
        say(finding, LEVEL_WARN, "%s", err.text);
    else if (db_rows(r) == 0)
        say(finding, LEVEL_OK, "nothing in the last 7 days");
    else
        say(finding, LEVEL_WARN, "%lld in the last 7 days: %.*s; rebound report quality", (long long)db_int(r, 0, 1),
            STR_ARG(str_to(db_text(r, 0, 0), 300)));
    db_result_free(r);
}

static const struct {
    const char *name;
    void (*check)(struct doctor *doctor, struct finding *finding);
} checks[] = {
    {"configuration", check_config},
    {"rules", check_rules},
    {"postgresql", check_postgresql},
    {"database", check_database},
    {"schema", check_schema},
    {"clock", check_clock},
    {"disk", check_disk},
    {"logs", check_logs},
    {"data", check_data},
    {"set aside", check_set_aside},
};

/* ---------------------------------------------------------------- the command */

static void print(struct out *out, const char *name, const struct finding *finding)
{
    static const struct {
        const char *word;
        enum colour colour;
    } levels[] = {
        [LEVEL_OK] = {"ok", COLOUR_GOOD},
        [LEVEL_WARN] = {"warn", COLOUR_WARN},
        [LEVEL_FAIL] = {"fail", COLOUR_BAD},
        [LEVEL_SKIPPED] = {"-", COLOUR_FAINT},
    };

    out_printf(out, "%s%-4s%s  %-13s  ", out_colour(out, levels[finding->level].colour), levels[finding->level].word,
               out_colour(out, COLOUR_NONE), name);
    out_show(out, str_of(finding->text));
    out_add(out, STR("\n"));
    out_line_done(out);
}

static int run(struct command_context *context)
{
    struct doctor doctor = {.context = context};
    bool failed = false;

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        struct finding finding = {0};

        checks[i].check(&doctor, &finding);
        print(context->out, checks[i].name, &finding);
        failed = failed || finding.level == LEVEL_FAIL;
    }
    db_close(doctor.db);
    return failed ? EXIT_INPUT : EXIT_DONE;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Check that everything rebound needs is there",
    .manual = "Each line is ok, warn or fail, and says what to do. Exit status 1 when something failed.",
    .without_config = true,
    .run = run,
};
