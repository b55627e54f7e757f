/* Whatever a configuration holds: no crash, and it is read whole or refused with a message that names the file. */
#include <stdlib.h>

#include "cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct config *config = config_parse("a.conf", (str){(const char *)data, size}, &err);

    if (!config && (err.kind != ERR_CONFIG || !str_starts(str_of(err.text), STR("a.conf"))))
        abort();
    config_free(config);
    return 0;
}
