#include "cli/token_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 1024, SECRET_LEAST = 16 };

static bool read_secret(int fd, const char *path, struct arena *arena, str *out, struct err *err)
{
    char text[SECRET_MAX];
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set_errno(err, ERR_CONFIG, "%s", path);
    if (st.st_mode & 077)
        return err_set(err, ERR_CONFIG, "%s: others can read this secret (chmod 600)", path);
    const ssize_t n = read(fd, text, sizeof text);
    if (n < 0)
        return err_set_errno(err, ERR_CONFIG, "%s", path);
    *out = arena_str(arena, str_trim((str){text, (size_t)n}));
    return out->n >= SECRET_LEAST || err_set(err, ERR_CONFIG, "%s: a secret has 16 bytes at least", path);
}

bool secret_read(const char *path, struct arena *arena, str *out, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set_errno(err, ERR_CONFIG, "%s", path);
    const bool ok = read_secret(fd, path, arena, out, err);
    close(fd);
    return ok;
}

static bool add_secret(const struct command_context *context, const char *path, struct token_keys *out, struct err *err)
{
    const bool ok = !path || secret_read(path, context->arena, &out->secrets[out->count], err);

    out->count += ok && path;
    return ok;
}

bool token_keys_read(const struct command_context *context, struct token_keys *out, struct err *err)
{
    *out = (struct token_keys){0};
    return add_secret(context, context->config->token_key, out, err) &&
           add_secret(context, context->config->token_key_before, out, err);
}
