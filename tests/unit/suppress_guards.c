/* Complaints, guards, and what operators decide. */
#define CASES_FILE "suppress_guards.sql"
#define CASES_LEAST 20
#include "suppress_cases.h"
