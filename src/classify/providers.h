/*
 * providers - whose system a host or a domain belongs to (rules/providers.tsv).
 *
 * By who answered: the longest MX suffix of the host (a leading dot is a label boundary);
 * else by the recipient's domain. A host of one brand that answers for a domain another
 * brand is known to run is a smarthost: then the domain decides.
 *
 * Ownership  the table is static; a struct provider lives for ever.
 */
#pragma once
#include "base/str.h"

struct provider {
    str id, name, kind, group; /* kind: mailbox hosting gateway forwarder esp disposable other; group joins roofs (yahoo, aol) */
};

struct providers;

/* The shipped table, read at first use; for those who have no classifier at hand. */
const struct providers *providers_shipped(void);

const struct provider *provider_of_host(const struct providers *providers, str host);     /* NULL unknown */
const struct provider *provider_of_domain(const struct providers *providers, str domain); /* NULL unknown */
/* provider_of_host(), and which part of host is known (a view into it). */
const struct provider *provider_host_ending(const struct providers *providers, str host, str *ending);
/* What reports count a delivery under; never NULL: "other" is a row too. */
const struct provider *provider_of(const struct providers *providers, str remote_host, str domain);
const struct provider *provider_named(const struct providers *providers, str id); /* NULL unknown */
size_t providers_all(const struct providers *providers, const struct provider **out);
