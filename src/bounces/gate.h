/*
 * gate - is this a mail system speaking of a delivery, or a person speaking of a bounce?
 *
 * Forwarded and quoted bounces, lists and digests hold the same words as a notice. Nothing in
 * prose is believed unless the outside of the mail looks like a report.
 */
#pragma once
#include "bounces/notice.h"

/* MAILER-DAEMON, postmaster and their kin wrote it. */
bool gate_from_daemon(const struct notice *n);
/* A person or a list passed it on, or answered: nothing in its text is a report of its own. */
bool gate_passed_on(const struct notice *n);
/* More than the sender's name says report: the subject, or what only machines do. */
bool gate_certain(const struct notice *n);
/* The subject says that a delivery failed, or not yet succeeded. */
bool gate_subject_fails(const struct notice *n);
/* A report whoever sent it: the subject begins like one, or X-Failed-Recipients is there. */
bool gate_titled_report(const struct notice *n);
/* Sender and subject both say that a delivery failed. */
bool gate_says_failed(const struct notice *n);
/* Our mail is attached, or the text says "your message". */
bool gate_speaks_of_ours(const struct notice *n);
/* Sender or subject are those of a report. */
bool gate_reports(const struct notice *n);
