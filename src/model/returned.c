#include "model/returned.h"

const char *returned_kind_name(enum returned_kind kind)
{
    static const char *const names[] = {"other",     "bounce",    "deferral", "complaint",
                                        "autoreply", "delivered", "other"};

    return names[kind];
}
