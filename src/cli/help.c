#include "cli/help.h"

enum { LEFT = 30, WIDTH = 80 };

/* Words of text from column on, broken before WIDTH. */
static void add_wrapped(struct buf *to, str text, size_t indent, size_t column)
{
    str word;

    while (str_take_word(&text, &word)) {
        const bool fits = column + 1 + word.n <= WIDTH;

        if (column > indent && fits)
            buf_add_char(to, ' '), column++;
        else if (column > indent)
            buf_printf(to, "\n%*s", (int)indent, ""), column = indent;
        buf_add(to, word);
        column += word.n;
    }
    buf_add_char(to, '\n');
}

static void add_row(struct buf *to, str left, const char *right)
{
    size_t column = 2 + left.n;

    buf_printf(to, "  %.*s", STR_ARG(left));
    if (column + 2 > LEFT) {
        buf_add_char(to, '\n');
        column = 0;
    }
    buf_printf(to, "%*s", (int)(LEFT - column), "");
    add_wrapped(to, str_of(right), LEFT, LEFT);
}

/* Paragraphs are wrapped; lines that begin with a blank (examples) stay as they are. */
static void add_paragraphs(struct buf *to, const char *text)
{
    str rest = str_of(text), line;

    while (str_take_line(&rest, &line))
        if (line.n > 0 && line.p[0] == ' ')
            buf_printf(to, "%.*s\n", STR_ARG(line));
        else
            add_wrapped(to, line, 0, 0);
}

static void add_option(struct buf *to, const struct option *row)
{
    struct buf left = {0};

    if (row->letter)
        buf_printf(&left, "-%c, --%s", row->letter, row->name);
    else
        buf_printf(&left, "    --%s", row->name);
    if (row->arg)
        buf_printf(&left, " %s", row->arg);
    add_row(to, buf_str(&left), row->help);
    buf_free(&left);
}

static void add_options(struct buf *to, const char *title, const struct option *rows, size_t count)
{
    if (count == 0)
        return;
    buf_printf(to, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++)
        if (rows[i].help)
            add_option(to, &rows[i]);
}

static void add_commands(struct buf *to)
{
    for (size_t i = 0; i < command_count; i++)
        add_row(to, str_of(commands[i]->name), commands[i]->summary);
}

void help_overview(struct buf *to)
{
    buf_add(to, STR("rebound " REBOUND_VERSION
                    " reads what mail relays say about their deliveries: logs, bounces, complaints.\n"
                    "It says why mail failed and whose fault it was, and who should not be mailed again.\n\n"
                    "  rebound ingest /var/log/mail.log*     read logs, bounces and complaints\n"
                    "  rebound report                        how the mail fared, and what to do today\n"
                    "  rebound suppression list              whom not to mail again\n"
                    "  rebound trace ann@example.org         what became of one message\n"
                    "  rebound classify bounce.eml           why a mail came back, without a database\n"
                    "\nCommands:\n"));
    add_commands(to);
    buf_add(to, STR("\nrebound COMMAND --help says more about one of them.\n"));
}

void help_version(struct buf *to)
{
    buf_add(to, STR("rebound " REBOUND_VERSION "\n"));
}

void help_all(struct buf *to)
{
    buf_add(to, STR("Usage: rebound [OPTION]... COMMAND ...\n\nCommands:\n"));
    add_commands(to);
    add_options(to, "Options", global_option_rows, global_option_count);
    buf_add(to, STR("\nrebound COMMAND --help says more about one command, rebound(1) about all.\n"));
}

static void add_common(struct buf *to)
{
    struct buf names = {0};

    buf_add(&names, STR("Options of every command (rebound --help):"));
    for (size_t i = 0; i < global_option_count; i++)
        if (global_option_rows[i].letter || global_option_rows[i].type == OPT_TEXT)
            buf_printf(&names, " --%s", global_option_rows[i].name);
    buf_add_char(to, '\n');
    add_wrapped(to, buf_str(&names), 0, 0);
    buf_free(&names);
}

static void add_usage(struct buf *to, const struct command *command, const struct command *verb)
{
    const struct command *last = verb ? verb : command;

    buf_printf(to, "Usage: rebound %s", command->name);
    if (verb)
        buf_printf(to, " %s", verb->name);
    else if (command->verb_count > 0)
        buf_add(to, STR(" VERB"));
    if (last->option_count > 0)
        buf_add(to, STR(" [OPTION]..."));
    if (last->args)
        buf_printf(to, " %s", last->args);
    buf_add(to, STR("\n\n"));
}

static void add_verbs(struct buf *to, const struct command *command)
{
    if (command->verb_count == 0)
        return;
    buf_add(to, STR("\nVerbs:\n"));
    for (size_t i = 0; i < command->verb_count; i++)
        add_row(to, str_of(command->verbs[i].name), command->verbs[i].summary);
}

void help_command(struct buf *to, const struct command *command, const struct command *verb)
{
    const struct command *last = verb ? verb : command;

    add_usage(to, command, verb);
    buf_printf(to, "%s.\n", last->summary);
    if (last->manual) {
        buf_add_char(to, '\n');
        add_paragraphs(to, last->manual);
    }
    add_verbs(to, last);
    add_options(to, "Options", last->options, last->option_count);
    add_common(to);
}
