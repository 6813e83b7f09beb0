/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * layout: which of the tables and columns that PowerDNS has had a database has (private to
 * control/store).
 */
#ifndef CONTROL_STORE_LAYOUT_H
#define CONTROL_STORE_LAYOUT_H

#include <stdbool.h>

#define LAYOUT_COLUMN_MAX 64

struct db;

struct layout {
	bool is_bind; /* the schema of bind-dnssec-db, by name */
	bool has[LAYOUT_COLUMN_MAX];
};

/* Looks which columns there are, whatever they are. 0, or -1 with db's error. */
int layout_look(struct layout *layout, struct db *db) __attribute__((warn_unused_result));
/* The same, and whether that is enough; 0, or -1 with db's error: not readable, or a column that
 * nothing works without is missing.
 */
int layout_read(struct layout *layout, struct db *db) __attribute__((warn_unused_result));
/* column is "TABLE.COLUMN". */
bool layout_has(const struct layout *layout, const char *column);

#endif
