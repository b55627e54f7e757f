/*
 * cluster - a private PostgreSQL for one test program: made in a temporary folder, gone at exit.
 *
 *   static struct db *db;
 *   int main(void) { db = test_cluster_start(); ... }
 *
 * Ends the program with 77 (skipped) when PostgreSQL is not installed, and with 1 on any other failure.
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/cluster.h"
#include "store/schema.h"

static struct arena *test_cluster_arena;
static struct cluster_info test_cluster;
static struct db *test_cluster_db;
static char test_cluster_folder[] = "/tmp/rebound-test-XXXXXX";

static void test_cluster_remove(void)
{
    char command[128];
    struct err err;

    db_close(test_cluster_db);
    if (!cluster_stop(&err))
        fprintf(stderr, "stopping: %s\n", err.text);
    arena_free(test_cluster_arena);
    snprintf(command, sizeof command, "rm -rf '%s'", test_cluster_folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", test_cluster_folder);
}

/* The server alone, without a schema: its connection string. */
static inline const char *test_cluster_server(void)
{
    struct err err = {0};

    if (!mkdtemp(test_cluster_folder))
        exit(1);
    setenv("REBOUND_DATA", test_cluster_folder, 1);
    test_cluster_arena = arena_new();
    if (!cluster_look(test_cluster_arena, &test_cluster, &err) || test_cluster.version.n == 0) {
        printf("skipped: PostgreSQL is not installed\n");
        rmdir(test_cluster_folder);
        exit(77);
    }
    atexit(test_cluster_remove);
    if (!cluster_ensure(test_cluster_arena, &test_cluster, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return test_cluster.conninfo.p;
}

/* A connection with the schema in place; closed at exit. */
static inline struct db *test_cluster_start(void)
{
    struct err err = {0};

    test_cluster_db = db_open(test_cluster_server(), &err);
    if (!test_cluster_db || !schema_ensure(test_cluster_db, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return test_cluster_db;
}
