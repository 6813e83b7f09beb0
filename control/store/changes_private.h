/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * changes_private: the two ways to find what has changed (private to changes.c).
 */
#ifndef CONTROL_STORE_CHANGES_PRIVATE_H
#define CONTROL_STORE_CHANGES_PRIVATE_H

#include "control/store/changes.h"

/* changes_sum.c: compares sums over zones with those of the last time, and takes their place. As
 * store_changes(). */
int changes_by_sum(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx);
void changes_forget_sums(struct store_cursor *cursor);

#endif
