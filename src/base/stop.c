#include "base/stop.h"

#include <signal.h>

static volatile sig_atomic_t asked;

void stop_request(int signal_number)
{
    asked = signal_number;
}

int stop_requested(void)
{
    return asked;
}

bool stop_check(struct err *err)
{
    if (!asked)
        return true;
    return err_set(err, ERR_SIGNAL, "stopped by signal %d", (int)asked);
}
