/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_slots: the readers file, from both sides (private to publish*.c).
 *
 * A slot in use is one whose octet of the file is locked (octet i for slot i). Locks belong to an
 * open file, so threads of one process keep apart by the taken[] of their mapping instead.
 */
#ifndef ZONEDB_PUBLISH_SLOTS_H
#define ZONEDB_PUBLISH_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "zonedb/publish_layout.h"

struct publish_slots {
	struct publish_slots_file *file; /* the writer's mapping is read-only */
	size_t len;			 /* octets mapped */
	atomic_bool taken[READER_SLOT_MAX];
	int fd;
};

/* Creates the file in dir if it is missing or was never finished. 0, or -1 with err. */
int publish_slots_create(int dir_fd, uint32_t uid, uint32_t gid, char err[static 256])
	__attribute__((warn_unused_result));
/* Maps the file, for a reader writable. 0, or -1 with err. */
int publish_slots_open(struct publish_slots *slots, int dir_fd, bool reader, char err[static 256])
	__attribute__((warn_unused_result));
void publish_slots_close(struct publish_slots *slots);

/* Takes a slot: its index, or -1. Its epoch is PUBLISH_OFFLINE, its counters are 0. */
int publish_slots_take(struct publish_slots *slots, const char *name);
void publish_slots_give(struct publish_slots *slots, unsigned idx);

/* The oldest epoch that readers still show, UINT64_MAX if all are offline. The caller has made its
 * full fence. Slots that show enough or more need no system call. */
uint64_t publish_slots_oldest(struct publish_slots *slots, uint64_t enough);
int publish_slots_each(struct publish_slots *slots, publish_slot_fn *fn, void *ctx);

#endif
