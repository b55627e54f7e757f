#include "serve/http.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/clock.h"

#define SWEEP_US (CLOCK_SECOND / 4)

/* evhttp's own timeout is for silence: a byte a second would keep a connection for ever. So each connection's
 * bufferevent is held a second time here, with the time it has left. evhttp takes its callbacks off when it lets go. */
struct client {
    struct client *next;
    struct bufferevent *events;
    int64_t since_us; /* of its start, or of the last answer */
    bool ended;
};

struct http {
    struct evhttp *server;
    struct evhttp_bound_socket *bound;
    struct loop *loop;
    struct loop_timer *sweep;
    const struct http_route *routes;
    size_t route_count;
    void *self;
    struct client *clients;
    size_t client_count;
};

/* ---------------------------------------------------------------- connections and their time */

static struct bufferevent *start_client(struct event_base *base, void *self)
{
    struct http *http = self;
    struct client *c = mem_zero(1, sizeof *c);

    c->events = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_incref(c->events);
    c->since_us = clock_monotonic_us();
    c->next = http->clients;
    http->clients = c;
    if (++http->client_count == HTTP_CONNECTIONS)
        evconnlistener_disable(evhttp_bound_socket_get_listener(http->bound));
    loop_timer_in(http->sweep, SWEEP_US);
    return c->events;
}

static bool let_go(const struct client *c)
{
    bufferevent_data_cb readable, writable;
    bufferevent_event_cb event;
    void *self;

    bufferevent_getcb(c->events, &readable, &writable, &event, &self);
    return !readable && !writable && !event;
}

static void end_late(struct client *c, int64_t now_us)
{
    const int fd = bufferevent_getfd(c->events);

    if (c->ended || fd < 0 || now_us - c->since_us < HTTP_SECONDS * CLOCK_SECOND)
        return;
    c->ended = true;
    shutdown(fd, SHUT_RDWR); /* evhttp sees the end and closes */
}

static void forget_client(struct http *http, struct client **at)
{
    struct client *c = *at;

    *at = c->next;
    bufferevent_decref(c->events);
    free(c);
    if (http->client_count-- == HTTP_CONNECTIONS)
        evconnlistener_enable(evhttp_bound_socket_get_listener(http->bound));
}

static void sweep(void *self)
{
    struct http *http = self;
    const int64_t now_us = clock_monotonic_us();

    for (struct client **at = &http->clients; *at;) {
        if (let_go(*at)) {
            forget_client(http, at);
            continue;
        }
        end_late(*at, now_us);
        at = &(*at)->next;
    }
    if (http->clients)
        loop_timer_in(http->sweep, SWEEP_US);
}

static void more_time(struct http *http, struct evhttp_request *request)
{
    const struct bufferevent *events = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));

    for (struct client *c = http->clients; c; c = c->next)
        if (c->events == events)
            c->since_us = clock_monotonic_us();
}

/* ---------------------------------------------------------------- requests */

static const struct http_route *route_of(const struct http *http, const char *path)
{
    for (size_t i = 0; path && i < http->route_count; i++)
        if (strcmp(http->routes[i].path, path) == 0)
            return &http->routes[i];
    return NULL;
}

static void reply(struct evhttp_request *request, int status, const char *type, str body)
{
    struct evbuffer *bytes = evbuffer_new();
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    evhttp_add_header(headers, "Content-Type", type);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    if (status == 405)
        evhttp_add_header(headers, "Allow", "GET, HEAD");
    evbuffer_add(bytes, body.p, body.n);
    evhttp_send_reply(request, status, NULL, bytes);
    evbuffer_free(bytes);
}

static void on_request(struct evhttp_request *request, void *self)
{
    struct http *http = self;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const struct http_route *route = route_of(http, uri ? evhttp_uri_get_path(uri) : NULL);
    const enum evhttp_cmd_type method = evhttp_request_get_command(request);
    struct buf body = {0};
    int status = 404;

    more_time(http, request);
    if (route && method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD)
        status = 405;
    else if (route)
        status = route->answer(http->self, &body);
    else
        buf_add(&body, STR("not found\n"));
    reply(request, status, route ? route->content_type : "text/plain; charset=utf-8", buf_str(&body));
    buf_free(&body);
}

/* ---------------------------------------------------------------- the server */

bool http_place(const char *where, char *host, size_t room, uint16_t *port)
{
    str rest = str_of(where), digits;
    const size_t colon = str_rfind_char(rest, ':');
    uint64_t number;

    if (colon == STR_NONE)
        return false;
    digits = str_from(rest, colon + 1);
    rest = str_to(rest, colon);
    if (str_starts(rest, STR("[")) && str_ends(rest, STR("]")))
        rest = (str){rest.p + 1, rest.n - 2};
    else if (str_find_char(rest, ':') != STR_NONE)
        return false;
    if (rest.n == 0 || rest.n >= room || !str_take_u64(&digits, &number) || digits.n || number == 0 || number > 65535)
        return false;
    memcpy(host, rest.p, rest.n);
    host[rest.n] = '\0';
    *port = (uint16_t)number;
    return true;
}

static void set_limits(struct http *http)
{
    evhttp_set_max_headers_size(http->server, HTTP_HEADER_BYTES);
    evhttp_set_max_body_size(http->server, HTTP_BODY_BYTES);
    evhttp_set_timeout(http->server, HTTP_SECONDS);
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_DELETE);
    evhttp_set_gencb(http->server, on_request, http);
    evhttp_set_bevcb(http->server, start_client, http);
}

struct http *http_new(struct loop *loop, const char *where, const struct http_route *routes, size_t count, void *self,
                      struct err *err)
{
    char host[64];
    uint16_t port;

    if (!http_place(where, host, sizeof host, &port)) {
        err_set(err, ERR_CONFIG, "listen: \"%s\" is no address and port as 127.0.0.1:8025", where);
        return NULL;
    }
    struct http *http = mem_zero(1, sizeof *http);
    http->loop = loop;
    http->routes = routes;
    http->route_count = count;
    http->self = self;
    http->sweep = loop_timer_new(loop, sweep, http);
    http->server = evhttp_new(loop_base(loop));
    set_limits(http);
    http->bound = evhttp_bind_socket_with_handle(http->server, host, port);
    if (http->bound)
        return http;
    err_set_errno(err, ERR_IO, "cannot listen at %s", where);
    http_free(http);
    return NULL;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    evhttp_free(http->server);
    for (struct client *c = http->clients, *next; c; c = next) {
        next = c->next;
        bufferevent_decref(c->events);
        free(c);
    }
    loop_timer_free(http->sweep);
    free(http);
}
