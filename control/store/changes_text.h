/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * changes_text: the SQL that installs ensign_changes and its triggers (private to control/store).
 */
#ifndef CONTROL_STORE_CHANGES_TEXT_H
#define CONTROL_STORE_CHANGES_TEXT_H

/* By enum store_database. */
struct changes_text {
	const char *install; /* may be run again */
	int trigger_cnt;     /* that it makes */
};

extern const struct changes_text changes_text[];

#endif
