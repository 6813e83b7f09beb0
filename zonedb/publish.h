/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish: how control hands zones to the data plane, and takes memory back.
 *
 * Two files in one directory (setting zone-memory-dir):
 *
 *   zones     written by control, mapped read-only by readers. A large sparse file on hugetlbfs
 * (or, without hugepages, tmpfs), mapped once in full, so an image published later needs no new
 * mapping and attaching costs the same whatever its size. readers   slots of the data-plane
 * threads: quiescent-state epochs and counters. Written by the data plane, one slot one writer;
 * read by control and the command line.
 *
 *      zones:  +-------------+---------------+---------------------------------------------+
 *              | superblock  | zone table    | images, size classes packed ... holes       |
 *              +-------------+---------------+---------------------------------------------+
 *                 epoch, table offset, seed      space handed out by arena.h; holes are punched
 *
 *      zone table slot:  { hash of the apex, image offset }   open addressing
 *
 * Publishing is one release store of an image offset into its slot, marked COMMIT in publish.c.
 * A reader loads the offset once per question (acquire), so a question sees exactly one version.
 *
 * Reclaiming is by quiescent states. A reader stores the current epoch into its slot whenever it
 * holds no image pointer (between bursts) and PUBLISH_OFFLINE while it sleeps. A replaced image is
 * retired with the epoch current after the replacing store; it is freed when every online slot has
 * shown a later or equal epoch. Why a stale read is harmless: an old offset leads to an image that
 * stays mapped and unchanged until its reader has shown a newer epoch; an old epoch in a slot only
 * delays freeing.
 *
 * Neither side waits. A hung reader delays frees, never publications. A dead reader's slot is taken
 * back once its process is gone (pid and start time). Dead control leaves everything served; a new
 * one re-attaches, finds all images by walking the zone table, and rebuilds the free space from
 * them.
 */
#ifndef ZONEDB_PUBLISH_H
#define ZONEDB_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/counters.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"

/* ==== reader (libzonedb-read) =============================================================== */

/* One process's mapping of both files. */
struct publish_reader;
/* One thread's slot. */
struct publish_slot;

/* Attaches to the directory. Returns NULL with err set: no such files (control has never run),
 * another layout, wrong owner. Touches no image: cost does not depend on their size. */
struct publish_reader *publish_reader_new(const char *dir, char err[static 256]);
struct publish_reader *publish_reader_free(struct publish_reader *reader);

/* Takes a free slot for the calling thread, with name for the counters ("worker0", "tcp1"); it
 * begins online. NULL if all READER_SLOT_MAX are taken. Slots of dead processes are reused. */
struct publish_slot *publish_slot_take(struct publish_reader *reader, const char *name);
void publish_slot_give(struct publish_slot *slot);
/* The slot's counters; the slot's thread is their only writer. */
struct counters *publish_slot_counters(struct publish_slot *slot);

/* Says that the calling thread holds no image pointer now. Wait-free, two loads and a store. */
void publish_quiesce(struct publish_slot *slot);
/* Around sleeping: no image pointer is held from offline to online. */
void publish_offline(struct publish_slot *slot);
void publish_online(struct publish_slot *slot);

uint64_t publish_seed(const struct publish_reader *reader);

/* Longest-match zone search over the question's suffixes, in two parts so that a burst overlaps its
 * cache misses: prepare hashes and prefetches, find compares. */
struct publish_zone_search {
	uint64_t hash[8]; /* of the suffixes with 0..label_cnt_max labels; more than 8: see find */
	uint8_t cnt;
};
void publish_zone_prepare(const struct publish_reader *reader, struct publish_zone_search *search,
	const struct qname *q);
/* Image of the deepest zone at or above q that has at most label_cnt_max labels (use q->label_cnt
 * for all; fewer to find the parent side of a cut), or NULL. Valid until the thread's next
 * quiescent state. */
const struct image_header *publish_zone_find(const struct publish_reader *reader,
	const struct publish_zone_search *search, const struct qname *q, unsigned label_cnt_max);

/* ==== writer (libzonedb-build), one process, one thread at a time ============================ */

struct publish_writer;

struct publish_options {
	const char *dir;     /* created if missing */
	uint64_t size_max;   /* octets of address space of the zones file */
	bool hugepages;	     /* dir must be on hugetlbfs */
	uint32_t reader_uid; /* owner of the readers file; (uint32_t)-1 = the caller */
	uint32_t reader_gid;
};

/* Opens or creates the directory; at most one writer (flock). Images found are kept and served on:
 * *attached_cnt says how many. NULL with err set. An incompatible layout is an error that says to
 * remove the files. */
struct publish_writer *publish_writer_new(
	const struct publish_options *opt, uint32_t *attached_cnt, char err[static 256]);
struct publish_writer *publish_writer_free(struct publish_writer *writer);
uint64_t publish_writer_seed(const struct publish_writer *writer);

/* Space for an image of len octets, IMAGE_ALIGN aligned, zeroed; NULL with errno ENOMEM when
 * hugepages or address space are out (nothing else changes). */
void *publish_alloc(struct publish_writer *writer, uint64_t len)
	__attribute__((warn_unused_result));
/* Gives back space that was not committed. */
void publish_abort(struct publish_writer *writer, void *image);
/* Checks the image (image_check) and puts it in place of its zone's older one, which is retired.
 * 0, or -1 with err and the image given back. */
int publish_commit(struct publish_writer *writer, void *image, char err[static 256])
	__attribute__((warn_unused_result));
/* Takes the zone out; 0, or 1 if it was not there. */
int publish_remove(struct publish_writer *writer, const uint8_t *apex);
/* Published image of exactly this apex, or NULL. */
const struct image_header *publish_get(const struct publish_writer *writer, const uint8_t *apex);
/* Calls fn for each published image until it returns non-zero, which is returned. */
int publish_each(const struct publish_writer *writer,
	int (*fn)(void *ctx, const struct image_header *img), void *ctx);
/* Frees what no reader can hold any more; returns octets still waiting. Call it from a timer. */
uint64_t publish_reclaim(struct publish_writer *writer);

#endif
