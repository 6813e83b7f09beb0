/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row_text: rdata as PowerDNS' records table keeps it: presentation format, names absolute without
 * their final dot (the root is "."), hexadecimal in lower case, the preference of MX and the
 * priority of SRV in the column prio instead of the content.
 */
#ifndef CONTROL_CLI_ROW_TEXT_H
#define CONTROL_CLI_ROW_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"

/* Octets that hold any content. */
#define ROW_TEXT_MAX (4 * RDATA_LEN_MAX + 1024)

/* Writes the content; *prio is what goes into that column. 0, or -1: rdata is malformed, or its
 * text longer than content_size. */
int row_text(char *content, size_t content_size, int *prio, uint16_t type, const uint8_t *rdata,
	size_t rdata_len) __attribute__((warn_unused_result));

#endif
