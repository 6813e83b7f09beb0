/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directive: makes the origins in $ORIGIN and $INCLUDE entries absolute.
 *
 * RFC 1035, 5.1 lets them be relative to the current origin, and files written for BIND use that;
 * libzscanner takes absolute ones only.
 */
#ifndef CONTROL_SOURCE_DIRECTIVE_H
#define CONTROL_SOURCE_DIRECTIVE_H

#include <stddef.h>
#include <stdint.h>

#define DIRECTIVE_LEN_MAX 8192 /* octets: a path and a name, generously */

/* If the entry is such a directive with a relative origin, writes one that says the same with an
 * absolute one. origin: the current one, wire. Returns its length, or 0 if the entry is right as it
 * is (or too long to be right). */
size_t directive_absolute(
	char dst[static DIRECTIVE_LEN_MAX], const char *entry, size_t len, const uint8_t *origin);

#endif
