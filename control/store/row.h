/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row: the records of zones of PowerDNS' generic schema, as they are stored.
 */
#ifndef CONTROL_STORE_ROW_H
#define CONTROL_STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

/* A row of the table records. Texts are valid during the call. */
struct store_row {
	uint64_t id;
	const char *name;      /* without final dot */
	const char *type;      /* NULL: an empty non-terminal */
	const char *content;   /* NULL where the column is */
	const char *ordername; /* the same */
	uint32_t ttl_s;
	int prio; /* -1: NULL */
	bool disabled;
	bool auth;
};

/* Told of each row, until it returns non-zero, which is returned. */
typedef int store_row_fn(void *ctx, const struct store_row *row);

#endif
