/*
 * verdict - why a failure happened and whose fault it is: the answer of classify/.
 *
 * Ownership  text views belong to the classifier and live as long as it does, but
 *            listed_item and blamed_ip, which are views into the text classified.
 */
#pragma once
#include "model/esc.h"
#include "model/phase.h"

struct verdict {
    uint64_t signature_id; /* key of (masked text, code, status, phase, provider) */
    str category;          /* id of rules/categories.tsv */
    str severity;          /* hard, soft, none */
    str fault;             /* address recipient recipient_system sender message network none unknown */
    char class;            /* H T B R U - (facts: metrics, classes) */
    str rule;              /* the rule that decided; "registry:5.1.1" or "code:550" for fall-backs, "" none */
    str blocklist;         /* id of rules/blocklists.tsv; "" none */
    str listed_item;       /* what it lists: an IP, a domain; "" not said */
    str blamed_ip;         /* the IP the reply speaks of, listed or not: ours, as they saw it; "" not said */
    bool stale;            /* the list is dead: the receiver has to drop it */
    bool misconfigured;    /* "query refused": the receiver's resolver, no listing */
    str masked;            /* the signature's text */
    int reply_code;
    struct esc enhanced_status;
    enum phase phase;
};
