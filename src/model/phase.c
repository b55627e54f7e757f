#include "model/phase.h"

static const char *const names[PHASE_COUNT] = {
    [PHASE_NONE] = "",           [PHASE_CONNECT] = "connect", [PHASE_HELO] = "helo",
    [PHASE_STARTTLS] = "starttls", [PHASE_AUTH] = "auth",     [PHASE_MAIL] = "mail",
    [PHASE_RCPT] = "rcpt",       [PHASE_DATA] = "data",       [PHASE_BODY] = "body",
    [PHASE_QUEUE] = "queue",
};

static const struct {
    const char *verb;
    enum phase phase;
} verbs[] = {
    {"end of data", PHASE_BODY},     {"end-of-data", PHASE_BODY}, {"bdat", PHASE_BODY},
    {"sending message body", PHASE_BODY}, {"data", PHASE_DATA},   {"rcpt", PHASE_RCPT},
    {"pipelined rcpt", PHASE_RCPT},  {"mail", PHASE_MAIL},        {"ehlo", PHASE_HELO},
    {"helo", PHASE_HELO},            {"lhlo", PHASE_HELO},        {"starttls", PHASE_STARTTLS},
    {"auth", PHASE_AUTH},            {"initial", PHASE_CONNECT},  {"connect", PHASE_CONNECT},
    {"greeting", PHASE_CONNECT},
};

const char *phase_name(enum phase phase)
{
    return phase < PHASE_COUNT ? names[phase] : "";
}

bool phase_of_name(str name, enum phase *phase)
{
    for (int i = 0; i < PHASE_COUNT; i++)
        if (str_eq(name, str_of(names[i]))) {
            *phase = (enum phase)i;
            return true;
        }
    return false;
}

enum phase phase_of_verb(str verb)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_starts_nocase(verb, str_of(verbs[i].verb)))
            return verbs[i].phase;
    return PHASE_NONE;
}
