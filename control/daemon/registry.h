/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * registry: the zones the server is to serve, and what is known of each. Main thread only.
 *
 *   zone_list --registry_apply--> entries, in canonical order
 *
 * An entry that a job works on is pinned: while it is, nothing a job reads of it changes (name,
 * source, files), and it is not freed. What comes meanwhile is noted (gone, source_next) and done
 * by registry_unpin().
 */
#ifndef CONTROL_DAEMON_REGISTRY_H
#define CONTROL_DAEMON_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/compile/progress.h"
#include "control/compile/publisher.h"
#include "control/source/file_list.h"
#include "control/daemon/zone_list.h"

enum zone_state {
	ZONE_IDLE,
	ZONE_LOOKING,	/* a job finds out whether it has changed */
	ZONE_COMPILING, /* or waiting for a thread to do it */
};

struct zone_entry {
	/* what is to be served; read by jobs */
	uint8_t *apex; /* wire, lower case, DNAME_PAD octets behind */
	struct zone_source source;
	struct file_list files; /* read for it last; empty: not known, or there are none */
	char type[ZONE_TYPE_MAX];

	/* what is */
	struct publisher_image image; /* .size 0: nothing is published */
	uint64_t keys_seq;  /* keeper.keys_seq when the zone's keys were handed over; 0 = not yet */
	char *error;	    /* of the last attempt; NULL = it succeeded */
	uint64_t due_s;	    /* to be looked at then: re-signing, a retry; 0 = no need */
	uint64_t look_hash; /* of the files when a sweep found them changed; 0 = not */

	/* what is being done */
	enum zone_state state;
	struct progress progress;
	uint64_t begun_seq;   /* of the newest request the work going on takes care of */
	uint64_t settled_seq; /* of the newest request that has been taken care of */
	bool wanted;	      /* to be looked at again, as soon as it is idle */
	bool forced;	      /* to be compiled even if unchanged */
	bool gone;	      /* no longer listed */
	bool has_next;	      /* a source to go over to: */
	struct zone_source source_next;
	unsigned pin_cnt;
};

struct registry {
	struct zone_entry **entry; /* canonical order of apex */
	size_t cnt;
	size_t published_cnt;
	size_t failed_cnt;    /* entries with .error */
	size_t compiling_cnt; /* entries in that state */
};

/* Makes the entries those of list, which is sorted: new ones are added, the others kept or changed,
 * and those not in it taken out (at once, or when their last pin goes), unless their origin is one
 * of list->unknown. changed is told of each entry that is new or different, removed of each that
 * leaves; neither looks at the array, which is half-way. list keeps what it has. 0, or -1: out of
 * memory, and what could not be done is not. */
typedef void registry_fn(void *ctx, struct zone_entry *entry);
int registry_apply(struct registry *reg, const struct zone_list *list, registry_fn *changed,
	registry_fn *removed, void *ctx) __attribute__((warn_unused_result));

/* Makes the entry of one zone what item says, adding it if there is none; the caller sees to what
 * follows from that. NULL: out of memory. */
struct zone_entry *registry_put(struct registry *reg, const struct zone_item *item);
/* Takes one entry out, as registry_apply() does. */
void registry_drop(struct registry *reg, struct zone_entry *entry, registry_fn *removed, void *ctx);

/* Entry of exactly this apex (lower case), or NULL. */
struct zone_entry *registry_find(const struct registry *reg, const uint8_t *apex);
/* Index of the first entry whose apex comes after this one; cnt if none does. apex NULL: 0. */
size_t registry_after(const struct registry *reg, const uint8_t *apex);

void registry_pin(struct zone_entry *entry);
/* May free the entry, after telling removed, or change its file, which makes it wanted. */
void registry_unpin(
	struct registry *reg, struct zone_entry *entry, registry_fn *removed, void *ctx);

/* Keep the counters right. */
void registry_set_state(struct registry *reg, struct zone_entry *entry, enum zone_state state);
void registry_set_error(struct registry *reg, struct zone_entry *entry, const char *error);
void registry_set_image(
	struct registry *reg, struct zone_entry *entry, const struct publisher_image *image);

void registry_deinit(struct registry *reg); /* nothing is pinned; the zero state is safe */

#endif
