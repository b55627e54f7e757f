/*
 * cluster - a private PostgreSQL for one test program: made in a temporary folder, gone at exit.
 *
 *   static struct db *db;
 *   int main(void) { db = test_cluster_start(); ... }
 *
 * Ends the program with 77 (skipped) when PostgreSQL is not installed, and with 1 on any other failure.
 */
#pragma once
#include <fcntl.h>
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

static void test_cluster_stop(void)
{
    char command[128];
    struct err err;

    setenv("REBOUND_DATA", test_cluster_folder, 1);
    if (!cluster_stop(&err))
        fprintf(stderr, "stopping: %s\n", err.text);
    snprintf(command, sizeof command, "rm -rf '%s'", test_cluster_folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", test_cluster_folder);
}

static void test_cluster_remove(void)
{
    db_close(test_cluster_db);
    arena_free(test_cluster_arena);
    test_cluster_stop();
}

/* A test that is killed runs nothing at exit: a process of its own cleans up when the other end of the pipe is gone. */
static void test_cluster_watch(void)
{
    int ends[2], nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    char byte;

    if (pipe2(ends, O_CLOEXEC) != 0 || fork() != 0)
        return; /* ends[1] stays open as long as the test lives */
    setsid();
    close(ends[1]);
    for (int fd = 0; fd < 3; fd++)
        dup2(nothing, fd);
    while (read(ends[0], &byte, 1) > 0)
        continue;
    if (access(test_cluster_folder, F_OK) == 0)
        test_cluster_stop();
    _exit(0);
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
    test_cluster_watch();
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
