/* Shell completion from the command table: bash, zsh (through its bash mode) and fish. */
#include "cli/help.h"

static void add_choices(struct buf *to, const char *choices)
{
    str rest = str_of(choices), word;

    while (str_take_field(&rest, '|', &word)) {
        buf_add(to, word);
        buf_add_char(to, ' ');
    }
}

static void add_options(struct buf *to, const struct option *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].help)
            buf_printf(to, "--%s ", rows[i].name);
}

/* Verbs and commands when a word begins, options when it begins with "-"; else bash completes file names. */
static void bash_words(struct buf *to)
{
    buf_add(to, STR("    case $command in\n        '') words='"));
    for (size_t i = 0; i < command_count; i++)
        buf_printf(to, "%s ", commands[i]->name);
    buf_add(to, STR("' ;;\n"));
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i]->verb_count == 0)
            continue;
        buf_printf(to, "        %s) words='", commands[i]->name);
        for (size_t v = 0; v < commands[i]->verb_count; v++)
            buf_printf(to, "%s ", commands[i]->verbs[v].name);
        buf_add(to, STR("' ;;\n"));
    }
    buf_add(to, STR("    esac\n"));
}

static void bash_options_of(struct buf *to, const char *command, const char *verb, const struct command *last)
{
    if (last->option_count == 0)
        return;
    buf_printf(to, "        '%s%s%s') words='", command, verb ? " " : "", verb ? verb : "");
    add_options(to, last->options, last->option_count);
    buf_add(to, STR("' ;;\n"));
}

static void bash_options(struct buf *to)
{
    buf_add(to, STR("    case $current in -*) words=\n    case $command in\n"));
    for (size_t i = 0; i < command_count; i++) {
        bash_options_of(to, commands[i]->name, NULL, commands[i]);
        for (size_t v = 0; v < commands[i]->verb_count; v++)
            bash_options_of(to, commands[i]->name, commands[i]->verbs[v].name, &commands[i]->verbs[v]);
    }
    buf_add(to, STR("    esac\n    words=\"$words "));
    add_options(to, global_option_rows, global_option_count);
    buf_add(to, STR("\" ;; esac\n"));
}

/* What may stand behind an option: its choices, or a file name. */
static void bash_values_of(struct buf *to, const char *command, const struct option *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].help || rows[i].type == OPT_FLAG)
            continue;
        buf_printf(to, "        %s\" --%s\") words='", command, rows[i].name);
        if (rows[i].type == OPT_CHOICE)
            add_choices(to, rows[i].arg);
        buf_add(to, STR("' ;;\n"));
    }
}

static void bash_values(struct buf *to)
{
    struct buf name = {0};

    buf_add(to, STR("    case \"$command $last\" in\n"));
    bash_values_of(to, "*", global_option_rows, global_option_count);
    for (size_t i = 0; i < command_count; i++) {
        bash_values_of(to, commands[i]->name, commands[i]->options, commands[i]->option_count);
        for (size_t v = 0; v < commands[i]->verb_count; v++) {
            buf_clear(&name);
            buf_printf(&name, "'%s %s'", commands[i]->name, commands[i]->verbs[v].name);
            bash_values_of(to, name.p, commands[i]->verbs[v].options, commands[i]->verbs[v].option_count);
        }
    }
    buf_add(to, STR("    esac\n"));
    buf_free(&name);
}

/* The command and its verb in the line so far; the value of a global option is neither. */
static void bash_command(struct buf *to)
{
    buf_add(to, STR("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                    "        if [ -n \"$value\" ]; then [ \"$word\" = = ] || value=; continue; fi\n"
                    "        case $word in\n            "));
    for (size_t i = 0; i < global_option_count; i++)
        if (global_option_rows[i].type != OPT_FLAG)
            buf_printf(to, "--%s|", global_option_rows[i].name);
    buf_add(to, STR("' ') value=1; continue ;;\n"
                    "            -*|=) continue ;;\n"
                    "        esac\n"
                    "        [ -n \"$command\" ] || { command=$word; continue; }\n"
                    "        case \"$command $word\" in "));
    for (size_t i = 0; i < command_count; i++)
        for (size_t v = 0; v < commands[i]->verb_count; v++)
            buf_printf(to, "'%s %s'|", commands[i]->name, commands[i]->verbs[v].name);
    buf_add(to, STR("' ') command=\"$command $word\" ;; esac\n    done\n"));
}

/* bash breaks "--format=csv" into three words. */
static void complete_bash(struct buf *to)
{
    buf_add(to, STR("# rebound: completion for bash, made by rebound --completion bash\n"
                    "_rebound() {\n"
                    "    local command= value= word words=\n"
                    "    local current=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    if [ \"$current\" = = ]; then current=\n"
                    "    elif [ \"$last\" = = ]; then last=${COMP_WORDS[COMP_CWORD-2]}; fi\n"));
    bash_command(to);
    bash_words(to);
    bash_options(to);
    bash_values(to);
    buf_add(to, STR("    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                    "}\n"
                    "complete -o default -F _rebound rebound\n"));
}

static void complete_zsh(struct buf *to)
{
    buf_add(to, STR("autoload -U +X bashcompinit && bashcompinit\n"));
    complete_bash(to);
}

/* Inside '...' of fish: backslash and quote are escaped. */
static void add_fish_quoted(struct buf *to, const char *text)
{
    buf_add_char(to, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_add_char(to, '\\');
        buf_add_char(to, *text);
    }
    buf_add_char(to, '\'');
}

static void fish_options(struct buf *to, const char *condition, const struct option *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].help)
            continue;
        buf_printf(to, "complete -c rebound %s -l %s", condition, rows[i].name);
        if (rows[i].letter)
            buf_printf(to, " -s %c", rows[i].letter);
        if (rows[i].type != OPT_FLAG)
            buf_add(to, STR(" -r"));
        if (rows[i].type == OPT_CHOICE) {
            buf_add(to, STR(" -f -a '"));
            add_choices(to, rows[i].arg);
            buf_add_char(to, '\'');
        }
        buf_add(to, STR(" -d "));
        add_fish_quoted(to, rows[i].help);
        buf_add_char(to, '\n');
    }
}

static void fish_command(struct buf *to, const struct command *command)
{
    struct buf seen = {0};

    buf_printf(to, "complete -c rebound -f -n __fish_use_subcommand -a %s -d ", command->name);
    add_fish_quoted(to, command->summary);
    buf_printf(&seen, "-n '__fish_seen_subcommand_from %s'", command->name);
    buf_add_char(to, '\n');
    for (size_t v = 0; v < command->verb_count; v++) {
        buf_printf(to, "complete -c rebound -f %s -a %s -d ", seen.p, command->verbs[v].name);
        add_fish_quoted(to, command->verbs[v].summary);
        buf_add_char(to, '\n');
        fish_options(to, seen.p, command->verbs[v].options, command->verbs[v].option_count);
    }
    fish_options(to, seen.p, command->options, command->option_count);
    buf_free(&seen);
}

static void complete_fish(struct buf *to)
{
    buf_add(to, STR("# rebound: completion for fish, made by rebound --completion fish\n"));
    fish_options(to, "", global_option_rows, global_option_count);
    for (size_t i = 0; i < command_count; i++)
        fish_command(to, commands[i]);
}

bool help_completion(struct buf *to, const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(struct buf *to);
    } shells[] = {{"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shell, shells[i].shell) == 0) {
            shells[i].write(to);
            return true;
        }
    return false;
}
