/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * changes: which zones of a database in the generic schema have changed, by whomever.
 *
 *   ensign_changes   id INTEGER PRIMARY KEY AUTOINCREMENT, zone TEXT UNIQUE
 *
 * Triggers on domains, records, cryptokeys and domainmetadata give the zone's row there a new id,
 * the highest. So whoever remembers an id finds what has changed since at the cost of that, and the
 * table never has more rows than there are zones. SQLite lets one writer commit at a time: ids
 * become visible in order. PowerDNS' statements fire the triggers as others do, and take no notice.
 */
#ifndef CONTROL_STORE_CHANGES_H
#define CONTROL_STORE_CHANGES_H

#include <stdint.h>

struct store;

/* Outlives the store it is used with: the next one to the same database finds what came meanwhile.
 */
struct store_cursor {
	uint64_t version; /* store_data_version(): while it stays, there is nothing to read; the
			     user sets it to 0 with another store */
	uint64_t file;	  /* number of the file that id is of; 0: none yet */
	int64_t id;	  /* the newest that was read */
};

/* Installs the table and the triggers. 0, or -1: no right to, not writable, ... */
int store_changes_install(struct store *store) __attribute__((warn_unused_result));

/* Tells of the zones that have changed since cursor was here last, and moves it. The first call,
 * with cursor the zero state, tells of none. 0; 1: any zone may have changed, nothing was told (so
 * it is always where there are no triggers); -1. */
typedef void store_changed_fn(void *ctx, const char *zone);
int store_changes(struct store *store, struct store_cursor *cursor, store_changed_fn *changed,
	void *ctx) __attribute__((warn_unused_result));

#endif
