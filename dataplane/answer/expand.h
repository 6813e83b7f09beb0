/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * expand: RRsets whose pointers cannot be had (private to dataplane/answer).
 *
 * A pointer reaches 16 KiB into a message (RFC 1035, 4.1.4). In longer answers over TCP, and in
 * zones entered through a chain whose target was itself compressed, fragments are taken apart and
 * their names written out, with a pointer only where one reaches. Slow, and rare.
 */
#ifndef DATAPLANE_ANSWER_EXPAND_H
#define DATAPLANE_ANSWER_EXPAND_H

#include "dataplane/answer/task.h"

/* Appends p's RRs at t->pos. 0, or -1 if they do not fit in t->limit; then t->pos is as before. */
int expand_part(struct task *t, const struct part *p) __attribute__((warn_unused_result));

#endif
