#include "intake/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/stop.h"
#include "intake/source.h"

enum { RAW_BYTES = 256 * 1024 };
static const uint64_t LIMIT_BYTES = UINT64_C(64) << 30;

struct input {
    char *path;
    bool maildir;
    bool known;                    /* is it packed, and how? A pipe is not asked before it is read */
    const struct packing *packing; /* NULL: plain */
    struct source *source;
    uint64_t offset; /* of the next byte to hand out */
    uint64_t limit;
    /* bytes looked at but not taken */
    char *ahead;
    size_t ahead_at, ahead_n;
    /* compressed only */
    struct archive *archive;
    char *raw;
    str block;       /* decompressed, in libarchive's memory or in `tail` */
    char *tail;      /* what was got back from a broken end */
    struct buf lead; /* put in front of what is read: see recover() */
    size_t lead_at;
    uint64_t inflated;
    bool ended;
    struct err broken; /* kept: told again at each read */
};

/* What libarchive takes off; everything else is read without it. */
static const struct packing {
    str magic;
    const char *filter; /* libarchive's name */
    size_t block_bytes; /* what it decompresses at once */
} packings[] = {
    {STR("\037\213\010"),     "gzip",  64 * 1024 }, /* RFC 1952 2.3.1 */
    {STR("\3757zXZ\0"),       "xz",    64 * 1024 }, /* xz file format 2.1.1.1 */
    {STR("\050\265\057\375"), "zstd",  128 * 1024}, /* RFC 8878 3.1.1 */
    {STR("\052\115\030"),     "zstd",  128 * 1024}, /* skippable frame: behind a byte 0x50 to 0x5f (3.1.2) */
    {STR("BZh"),              "bzip2", 64 * 1024 },
};

/* "BZh9" could begin a line of text; a block (pi) or the end mark (its root) follows at once. */
static bool is_bzip2(str start)
{
    const str rest = str_from(start, 4);

    return start.n > 3 && start.p[3] >= '1' && start.p[3] <= '9' &&
           (str_starts(rest, STR("1AY&SY")) || str_starts(rest, STR("\x17rE8P\x90")));
}

static const struct packing *packing_of(str start)
{
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        const bool skippable = packings[i].magic.p[0] == '*';
        if (skippable && (start.n < 1 || ((uint8_t)start.p[0] & 0xf0) != 0x50))
            continue;
        if (str_starts(str_from(start, skippable), packings[i].magic) &&
            (packings[i].magic.p[0] != 'B' || is_bzip2(start)))
            return &packings[i];
    }
    return NULL;
}

static la_ssize_t feed_archive(struct archive *archive, void *self, const void **block)
{
    struct input *in = self;

    if (in->lead_at < in->lead.n) {
        *block = in->lead.p + in->lead_at;
        in->lead_at = in->lead.n;
        return (la_ssize_t)in->lead.n;
    }
    const ssize_t n = stop_check(&in->broken) ? source_read(in->source, in->raw, RAW_BYTES, &in->broken) : -1;
    if (n < 0)
        archive_set_error(archive, EIO, "%s", in->broken.text);
    *block = in->raw;
    return n;
}

static void close_archive(struct input *in)
{
    if (in->archive)
        archive_read_free(in->archive);
    in->archive = NULL;
    in->block = (str){"", 0};
    in->inflated = 0;
    in->ended = false;
    in->broken.kind = ERR_NONE;
}

/* A failed read of the file itself has filled `broken` already. */
static bool archive_broken(struct input *in)
{
    const char *why = archive_error_string(in->archive);

    if (in->broken.kind == ERR_NONE)
        err_set(&in->broken, ERR_INPUT, "compressed data is broken off or damaged (%s)", why ? why : "no reason given");
    return false;
}

static bool open_archive(struct input *in)
{
    struct archive_entry *entry;

    close_archive(in);
    if (!in->raw)
        in->raw = mem_alloc(RAW_BYTES);
    in->archive = archive_read_new();
    archive_read_support_filter_gzip(in->archive);
    archive_read_support_filter_xz(in->archive);
    archive_read_support_filter_zstd(in->archive);
    archive_read_support_filter_bzip2(in->archive);
    archive_read_support_format_raw(in->archive);
    archive_read_support_format_empty(in->archive);
    if (archive_read_open(in->archive, in, NULL, feed_archive, NULL) != ARCHIVE_OK)
        return archive_broken(in);
    if (archive_filter_count(in->archive) < 2) /* too little there to know it by: it would be read as it is */
        return err_set(&in->broken, ERR_INPUT, "compressed data is broken off or damaged (no whole header)");
    const int status = archive_read_next_header(in->archive, &entry);
    in->ended = status == ARCHIVE_EOF;
    return status == ARCHIVE_EOF || status >= ARCHIVE_WARN || archive_broken(in);
}

static bool find_compression(struct input *in, struct err *err)
{
    char start[SOURCE_START_BYTES];
    size_t n;

    if (!source_start(in->source, start, &n, err))
        return false;
    in->packing = packing_of((str){start, n});
    in->known = true;
    return true;
}

/* Takes the source over. */
static struct input *input_of(struct source *source, const char *path, bool maildir, struct err *err)
{
    if (!source)
        return NULL;
    struct input *in = mem_zero(1, sizeof *in);
    in->path = mem_text(str_of(path));
    in->source = source;
    in->maildir = maildir;
    in->limit = LIMIT_BYTES;
    if (!source_is_file(source) || find_compression(in, err))
        return in;
    input_close(in);
    return NULL;
}

struct input *input_open(const char *path, bool maildir, struct err *err)
{
    return input_of(source_open(path, err), path, maildir, err);
}

struct input *input_open_fd(int fd, const char *path, struct err *err)
{
    return input_of(source_open_fd(fd, err), path, false, err);
}

void input_close(struct input *in)
{
    if (!in)
        return;
    close_archive(in);
    source_close(in->source);
    buf_free(&in->lead);
    free(in->tail);
    free(in->raw);
    free(in->ahead);
    free(in->path);
    free(in);
}

/* ---- what is known of it */

const char *input_path(const struct input *in)
{
    return in->path;
}

bool input_is_stdin(const struct input *in)
{
    return strcmp(in->path, "-") == 0;
}

bool input_is_file(const struct input *in)
{
    return source_is_file(in->source);
}

bool input_is_maildir(const struct input *in)
{
    return in->maildir;
}

bool input_is_compressed(const struct input *in)
{
    return in->packing != NULL;
}

uint64_t input_device(const struct input *in)
{
    return source_stat(in->source)->st_dev;
}

uint64_t input_inode(const struct input *in)
{
    return source_stat(in->source)->st_ino;
}

int64_t input_size(const struct input *in)
{
    return source_is_file(in->source) ? source_stat(in->source)->st_size : -1;
}

int64_t input_modified_us(const struct input *in)
{
    const struct timespec at = source_stat(in->source)->st_mtim;

    return source_is_file(in->source) ? at.tv_sec * CLOCK_SECOND + at.tv_nsec / 1000 : CLOCK_NONE;
}

uint64_t input_offset(const struct input *in)
{
    return in->offset;
}

uint64_t input_consumed(const struct input *in)
{
    return source_taken(in->source);
}

void input_limit(struct input *in, uint64_t decompressed_bytes)
{
    in->limit = decompressed_bytes;
}

/* ---- reading */

/* The archive's next block, an empty one at the end or when it broke (`broken`). */
static str take_block(struct input *in)
{
    const void *p;
    size_t n = 0;
    la_int64_t at;

    while (!in->ended && in->broken.kind == ERR_NONE) {
        const int status = archive_read_data_block(in->archive, &p, &n, &at);
        if (status == ARCHIVE_EOF)
            in->ended = true;
        else if (status < ARCHIVE_WARN)
            archive_broken(in);
        else if (n > 0)
            return (str){p, n};
    }
    return (str){"", 0};
}

/*
 * The end of a truncated file. libarchive decompresses into blocks of 64 KiB (zstd: 128) and hands out full ones
 * only, so what stands in the last block when the input breaks off is lost, which can be all of a small file.
 * But a block that is just full when the input ends is handed out. So: some zeros, compressed the same way, are put
 * in front as a stream of their own (all four formats allow several in one file), which shifts where blocks end.
 * Halving finds the number of zeros that gets most back. A file that is read 17 times only because it is damaged
 * is worth its last lines; the larger it is the earlier we are content.
 */
enum { CONTENT_SHIFT = 22 };

static la_ssize_t add_to_lead(struct archive *archive, void *self, const void *p, size_t n)
{
    (void)archive;
    buf_add(&((struct input *)self)->lead, (str){p, n});
    return (la_ssize_t)n;
}

static bool make_lead(struct input *in, size_t zeros)
{
    struct archive *out = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char *room = mem_zero(1, zeros);

    buf_clear(&in->lead);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "zeros");
    archive_write_set_format_raw(out);
    archive_write_set_bytes_in_last_block(out, 1); /* no padding */
    const bool made = archive_write_add_filter_by_name(out, in->packing->filter) == ARCHIVE_OK &&
                      archive_write_set_filter_option(out, NULL, "compression-level", "1") == ARCHIVE_OK &&
                      archive_write_open(out, in, NULL, add_to_lead, NULL) == ARCHIVE_OK &&
                      archive_write_header(out, entry) == ARCHIVE_OK &&
                      archive_write_data(out, room, zeros) == (la_ssize_t)zeros &&
                      archive_write_close(out) == ARCHIVE_OK;
    archive_entry_free(entry);
    archive_write_free(out);
    free(room);
    return made;
}

/* Reads it all again behind `zeros` zeros; the bytes from `known` on go to `tail`. How many there are, 0 for none. */
static size_t recover_with(struct input *in, size_t zeros, uint64_t known)
{
    const uint64_t skip = known + zeros;
    uint64_t at = 0;
    size_t n = 0;

    if (!make_lead(in, zeros) || !source_rewind(in->source, &in->broken))
        return 0;
    in->lead_at = 0;
    if (open_archive(in)) {
        for (str block; stop_check(&in->broken) && (block = take_block(in)).n > 0; at += block.n) {
            str fresh = str_from(block, at >= skip ? 0 : skip - at < block.n ? (size_t)(skip - at) : block.n);
            fresh = str_to(fresh, in->packing->block_bytes - n);
            memcpy(in->tail + n, fresh.p, fresh.n);
            n += fresh.n;
        }
    }
    return n;
}

static size_t recover(struct input *in, uint64_t known)
{
    const size_t content = 1 + (size_t)(known >> CONTENT_SHIFT);
    size_t least = 0, most = in->packing->block_bytes - 1;
    size_t best = recover_with(in, most, known); /* is there one byte more? */

    while (best > 0 && most - least > content && in->broken.kind != ERR_SIGNAL) {
        const size_t zeros = least + (most - least) / 2;
        const size_t n = recover_with(in, zeros, known);
        if (n > 0)
            best = n;
        *(n > 0 ? &most : &least) = zeros;
    }
    return best;
}

static void recover_tail(struct input *in)
{
    const struct err broken = in->broken;
    const uint64_t known = in->inflated;

    /* a gz in a gz would come back half unpacked */
    if (!source_is_file(in->source) || broken.kind != ERR_INPUT || archive_filter_count(in->archive) > 2)
        return;
    if (!in->tail)
        in->tail = mem_alloc(in->packing->block_bytes);
    str tail = {in->tail, recover(in, known)};
    if (known == 0 && packing_of(tail))
        tail.n = 0;
    if (in->broken.kind != ERR_SIGNAL)
        in->broken = broken;
    in->inflated = known;
    in->block = tail;
    in->lead_at = 0;
    buf_clear(&in->lead);
}

/* The next decompressed block; false at the end or when broken. */
static bool next_block(struct input *in)
{
    if (in->block.n > 0)
        return true;
    if (in->ended || in->broken.kind != ERR_NONE)
        return false;
    if (in->archive || open_archive(in))
        in->block = take_block(in);
    if (in->broken.kind != ERR_NONE)
        recover_tail(in);
    return in->block.n > 0;
}

static ssize_t read_compressed(struct input *in, char *to, size_t room, struct err *err)
{
    if (!next_block(in)) {
        if (in->broken.kind != ERR_NONE)
            *err = in->broken;
        return in->broken.kind != ERR_NONE ? -1 : 0;
    }
    if (in->inflated >= in->limit) {
        err_set(&in->broken, ERR_INPUT, "decompresses to more than %llu bytes (limit)", (unsigned long long)in->limit);
        *err = in->broken;
        return -1;
    }
    const size_t left = in->limit - in->inflated < in->block.n ? in->limit - in->inflated : in->block.n;
    const size_t n = left < room ? left : room;
    memcpy(to, in->block.p, n);
    in->block = str_from(in->block, n);
    in->inflated += n;
    return (ssize_t)n;
}

static ssize_t read_more(struct input *in, char *to, size_t room, struct err *err)
{
    return in->packing ? read_compressed(in, to, room, err) : source_read(in->source, to, room, err);
}

ssize_t input_read(struct input *in, char *to, size_t room, struct err *err)
{
    ssize_t n;

    if (!in->known && !find_compression(in, err))
        return -1;
    source_settle(in->source);
    if (in->ahead_at < in->ahead_n) {
        const size_t left = in->ahead_n - in->ahead_at;
        n = (ssize_t)(left < room ? left : room);
        memcpy(to, in->ahead + in->ahead_at, (size_t)n);
        in->ahead_at += (size_t)n;
    } else {
        n = read_more(in, to, room, err);
    }
    if (n > 0)
        in->offset += (uint64_t)n;
    return n;
}

static bool enough_ahead(const struct input *in, size_t want)
{
    const size_t n = in->ahead_n - in->ahead_at;

    if (n >= want)
        return true;
    return !in->packing && memchr(in->ahead + in->ahead_at, '\n', n) && source_would_wait(in->source);
}

str input_peek(struct input *in, size_t want, struct err *err)
{
    if (want > INPUT_PEEK_BYTES)
        want = INPUT_PEEK_BYTES;
    if (!in->ahead)
        in->ahead = mem_alloc(INPUT_PEEK_BYTES);
    if (in->ahead_at > 0) {
        in->ahead_n -= in->ahead_at;
        memmove(in->ahead, in->ahead + in->ahead_at, in->ahead_n);
        in->ahead_at = 0;
    }
    if (!in->known && !find_compression(in, err))
        return (str){in->ahead, 0};
    while (!enough_ahead(in, want)) {
        const ssize_t n = read_more(in, in->ahead + in->ahead_n, INPUT_PEEK_BYTES - in->ahead_n, err);
        if (n <= 0)
            break;
        in->ahead_n += (size_t)n;
    }
    return str_to((str){in->ahead, in->ahead_n}, want);
}

/* ---- moving about */

static void restart(struct input *in)
{
    close_archive(in);
    in->ahead_at = in->ahead_n = 0;
    in->offset = 0;
}

bool input_rewind(struct input *in, struct err *err)
{
    if (!source_rewind(in->source, err))
        return false;
    restart(in);
    return true;
}

static bool seek_to(struct input *in, uint64_t offset, struct err *err)
{
    if (!source_seek(in->source, offset, err))
        return false;
    restart(in);
    in->offset = offset;
    return true;
}

static bool ends_early(uint64_t at, uint64_t wanted, struct err *err)
{
    return err_set(err, ERR_INPUT, "ends at byte %llu, before byte %llu", (unsigned long long)at,
                   (unsigned long long)wanted);
}

static bool read_on_to(struct input *in, uint64_t offset, struct err *err)
{
    char *scrap = mem_alloc(RAW_BYTES);
    ssize_t n = 1;

    while (in->offset < offset && n > 0) {
        const uint64_t left = offset - in->offset;
        n = stop_check(err) ? input_read(in, scrap, left < RAW_BYTES ? (size_t)left : RAW_BYTES, err) : -1;
    }
    free(scrap);
    return n == 0 ? ends_early(in->offset, offset, err) : n > 0;
}

bool input_skip_to(struct input *in, uint64_t offset, struct err *err)
{
    if (source_is_file(in->source) && !in->packing) {
        const uint64_t size = source_size(in->source);
        return offset <= size ? seek_to(in, offset, err) : ends_early(size, offset, err);
    }
    if (offset < in->offset && !input_rewind(in, err))
        return false;
    return read_on_to(in, offset, err);
}

bool input_spool(struct input *in, struct err *err)
{
    return source_spool(in->source, err);
}

void input_unspool(struct input *in)
{
    source_unspool(in->source);
}
