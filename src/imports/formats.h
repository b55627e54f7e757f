/*
 * formats - the functions behind the rows of import_formats[], one file a format.
 *
 * The contract of both is in imports/imports.h.
 */
#pragma once
#include "imports/imports.h"

bool snds_recognise(str head);
bool snds_parse(struct import_reading *reading, struct err *err);

bool postmaster_recognise(str head);
bool postmaster_parse(struct import_reading *reading, struct err *err);

bool tlsrpt_recognise(str head);
bool tlsrpt_parse(struct import_reading *reading, struct err *err);
