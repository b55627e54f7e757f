/*
 * stop - has the operator asked the program to stop (SIGINT, SIGTERM)?
 *
 * cli/ installs the handler; every loop that may run long asks stop_requested() between two pieces of
 * work, rolls back what is open and answers ERR_SIGNAL through stop_check().
 *
 * Ownership  none: one flag for the process, written by the signal handler only.
 */
#pragma once
#include "base/err.h"

/* From a signal handler: async-signal-safe. */
void stop_request(int signal_number);
/* The signal's number, 0 for none: true once somebody asked. */
int stop_requested(void);
/* For loops: true to go on, else false with ERR_SIGNAL in err. */
bool stop_check(struct err *err);
