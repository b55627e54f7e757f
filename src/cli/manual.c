/* rebound.1 from the command table, the option rows and the configuration keys: man(7). */
#include "cli/help.h"

static const struct {
    const char *name, *text;
} environment[] = {
    {"REBOUND_CONFIG", "the configuration file, when --config is not given"},
    {"REBOUND_DATABASE", "conninfo of the database, when --database is not given"},
    {"REBOUND_DATA", "folder of the private PostgreSQL; else $XDG_DATA_HOME/rebound, else ~/.local/share/rebound; as "
                     "root /var/lib/rebound"},
    {"NO_COLOR", "when set and not empty, no colours"},
};

static const struct {
    const char *status, *text;
} statuses[] = {
    {"0", "done; also when standard output was closed by its reader"},
    {"1", "at least one input was set aside, nothing was found, or a guard said no"},
    {"2", "wrong command line or configuration"},
    {"3", "the database is not available"},
    {"4", "output or system error, such as a full disk"},
    {"130, 143", "stopped by SIGINT or SIGTERM, after rolling back"},
};

static void add_char(struct buf *to, char c)
{
    if (c == '\\')
        buf_add(to, STR("\\e"));
    else if (c == '-')
        buf_add(to, STR("\\-"));
    else
        buf_add_char(to, c);
}

/* One line of running text: a dot or quote in front would be a request. */
static void add_text(struct buf *to, str text)
{
    if (text.n > 0 && (text.p[0] == '.' || text.p[0] == '\''))
        buf_add(to, STR("\\&"));
    for (size_t i = 0; i < text.n; i++)
        add_char(to, text.p[i]);
}

static void add_line(struct buf *to, const char *text)
{
    add_text(to, str_of(text));
    buf_add_char(to, '\n');
}

static void add_tagged(struct buf *to, const char *tag, const char *text)
{
    buf_add(to, STR(".TP\n.B "));
    add_line(to, tag);
    add_line(to, text);
}

static void add_option(struct buf *to, const struct option *row)
{
    buf_add(to, STR(".TP\n"));
    if (row->letter)
        buf_printf(to, "\\fB\\-%c\\fR, ", row->letter);
    buf_add(to, STR("\\fB\\-\\-"));
    add_text(to, str_of(row->name));
    buf_add(to, STR("\\fR"));
    if (row->arg) {
        buf_add(to, STR(" \\fI"));
        add_text(to, str_of(row->arg));
        buf_add(to, STR("\\fR"));
    }
    buf_add_char(to, '\n');
    add_line(to, row->help);
}

static void add_options(struct buf *to, const struct option *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].help)
            add_option(to, &rows[i]);
}

/* Examples (lines that begin with a blank) are set as they are. */
static void add_paragraphs(struct buf *to, const char *text)
{
    str rest = str_of(text), line;
    bool example = false;

    while (str_take_line(&rest, &line)) {
        const bool blank = line.n > 0 && line.p[0] == ' ';

        if (blank != example)
            buf_add(to, blank ? STR(".nf\n") : STR(".fi\n"));
        example = blank;
        if (line.n == 0) {
            buf_add(to, STR(".PP\n"));
            continue;
        }
        add_text(to, line);
        buf_add_char(to, '\n');
    }
    if (example)
        buf_add(to, STR(".fi\n"));
}

static void add_command(struct buf *to, const struct command *command, const struct command *verb)
{
    const struct command *last = verb ? verb : command;

    buf_add(to, STR(".SS \""));
    add_text(to, str_of(command->name));
    if (verb)
        buf_printf(to, " %s", verb->name);
    if (last->args) {
        buf_add_char(to, ' ');
        add_text(to, str_of(last->args));
    }
    buf_add(to, STR("\"\n"));
    add_text(to, str_of(last->summary));
    buf_add(to, STR(".\n"));
    if (last->manual) {
        buf_add(to, STR(".PP\n"));
        add_paragraphs(to, last->manual);
    }
    add_options(to, last->options, last->option_count);
    for (size_t i = 0; !verb && i < command->verb_count; i++)
        add_command(to, command, &command->verbs[i]);
}

static void add_configuration(struct buf *to)
{
    const char *section = "";

    buf_add(to, STR(".SH CONFIGURATION\nAn INI file, found as\n.BR \\-\\-config ,\nelse\n.BR REBOUND_CONFIG ,\nelse\n"
                    ".IR ~/.config/rebound/rebound.conf ,\nelse\n.IR /etc/rebound/rebound.conf ;\nnone is fine.\n"
                    "Lists are separated by blanks, commas or semicolons.\n"
                    "Rules in\n.I rules.d/*.rules\nbeside it win over the built\\-in ones.\n"));
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *row = &config_keys[i];

        if (strcmp(section, row->section) != 0)
            buf_printf(to, ".SS [%s]\n", row->section);
        section = row->section;
        add_tagged(to, row->key[0] == '*' ? "NAME" : row->key, row->help);
        if (row->fallback)
            buf_printf(to, "(default: %s)\n", row->fallback);
    }
}

static void add_head(struct buf *to)
{
    buf_add(to, STR(".TH REBOUND 1 \"\" \"rebound " REBOUND_VERSION "\"\n"
                    ".SH NAME\nrebound \\- delivery analytics and bounce processing for mail relays\n"
                    ".SH SYNOPSIS\n.B rebound\n[\\fIOPTION\\fR]... \\fICOMMAND\\fR ...\n"
                    ".SH DESCRIPTION\n"
                    "rebound reads what mail relays say about their deliveries (relay logs, bounce mails,\n"
                    "complaints), decides why each failure happened and whose fault it is, keeps it in PostgreSQL,\n"
                    "reports deliverability and blocklist trouble, and turns the evidence into a suppression list\n"
                    "that flows back into the relay.\n.PP\n"
                    "Options are long; a single\n.B \\-\nis standard input or output;\n.B \\-\\-\nends the options.\n"
                    "Messages go to standard error, one line each; output goes to standard output.\n"));
}

void help_manual(struct buf *to)
{
    add_head(to);
    buf_add(to, STR(".SH OPTIONS\n"));
    add_options(to, global_option_rows, global_option_count);
    buf_add(to, STR(".SH COMMANDS\n"));
    for (size_t i = 0; i < command_count; i++)
        add_command(to, commands[i], NULL);
    add_configuration(to);
    buf_add(to, STR(".SH ENVIRONMENT\n"));
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++)
        add_tagged(to, environment[i].name, environment[i].text);
    buf_add(to, STR(".SH EXIT STATUS\n"));
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        add_tagged(to, statuses[i].status, statuses[i].text);
}
