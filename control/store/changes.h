/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * changes: which zones of a database in the generic schema have changed, by whomever.
 *
 *   domains, records, cryptokeys, domainmetadata --triggers--> ensign_changes --> store_changes()
 *
 * Each row of ensign_changes names a zone. Whoever remembers how far it has read finds what has
 * changed since at the cost of that. PowerDNS' statements fire the triggers as others do, and take
 * no notice; so does replication, which brings the rows to replicas that are only read.
 *
 * SQLite lets one writer commit at a time: ids become visible in order, and a zone has one row, the
 * newest. With servers a transaction that began early may commit late. A row is final when none in
 * front of it can appear any more; up to there is .base, what was read behind it is .seen:
 *
 *   PostgreSQL   rows have their transaction's number: final is what lies before all that are open.
 *                The primary announces (NOTIFY) that there is something: without, it is not asked.
 *   MySQL        ids without a gap are final, and what lies before a row of HOLD seconds ago: a
 *                transaction that takes longer than that and touches a zone may go unnoticed.
 *
 * Rows of servers are removed after a day by store_changes_install(). Who has not looked for as
 * long is told that all may have changed.
 *
 * Without triggers (no right to make them) there is less: of SQLite, that something has changed; of
 * servers, sums over each zone, which cost a read of all tables when anything in the server has
 * changed.
 */
#ifndef CONTROL_STORE_CHANGES_H
#define CONTROL_STORE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct zone_sum;

/* Outlives the store it is used with: the next one to the same database finds what came meanwhile.
 * The zero state is the one to begin with. */
struct store_cursor {
	uint64_t version;    /* store_data_version(): while it stays, there is nothing to read; the
				user sets it to 0 with another store */
	uint64_t connection; /* of the store's, that .place was read from */
	uint64_t place;	     /* number of the file or table that is read; 0: none yet */
	int64_t base;	     /* all up to there has been told */
	int64_t *seen;	     /* ids of rows behind it that have been, too, ascending */
	size_t seen_cnt;
	struct zone_sum *sum; /* without triggers, by name */
	size_t sum_cnt;
};

void store_cursor_deinit(struct store_cursor *cursor);

/* Installs table and triggers if they are not there, and removes old rows. 0, or -1: no right to,
 * not writable, ... */
int store_changes_install(struct store *store) __attribute__((warn_unused_result));

/* Tells of the zones that have changed since cursor was here last, and moves it; of one maybe more
 * often than it changed. The first call, with cursor the zero state, tells of none. 0; 1: any zone
 * may have changed, also what was not told; -1. */
typedef void store_changed_fn(void *ctx, const char *zone);
int store_changes(struct store *store, struct store_cursor *cursor, store_changed_fn *changed,
	void *ctx) __attribute__((warn_unused_result));

#endif
