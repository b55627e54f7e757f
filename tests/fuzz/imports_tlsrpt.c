/* TLS reports from anybody; the promise is in imports_check.h. */
#include "imports_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return check_import("tls-rpt", data, size);
}
