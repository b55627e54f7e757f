/*
 * http - the service's addresses for people and machines (libevent's evhttp; this file and loop.c are its doors).
 *
 * A table of paths, one function each; GET and HEAD. All other methods 405, other paths 404.
 *
 * Ownership  borrows loop, routes and self.
 * Errors     ERR_CONFIG for an address that is none, ERR_IO when it cannot be listened at.
 * Limits     headers 16 KiB (400), body 1 MiB (413), 15 s for a request from the connection's start or the answer before
 *            it, however slowly it comes (closed), 1024 connections (the others wait to be accepted).
 */
#pragma once
#include "base/buf.h"
#include "serve/loop.h"

enum { HTTP_HEADER_BYTES = 16 * 1024, HTTP_BODY_BYTES = 1024 * 1024, HTTP_CONNECTIONS = 1024, HTTP_SECONDS = 15 };

struct http_route {
    const char *path;
    const char *content_type;
    int (*answer)(void *self, struct buf *body); /* its status */
};

struct http;
/* where: "127.0.0.1:8025", "[::1]:8025". */
struct http *http_new(struct loop *loop, const char *where, const struct http_route *routes, size_t count, void *self,
                      struct err *err);
void http_free(struct http *http);
/* "127.0.0.1:8025" into a host without brackets and a port; false when it is none. */
bool http_place(const char *where, char *host, size_t room, uint16_t *port);
