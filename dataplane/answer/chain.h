/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chain: following CNAME and DNAME through the served zones (private to dataplane/answer).
 */
#ifndef DATAPLANE_ANSWER_CHAIN_H
#define DATAPLANE_ANSWER_CHAIN_H

#include "dataplane/answer/task.h"

/* The RRset of t's answer part, a CNAME or DNAME, has just been composed at rr_off. Adds the CNAME
 * a DNAME makes (RFC 6672, 3.1), moves t to the target and decides anew. False if the answer ends
 * here: another server's name, a loop, too many steps, a name too long (YXDOMAIN), no room (TC). */
bool chain_follow(struct answer *a, struct task *t, uint32_t rr_off);

#endif
