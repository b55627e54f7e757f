/* The rows of the policy: how many failures list whom, for how long, and what resets them. */
#define CASES_FILE "suppress_policy.sql"
#define CASES_LEAST 30
#include "suppress_cases.h"
