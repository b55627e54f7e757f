/*
 * networks - is an IP address one of ours? CIDR lists, IPv4 and IPv6.
 *
 * Loopback, RFC 1918, link-local and unique local addresses are always "private": what comes from there was
 * submitted by our own. Literals ("[IPv6:2001:db8::1]"), IPv4-mapped addresses and zones ("fe80::1%eth0") are read
 * as the addresses they stand for.
 *
 * Ownership  networks_new() and networks_free() are a pair.
 * Errors     networks_add() answers false for what is no CIDR (a plain address is one of full length).
 */
#pragma once
#include "base/str.h"

struct networks;

struct networks *networks_new(void);
void networks_free(struct networks *networks);
bool networks_add(struct networks *networks, str cidr);
bool networks_hold(const struct networks *networks, str ip);
bool network_is_private(str ip);
bool network_is_loopback(str ip);
