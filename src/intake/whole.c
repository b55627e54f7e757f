#include "intake/whole.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

bool input_whole(struct input *in, size_t most_bytes, struct buf *to, struct err *err)
{
    ssize_t n;

    while ((n = input_read(in, buf_reserve(to, READ_BYTES), READ_BYTES, err)) > 0) {
        to->n += (size_t)n;
        if (to->n > most_bytes)
            return err_set(err, ERR_INPUT, "larger than %zu MiB (limit)", most_bytes >> 20);
    }
    return n == 0;
}

static bool write_all(int fd, str bytes, struct err *err)
{
    while (bytes.n > 0) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return err_set_errno(err, ERR_IO, "memory for an attachment");
        bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool input_whole_of(str bytes, const char *name, size_t most_bytes, struct buf *to, struct err *err)
{
    const int fd = memfd_create("attachment", MFD_CLOEXEC);

    if (fd < 0)
        return err_set_errno(err, ERR_IO, "memory for an attachment");
    struct input *in = write_all(fd, bytes, err) ? input_open_fd(fd, name, err) : NULL;
    const bool ok = in && input_whole(in, most_bytes, to, err);
    input_close(in);
    close(fd);
    return ok;
}
