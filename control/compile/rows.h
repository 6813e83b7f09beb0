/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rows: a zone's rows in the database, and a digest of what its image is made of: not of orders and
 * authority, which are computed here.
 */
#ifndef CONTROL_COMPILE_ROWS_H
#define CONTROL_COMPILE_ROWS_H

#include <stdint.h>

#include "control/compile/digest.h"
#include "control/store/row.h"

struct store;

/* Gives each row of the zone named apex to fn, unless that is NULL. 0; -1 with err: the database
 * cannot be read, has no such zone, or memory is out; what fn returned, else. */
int rows_read(struct store *store, const uint8_t *apex, store_row_fn *fn, void *ctx,
	uint8_t digest[static DIGEST_LEN], char err[static 256])
	__attribute__((warn_unused_result));

#endif
