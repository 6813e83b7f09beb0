/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish: how control hands zones to the data plane, and takes memory back.
 *
 * Three files in one directory (setting zone-memory-dir):
 *
 *   zones     written by control, mapped read-only by readers (mode 0640). A large sparse file on
 *             hugetlbfs or, without hugepages, tmpfs; mapped once in full, so an image published
 *             later needs no new mapping and attaching costs the same whatever its size.
 *   readers   slots of the data-plane threads: quiescent-state epochs and counters. Written by the
 *             data plane, one slot one thread (0660, owner reader_uid); control only reads it.
 *   lock      held by the one writer (0600: a reader could hold a lock on a file it may open).
 *
 *      zones:  +-------------+---------------+---------------------------------------------+
 *              | superblock  | zone table    | images, in units of 256 octets ... holes    |
 *              +-------------+---------------+---------------------------------------------+
 *                epoch, table offset, seed,     space handed out by arena.h; free pages are
 *                depths of the apexes           punched out, those in use are there for sure
 *
 *      zone table:   lines of 8 words, { image offset : 40, tag = low bits of the apex's hash : 24
 * } open addressing: within the line first, then the next line; 0 = never used
 *
 * A question with n labels has n + 1 suffixes that might be a zone; the superblock says which label
 * counts are in use at all, so a server of one TLD makes one probe, of one cache line.
 *
 * Publishing is one release store of a word, marked COMMIT in publish_table.c. A reader loads the
 * word once per question (acquire), so a question sees exactly one version. A table that gets full
 * is copied into a larger one, which replaces it by a release store of its offset.
 *
 * Why no reader sees freed memory (quiescent states)
 *   A reader stores the current epoch into its slot (release) whenever it holds no pointer into the
 *   file, between bursts, and PUBLISH_OFFLINE while it sleeps. Writer, for a replaced image or
 *   table: (1) store of what replaces it, (2) epoch + 1 (release): the epoch it is retired with,
 *   (3) later a full fence and a load (acquire) of all slots; freed when each is offline or has
 *   shown that epoch or a later one.
 *   - A reader that showed the epoch had loaded it (acquire), so (1) happens before all its later
 *     loads of table words: it cannot find the old image. What it read before happens before its
 *     store to the slot, hence before the writer's load, hence before the space is used again.
 *   - A reader going online stores its epoch and then makes a full fence before its first load of a
 *     table word. Of that store and (1), with a fence behind each, at least one is seen by the
 *     other side: either the writer sees the reader online, or the reader sees the replacement.
 *   - Stale reads elsewhere are harmless: an old word, old depths or an old table lead to what was
 *     served a moment ago, which stays mapped and unchanged; an old epoch in a slot delays a free.
 *     A word of a removed zone may be reused for another zone: the reader compares the apex itself.
 *
 * Neither side waits. A hung reader delays frees, never publications. A slot is held by a lock of
 * its reader on one octet of the file (F_OFD_SETLK), which the kernel drops when the process is
 * gone, however it died: then the slot counts as offline and is free for the next. Dead control
 * leaves everything served; a new one re-attaches, finds the images by walking the table, and
 * rebuilds the free space from them. Space that is neither table nor image may still be read by
 * somebody (control died before it was freed), so it waits for the readers like a retired image.
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
 * another layout, zones writable by all. Touches no image: cost does not depend on their size. */
struct publish_reader *publish_reader_new(const char *dir, char err[static 256]);
/* All slots given back before; takes NULL. Returns NULL. */
struct publish_reader *publish_reader_free(struct publish_reader *reader);

/* Takes a free slot for the calling thread, with name for the counters ("worker0", "tcp1"; cut to
 * PUBLISH_SLOT_NAME_MAX - 1). It begins online, counters at zero. NULL if all READER_SLOT_MAX are
 * taken. Any thread. */
#define PUBLISH_SLOT_NAME_MAX 16
struct publish_slot *publish_slot_take(struct publish_reader *reader, const char *name);
void publish_slot_give(struct publish_slot *slot); /* takes NULL */
/* Its number, below READER_SLOT_MAX: nobody else has it meanwhile. */
unsigned publish_slot_idx(const struct publish_slot *slot);
/* The slot's counters; the slot's thread is their only writer. */
struct counters *publish_slot_counters(struct publish_slot *slot);

/* Says that the calling thread holds no image pointer now. Wait-free, two loads and at most a
 * store. */
void publish_quiesce(struct publish_slot *slot);
/* Around sleeping: no image pointer is held from offline to online. */
void publish_offline(struct publish_slot *slot);
void publish_online(struct publish_slot *slot);

uint64_t publish_seed(const struct publish_reader *reader);
/* Zones published at the moment. */
uint64_t publish_zone_cnt(const struct publish_reader *reader);

/* Longest-match zone search over the question's suffixes, in steps so that a burst overlaps its
 * cache misses:
 *   prepare   hashes the suffixes that may be zones, prefetches their table lines
 *   probe     reads the line of the longest, prefetches the image header it leads to (optional:
 *             find does without)
 *   find      compares the apex, goes on to shorter suffixes
 * The state is private, and valid until the thread's next quiescent state. */
#define PUBLISH_SUFFIX_MAX 8 /* longest suffixes kept hashed; find hashes shorter ones anew */
struct publish_zone_search {
	const struct publish_table *table;
	const struct image_header *candidate; /* probe's find; apex not yet compared */
	uint64_t hash[PUBLISH_SUFFIX_MAX];    /* of suffix i at [i % PUBLISH_SUFFIX_MAX] */
	uint8_t label_cnt[PUBLISH_SUFFIX_MAX];
	uint8_t cnt; /* suffixes that may be zones, shortest first */
};
void publish_zone_prepare(const struct publish_reader *reader, struct publish_zone_search *search,
	const struct qname *q);
void publish_zone_probe(const struct publish_reader *reader, struct publish_zone_search *search);
/* Image of the deepest zone at or above q that has at most label_cnt_max labels (use q->label_cnt
 * for all; fewer to find the parent side of a cut), or NULL. Valid until the thread's next
 * quiescent state. */
const struct image_header *publish_zone_find(const struct publish_reader *reader,
	const struct publish_zone_search *search, const struct qname *q, unsigned label_cnt_max);
/* The zone most questions are for, kept over quiescent states so that it is not searched again for
 * each of them: one probe of the table a burst says whether it is served on.
 *   check   at the start of a burst; forgets an image that is no longer served
 *   holds   whether it is q's zone for sure: q is at or below its apex, and no apex of more labels
 *           is served that might be q's
 *   set     takes an image found since the last quiescent state
 * The zero state holds nothing. */
struct publish_recent {
	const struct image_header *img; /* NULL: none */
	uint64_t apex_hash;
	uint64_t apex[2], mask[2]; /* an apex of up to 16 octets, to be compared as words */
	uint8_t apex_len, apex_label_cnt;
	bool is_deepest; /* no apex of more labels is served at all */
};
void publish_recent_set(struct publish_recent *recent, const struct image_header *img);
void publish_recent_check(const struct publish_reader *reader, struct publish_recent *recent);
bool publish_recent_holds(const struct publish_reader *reader, const struct publish_recent *recent,
	const struct qname *q);

/* What a slot in use shows to others. */
struct publish_slot_info {
	char name[PUBLISH_SLOT_NAME_MAX];
	uint32_t pid;
	bool online;
	const struct counters *counters; /* live, read with counter_get() */
};
/* Calls fn for each slot in use until it returns non-zero, which is returned. */
typedef int publish_slot_fn(void *ctx, const struct publish_slot_info *info);
int publish_reader_each_slot(struct publish_reader *reader, publish_slot_fn *fn, void *ctx);

/* ==== writer (libzonedb-build), one process, one thread at a time ============================ */

struct publish_writer;

struct publish_options {
	const char *dir;   /* created if missing (one level), mode 0750 */
	uint64_t size_max; /* octets of address space of the zones file; files found keep theirs */
	bool hugepages;	   /* dir must be on hugetlbfs */
	bool poison_freed; /* overwrite freed space, so that a use after free shows (tests) */
	uint32_t reader_uid; /* owner of the readers file; (uint32_t)-1 = the caller */
	uint32_t
		reader_gid; /* group of the directory and both files; (uint32_t)-1 = the caller's */
};

/* What a new writer found. */
struct publish_attach {
	uint32_t kept_cnt;    /* images served on */
	uint32_t dropped_cnt; /* damaged images, no longer served */
	uint64_t size;	      /* octets of address space of the zones file */
	bool hugepages;
	char dropped[256]; /* about the first one dropped */
};

/* Makes the directory if it is missing, for what is to be there before there are zones. 0, or -1
 * with err. */
int publish_dir_make(const char *dir, uint32_t reader_gid, char err[static 256])
	__attribute__((warn_unused_result));
/* Opens or creates the directory; at most one writer (flock). Images found are kept, after their
 * checksums are verified, and served on; found says how many. NULL with err set. An incompatible
 * layout is an error that says to remove the files. */
struct publish_writer *publish_writer_new(
	const struct publish_options *opt, struct publish_attach *found, char err[static 256]);
/* Closes; what is published stays. Space not committed is given back. Returns NULL. */
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
/* Published image of exactly this apex (lower case), or NULL. */
const struct image_header *publish_get(const struct publish_writer *writer, const uint8_t *apex);
/* Calls fn for each published image until it returns non-zero, which is returned. fn does not
 * publish or remove. */
int publish_each(const struct publish_writer *writer,
	int (*fn)(void *ctx, const struct image_header *img), void *ctx);
/* Frees what no reader can hold any more; returns octets still waiting. Call it from a timer;
 * publish_alloc() calls it before it gives up. */
uint64_t publish_reclaim(struct publish_writer *writer);
int publish_writer_each_slot(struct publish_writer *writer, publish_slot_fn *fn, void *ctx);
/* Octets in use: images, tables, and what waits to be freed. */
uint64_t publish_used(const struct publish_writer *writer);

#endif
