/* Whatever list somebody imports, and whatever file says it is a snapshot: an end is reached, views stay inside, no crash. */
#include <stdlib.h>

#include "suppress/export.h"
#include "suppress/forms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_form(str text)
{
    struct form form;
    struct form_row row;
    struct err err;
    size_t rows = 0;

    if (!form_open(&form, text, &err))
        return;
    while (form_next(&form, &row))
        if (++rows > text.n + 1 || row.who.n > text.n || row.reason.n > text.n)
            abort();
    form_close(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str bytes = {(const char *)data, size};
    struct snapshot_view view;
    struct err err;

    read_form(bytes);
    if (snapshot_read(bytes, &view, &err) && view.count > 0 && view.count * 8 + SNAPSHOT_HEADER != size)
        abort();
    return 0;
}
