#include "classify/psl.h"

#include <libpsl.h>

enum { NAME_MAX_BYTES = 255 };

static const char *const private_tlds[] = {"example", "invalid", "test",     "localhost", "local",
                                           "lan",     "home",    "internal", "intranet",  "corp",
                                           "private", "localdomain"};

static bool fold(str name, char out[NAME_MAX_BYTES + 1])
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++)
        out[i] = str_lower_char(name.p[i]);
    out[name.n] = '\0';
    return true;
}

str psl_organisation(str name)
{
    char folded[NAME_MAX_BYTES + 1];
    const char *found;

    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    if (!fold(name, folded) || !(found = psl_registrable_domain(psl_builtin(), folded)))
        return name;
    return str_from(name, (size_t)(found - folded));
}

bool psl_is_tld(str label)
{
    char folded[NAME_MAX_BYTES + 1];

    if (!fold(label, folded))
        return false;
    for (size_t i = 0; i < sizeof private_tlds / sizeof *private_tlds; i++)
        if (strcmp(folded, private_tlds[i]) == 0)
            return true;
    return psl_is_public_suffix2(psl_builtin(), folded, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}
