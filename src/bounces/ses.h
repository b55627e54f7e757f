/*
 * ses - Amazon SES notifications that SNS sends as mail: one JSON object, then words for people.
 *
 * Only strings are read, by name: bouncedRecipients and complainedRecipients with emailAddress,
 * status and diagnosticCode. The rest of the object is not our concern.
 */
#pragma once
#include "bounces/notice.h"

bool ses_read(struct notice *n);
