/*
 * config - the configuration file: INI (GLib's GKeyFile reads it; this file is its door), typed and checked.
 *
 * Found as: --config, else REBOUND_CONFIG, else ~/.config/rebound/rebound.conf (XDG_CONFIG_HOME is
 * honoured), else /etc/rebound/rebound.conf; none is fine. Keys before the first [section] belong to
 * [rebound]. Lists are separated by blanks, commas or semicolons. Every key is one row of one table;
 * the sample in the manual page is printed from it.
 *
 * Ownership  config_free() frees all; every text lives as long as the config.
 * Errors     ERR_CONFIG naming file, line and key: a file that was named but cannot be read, a line that
 *            is none, an unknown section or key, a value of the wrong kind. Values are never echoed where
 *            they may hold a password.
 * Limits     1 MiB.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct config_list {
    const str *items;
    size_t count;
};

struct config_pair {
    str key, value;
};
struct config_map { /* in the order of the file; of a key that comes twice the last value counts */
    const struct config_pair *pairs;
    size_t count;
};

struct config_target { /* [export NAME] */
    const char *name;
    const char *format; /* row of the export table; NULL: the name is it */
    const char *path;
    const char *scope; /* "global" or "stream:NAME" */
};

struct config {
    struct arena *arena; /* holds every text below */
    const char *path;    /* the file that was read; NULL: none */
    const char *rules;   /* the folder rules.d beside it; NULL: there is none */

    const char *database; /* conninfo; NULL: not said. May hold a password: never print it */

    struct config_list networks_own;    /* CIDR: our application servers and relays */
    struct config_list smarthosts;      /* host name suffixes that relay for us */
    struct config_list inbound_domains; /* domains whose mail we receive */
    struct config_map egress;           /* syslog name -> egress */
    struct config_map streams;          /* pattern -> stream, first match wins */
    struct config_map stream_kinds;     /* stream -> bulk, transactional, person */
    const char *privacy_addresses;      /* failures, all, hashed */
    const char *privacy_key;            /* file, 0600: the secret of hashed addresses; NULL: none */
    int64_t ingest_batch_mb;
    const char *ingest_zone;                  /* of stamps without one; NULL: UTC */
    struct config_list suppression_protected; /* addresses and domains */
    int64_t suppression_daily_cap;            /* 0: the policy's own */
    const char *token_key, *token_key_before; /* files, 0600, one secret each; NULL: none */
    struct config_list fbl_providers;         /* providers whose complaints reach us */
    struct config_list serve_logs, serve_maildirs; /* what serve follows */
    const char *serve_listen, *serve_socketmap, *serve_snapshot;

    const struct config_target *targets;
    size_t target_count;
};

/* path: of --config; NULL: look where the manual says. Never NULL on success. */
struct config *config_read(const char *path, struct err *err);
/* The same from a text; path names it in messages. */
struct config *config_parse(const char *path, str text, struct err *err);
void config_free(struct config *config);

/* Where a file would be looked for, first to last; NULL at the end. */
size_t config_places(const char *path, struct arena *arena, const char **out, size_t room);

enum config_type { CONFIG_TEXT, CONFIG_LIST, CONFIG_CIDRS, CONFIG_NUMBER, CONFIG_CHOICE, CONFIG_MAP };

/* The table, for the manual. */
struct config_key {
    const char *section;
    const char *key; /* "*": any key of the section */
    enum config_type type;
    size_t at;
    const char *fallback; /* as it would be written; NULL: empty */
    const char *choices;  /* CONFIG_CHOICE, and of the values of a CONFIG_MAP */
    const char *help;
    bool in_target; /* `at` is in struct config_target, section "export NAME" */
};
extern const struct config_key config_keys[];
extern const size_t config_key_count;
