/* token: bounce addresses that prove what a report speaks of. */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/token_keys.h"

struct token_options {
    const char *sender;
    const char *recipient;
};

#define AT(member) offsetof(struct token_options, member)
static const struct option make_options[] = {
    {0, "sender", "ADDRESS", "the bounce address it stands in, as bounces@brand.example", OPT_TEXT, AT(sender)},
};
static const struct option check_options[] = {
    {0, "recipient", "ADDRESS", "whom the report names, for an address that names nobody", OPT_TEXT, AT(recipient)},
};

static bool keys_of(struct command_context *context, struct token_keys *keys, struct err *err)
{
    if (!token_keys_read(context, keys, err))
        return false;
    return keys->count > 0 || err_set(err, ERR_CONFIG, "no key: set [tokens] key to a file with a secret (0600)");
}

static int run_make(struct command_context *context)
{
    const struct token_options *o = context->options;
    struct token_keys keys;
    struct err err = {0};

    if (!o->sender)
        return command_misuse(context, "--sender is needed");
    if (!keys_of(context, &keys, &err))
        return command_fail(context, &err);
    for (size_t i = 0; i < context->args.count; i++) {
        const str made = token_make(&keys, str_of(o->sender), str_of(context->args.items[i]), clock_now_us(), context->arena);
        if (!made.p)
            return command_misuse(context, "\"%s\" or the sender is no address", context->args.items[i]);
        out_printf(context->out, "%.*s\n", STR_ARG(made));
        out_line_done(context->out);
    }
    return EXIT_DONE;
}

static int run_check(struct command_context *context)
{
    static const char *const words[] = {[TOKEN_NONE] = "no token of these keys", [TOKEN_GOOD] = "good",
                                        [TOKEN_EXPIRED] = "expired", [TOKEN_FORGED] = "forged"};
    const struct token_options *o = context->options;
    struct token_keys keys;
    struct err err = {0};
    str proven;

    if (!keys_of(context, &keys, &err))
        return command_fail(context, &err);
    const enum token_result result = token_read(&keys, str_of(context->args.items[0]), str_of(o->recipient), clock_now_us(),
                                                context->arena, &proven);
    out_show(context->out, arena_printf(context->arena, "%s%s%.*s", words[result], proven.n ? ": " : "", STR_ARG(proven)));
    out_add(context->out, STR("\n"));
    return result == TOKEN_GOOD ? EXIT_DONE : EXIT_INPUT;
}

#define OPTIONS(of) .options = of, .option_count = sizeof of / sizeof *of, .options_bytes = sizeof(struct token_options)
static const struct command verbs[] = {
    {.name = "check", .args = "BOUNCE-ADDRESS", .summary = "Say whether a bounce address proves its recipient", OPTIONS(check_options),
     .least_args = 1, .most_args = 1, .run = run_check},
    {.name = "make", .args = "RECIPIENT...", .summary = "Print the bounce address for each recipient", OPTIONS(make_options),
     .least_args = 1, .most_args = SIZE_MAX, .run = run_make},
};

const struct command command_token = {
    .name = "token",
    .summary = "Make and check bounce addresses that prove whom a report speaks of",
    .manual = "Anyone can mail a bounce address. When the envelope sender of each mail carries a token, a report that comes back\n"
              "to it is believed for the recipient that the token was made for (evidence grade B), and no other. A token is\n"
              "good for 14 days; [tokens] key signs, [tokens] key_before is still believed, so that keys can be changed.",
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof *verbs,
};
