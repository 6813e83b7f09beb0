/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chaos: version.bind and its kin in class CH (RFC 4892; private to dataplane/answer).
 */
#ifndef DATAPLANE_ANSWER_CHAOS_H
#define DATAPLANE_ANSWER_CHAOS_H

#include "dataplane/answer/task.h"

/* Composes the answer to a question in class CH, or makes it REFUSED. */
void chaos_answer(const struct answer *a, struct task *t);

#endif
