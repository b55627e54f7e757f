#include "model/returned.h"

const char *returned_kind_name(enum returned_kind kind)
{
    static const char *const names[] = {"other",     "bounce",    "deferral", "complaint",
                                        "autoreply", "delivered", "other"};

    return names[kind];
}

str returned_mta_host(str mta)
{
    const size_t semi = str_find_char(mta, ';');
    const str host = str_trim(semi == STR_NONE ? mta : str_from(mta, semi + 1));

    return str_to(host, str_find_char(host, ' '));
}

bool returned_gave_up(const struct returned_item *item)
{
    return item->kind == RETURNED_BOUNCE && item->diagnostic.n > 0 && item->reply_code == 0 && item->enhanced_status.class != 5;
}
