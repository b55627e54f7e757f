/* What parsers keep between the lines of a node: held with the node, written with its batch, forgotten with its lives. */
#include <stdlib.h>

#include "base/clock.h"
#include "pipeline_parts.h"

static struct pipeline_memory *memory_at(struct pipeline *p, uint64_t node_id)
{
    struct pipeline_memory **m = table_add(&p->memories, &node_id, NULL);

    if (!*m)
        *m = mem_zero(1, sizeof **m);
    return *m;
}

static void memory_free(struct pipeline_memory *m)
{
    if (m->state)
        m->format->state_free(m->state);
    buf_free(&m->packed);
    free(m);
}

void memories_forget(struct pipeline *p)
{
    size_t at = 0;
    const void *key;
    void *value;

    while (table_next(&p->memories, &at, &key, &value))
        memory_free(*(struct pipeline_memory **)value);
    table_clear(&p->memories);
}

void memory_found(struct pipeline *p, uint64_t node_id, str packed, bool older)
{
    struct pipeline_memory *m;

    if (packed.n == 0)
        return;
    m = memory_at(p, node_id);
    buf_clear(&m->packed);
    buf_add(&m->packed, packed);
    m->older = older;
}

/* A log from before what was read of its node begins with nothing. */
static void take_up(struct pipeline_memory *m)
{
    if (m->packed.n > 0 && (!m->older || m->format->timeless))
        m->format->unpack(m->state, buf_str(&m->packed));
    buf_free(&m->packed);
}

/* A parser may know a line's time that its envelope does not have; CLOCK_NONE: it tells none. */
static int64_t time_of(struct pipeline *p, const struct log_format *format, const struct log_line *line)
{
    struct log_event event;
    struct log_sink sink = {.events = &event, .room = 1, .arena = p->arena};
    void *nothing;

    if (line->at_us != CLOCK_NONE)
        return line->at_us;
    nothing = format->state_new();
    format->parse(nothing, line, &sink);
    format->state_free(nothing);
    return sink.at_us ? sink.at_us : CLOCK_NONE;
}

bool memory_of(struct pipeline *p, const struct log_format *format, const struct log_line *line, int64_t told_us,
               void **state, struct err *err)
{
    const str host = line->host.n ? line->host : str_of(p->settings.node ? p->settings.node : "local");
    const uint64_t node_id = resolve_node(p, host, str_of(format->name));
    struct pipeline_memory *m = memory_at(p, node_id);

    m->format = format;
    if (!m->state)
        m->state = format->state_new();
    *state = m->state;
    if (!p->writer)
        return true;
    if (p->held_node_id != node_id) {
        const int64_t own_us = time_of(p, format, line), at_us = own_us == CLOCK_NONE ? told_us : own_us;
        if (at_us <= 0 || at_us >= p->settings.now_us + 2 * CLOCK_DAY)
            return true; /* no line to go by: the next one */
        if (!node_hold(p, node_id, host, at_us, err))
            return false;
        correlate_touch(p->correlator, node_id, at_us);
    }
    if (m->packed.n > 0)
        take_up(m);
    m->changed = true;
    return true;
}

bool memory_pack(struct pipeline *p, uint64_t node_id, struct buf *out, bool *timeless)
{
    struct pipeline_memory **found = table_find(&p->memories, &node_id), *m = found ? *found : NULL;

    if (!m || !m->state || !m->changed)
        return false;
    m->format->pack(m->state, out);
    *timeless = m->format->timeless;
    m->changed = false;
    return true;
}
