/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish within one process: what is refused, who is found, when space is freed, what a writer
 * finds of the one before. Threads and dying processes: test_publish_processes.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/publish_fixture.h"
#include "zonedb/publish_layout.h"

static char err[256];

static struct publish_reader *reader_of(const struct publish_fixture *f)
{
	struct publish_reader *reader = publish_reader_new(f->dir, err);
	if (!reader)
		fail_msg("%s", err);
	return reader;
}

static struct publish_writer *writer_try(const struct publish_fixture *f, bool hugepages)
{
	struct publish_attach found;
	const struct publish_options opt = {
		.dir = f->dir,
		.size_max = UINT64_C(16) << 20,
		.hugepages = hugepages,
		.reader_uid = UINT32_MAX,
		.reader_gid = UINT32_MAX,
	};
	return publish_writer_new(&opt, &found, err);
}

/* Overwrites len octets of a file at off. */
static void file_patch(
	struct publish_fixture *f, const char *name, uint64_t off, const void *data, size_t len)
{
	int fd = open(publish_fixture_path(f, name), O_RDWR);
	assert_true(fd >= 0);
	uint8_t *map = mmap(NULL, PUBLISH_SUPER_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	memcpy(map + off, data, len);
	munmap(map, PUBLISH_SUPER_LEN);
	close(fd);
}

/* ---- negative ------------------------------------------------------------------------------ */

static void assert_no_reader(const struct publish_fixture *f, const char *cause)
{
	assert_null(publish_reader_new(f->dir, err));
	if (!strstr(err, cause))
		fail_msg("'%s' lacks '%s'", err, cause);
}

static void reader_refuses_bad_files(void **state)
{
	struct publish_fixture f;
	uint32_t layout = PUBLISH_LAYOUT + 1;
	char wanted[64];
	publish_fixture_begin(&f, false);
	assert_null(publish_reader_new("/nonexistent/ensign", err));
	assert_string_equal(err, "/nonexistent/ensign: No such file or directory");
	assert_no_reader(&f, "cannot open the zones file");
	close(open(publish_fixture_path(&f, "zones"), O_CREAT | O_RDWR, 0600));
	assert_no_reader(&f, "is ensignd running?");
	assert_int_equal(truncate(f.path, 1 << 21), 0);
	assert_no_reader(&f, "is ensignd running?"); /* no magic */
	publish_fixture_open(&f);
	publish_reader_free(reader_of(&f));
	chmod(publish_fixture_path(&f, "zones"), 0666);
	assert_no_reader(&f, "writable by everybody");
	chmod(f.path, 0640);
	file_patch(&f, "readers", offsetof(struct publish_slots_file, counter_cnt), &layout, 4);
	assert_no_reader(&f, "the readers file has another layout");
	file_patch(&f, "zones", offsetof(struct publish_super, layout), &layout, 4);
	snprintf(wanted, sizeof(wanted), "the zones file has layout %u.", layout);
	assert_no_reader(&f, wanted);
	publish_fixture_end(&f);
}

static void assert_no_writer(const struct publish_fixture *f, const char *cause)
{
	assert_null(writer_try(f, false));
	if (!strstr(err, cause))
		fail_msg("'%s' lacks '%s'", err, cause);
}

static void writer_refuses_bad_files(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	assert_null(writer_try(&f, true));
	assert_non_null(strstr(err, "not on hugetlbfs"));
	publish_fixture_open(&f);
	assert_no_writer(&f, "another ensignd publishes here");
	f.writer = publish_writer_free(f.writer);
	uint32_t layout = IMAGE_LAYOUT + 1;
	uint64_t off = 12345;
	file_patch(&f, "zones", offsetof(struct publish_super, table_off), &off, 8);
	assert_no_writer(&f, "damaged zone table");
	file_patch(&f, "zones", offsetof(struct publish_super, size), &off, 8);
	assert_no_writer(&f, "damaged zones file");
	file_patch(&f, "zones", offsetof(struct publish_super, image_layout), &layout, 4);
	assert_no_writer(&f, "stop the data plane and remove them");
	publish_fixture_end(&f);
}

static void refuses_bad_images(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_fixture_zone(&f, "example.", 1, 1);
	uint64_t used = publish_used(f.writer);
	uint8_t apex[] = "\7example";
	const struct image_header *old = publish_get(f.writer, apex);

	assert_null(publish_alloc(f.writer, 0));
	assert_null(publish_alloc(f.writer, UINT64_C(1) << 40));
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(publish_commit(f.writer, (void *)old, f.err), -1); /* not pending */
	struct image_header *img = publish_fixture_image(&f, "example.", 2, 1);
	img->serial ^= 1;
	assert_int_equal(publish_commit(f.writer, img, f.err), -1);
	assert_non_null(strstr(f.err, "checksum"));
	img = publish_fixture_image(&f, "example.", 2, 1);
	img->size += IMAGE_ALIGN;
	assert_int_equal(publish_commit(f.writer, img, f.err), -1);
	publish_abort(f.writer, publish_fixture_image(&f, "example.", 2, 1));
	publish_abort(f.writer, (void *)old); /* not pending: left alone */
	uint8_t other[] = "\5other\7example";
	assert_int_equal(publish_remove(f.writer, other), 1);

	assert_ptr_equal(publish_get(f.writer, apex), old);
	assert_true(publish_fixture_intact(old));
	assert_int_equal(publish_used(f.writer), used); /* all given back */
	publish_fixture_end(&f);
}

/* ---- search -------------------------------------------------------------------------------- */

static void assert_zone(const struct publish_reader *reader, const char *name, const char *apex)
{
	const struct image_header *img = publish_fixture_find(reader, name);
	char text[DNAME_TEXT_MAX];
	if (!img || !apex) {
		assert_true(!img && !apex);
		return;
	}
	assert_string_equal(dname_to_text(text, image_apex(img)), apex);
}

static void finds_the_deepest_zone(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	assert_zone(reader, "www.example.org.", NULL); /* nothing served at all */
	assert_zone(reader, ".", NULL);
	publish_fixture_zone(&f, "org.", 1, 0);
	publish_fixture_zone(&f, "a.b.example.org.", 1, 0);
	assert_zone(reader, "org.", "org.");
	assert_zone(reader, "WWW.Example.ORG.", "org.");
	assert_zone(reader, "b.example.org.", "org.");
	assert_zone(reader, "a.b.example.org.", "a.b.example.org.");
	assert_zone(reader, "x.y.a.b.example.org.", "a.b.example.org.");
	assert_zone(reader, "xa.b.example.org.", "org.");
	assert_zone(reader, "org.example.", NULL);
	assert_zone(reader, ".", NULL);
	publish_fixture_zone(&f, ".", 1, 0);
	assert_zone(reader, ".", ".");
	assert_zone(reader, "org.example.", ".");
	assert_zone(reader, "www.org.", "org.");
	uint8_t org[] = "\3org";
	assert_int_equal(publish_remove(f.writer, org), 0);
	assert_zone(reader, "www.org.", ".");
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* The parent side of a cut: a DS question at an apex is for the zone above. */
static void finds_the_parent_side(void **state)
{
	struct publish_fixture f;
	struct publish_zone_search search;
	struct qname q;
	const uint8_t name[] = "\1b\1a";
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	publish_fixture_zone(&f, "a.", 1, 0);
	publish_fixture_zone(&f, "b.a.", 1, 0);
	assert_int_equal(qname_read(&q, name, sizeof(name)), sizeof(name));
	for (unsigned probe = 0; probe < 2; probe++) {
		publish_zone_prepare(reader, &search, &q);
		if (probe)
			publish_zone_probe(reader, &search);
		assert_int_equal(publish_zone_find(reader, &search, &q, 2)->apex_label_cnt, 2);
		assert_int_equal(publish_zone_find(reader, &search, &q, 1)->apex_label_cnt, 1);
		assert_null(publish_zone_find(reader, &search, &q, 0));
	}
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

static bool holds(
	const struct publish_reader *reader, const struct publish_recent *recent, const char *name)
{
	struct qname q;
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, name);
	assert_true(len > 0 && qname_read(&q, wire, (size_t)len) == len);
	return publish_recent_holds(reader, recent, &q);
}

static void take_recent(
	struct publish_reader *reader, struct publish_recent *recent, const char *name)
{
	struct publish_zone_search search;
	struct qname q;
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, name);
	assert_true(len > 0 && qname_read(&q, wire, (size_t)len) == len);
	publish_zone_prepare(reader, &search, &q);
	publish_recent_set(recent, publish_zone_find(reader, &search, &q, q.label_cnt));
	publish_recent_check(reader, recent);
}

/* What is kept from burst to burst is given up when it is replaced, removed, or no longer deepest.
 */
static void keeps_the_recent_zone_while_it_is_served(void **state)
{
	struct publish_fixture f;
	struct publish_recent recent = {0};
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	publish_recent_check(reader, &recent);
	assert_false(holds(reader, &recent, "x.tld."));
	publish_fixture_zone(&f, "tld.", 1, 0);
	publish_fixture_zone(&f, "a-rather-long-name-of-a-tld.", 1, 0);
	take_recent(reader, &recent, "x.tld.");
	assert_true(holds(reader, &recent, "x.tld."));
	assert_true(holds(reader, &recent, "TLD."));
	assert_false(holds(reader, &recent, "tld.x."));
	assert_false(holds(reader, &recent, "atld."));
	assert_false(holds(reader, &recent, "."));
	publish_fixture_zone(&f, "y.tld.", 1, 0);
	publish_recent_check(reader, &recent);
	assert_true(holds(reader, &recent, "tld."));
	assert_false(holds(reader, &recent, "x.tld.")); /* might be y's: it is searched */
	publish_fixture_zone(&f, "tld.", 2, 0);
	publish_recent_check(reader, &recent);
	assert_null(recent.img);
	take_recent(reader, &recent, "a-rather-long-name-of-a-tld.");
	assert_true(holds(reader, &recent, "a-rather-long-name-of-a-tld."));
	assert_false(holds(reader, &recent, "b-rather-long-name-of-a-tld."));
	uint8_t wire[DNAME_LEN_MAX];
	assert_true(dname_from_text(wire, "a-rather-long-name-of-a-tld.") > 0);
	assert_int_equal(publish_remove(f.writer, wire), 0);
	publish_recent_check(reader, &recent);
	assert_false(holds(reader, &recent, "a-rather-long-name-of-a-tld."));
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* "0.1.0.1..." of n labels, "." for none. */
static void deep_name(char *text, unsigned label_cnt)
{
	text[0] = '.';
	text[1] = '\0';
	for (unsigned i = 0; i < label_cnt; i++) {
		text[2 * i] = (char)('0' + (label_cnt - i) % 2);
		text[2 * i + 1] = '.';
		text[2 * i + 2] = '\0';
	}
}

static void finds_zones_of_every_depth(void **state)
{
	struct publish_fixture f;
	char apex[DNAME_TEXT_MAX], name[DNAME_TEXT_MAX];
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	deep_name(name, DNAME_LABEL_CNT_MAX);
	for (unsigned depth = 0; depth <= DNAME_LABEL_CNT_MAX; depth++) {
		deep_name(apex, depth);
		publish_fixture_zone(&f, apex, depth, 0);
		assert_zone(reader, name, apex);
	}
	for (unsigned depth = 0; depth <= DNAME_LABEL_CNT_MAX; depth++) {
		deep_name(apex, depth);
		assert_zone(reader, apex, apex);
	}
	for (unsigned depth = 9; depth <= DNAME_LABEL_CNT_MAX; depth++) {
		uint8_t wire[DNAME_LEN_MAX];
		deep_name(apex, depth);
		assert_true(dname_from_text(wire, apex) > 0);
		if (depth != 100)
			assert_int_equal(publish_remove(f.writer, wire), 0);
	}
	deep_name(apex, 8);
	deep_name(name, 99);
	assert_zone(reader, name, apex);
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* Depths stay in use by zones elsewhere, so every suffix is a candidate; only short ones exist. */
static void finds_short_suffixes_of_long_names(void **state)
{
	struct publish_fixture f;
	char apex[DNAME_TEXT_MAX] = "z.", name[DNAME_TEXT_MAX];
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	for (unsigned depth = 1; depth < 60; depth++) {
		publish_fixture_zone(&f, apex, depth, 0);
		char longer[DNAME_TEXT_MAX];
		snprintf(longer, sizeof(longer), "z.%.*s", DNAME_TEXT_MAX - 3, apex);
		strcpy(apex, longer);
	}
	deep_name(name, 60);
	assert_zone(reader, name, NULL);
	publish_fixture_zone(&f, "0.1.", 1, 0);
	assert_zone(reader, name, "0.1.");
	publish_fixture_zone(&f, ".", 1, 0);
	assert_zone(reader, name, "0.1.");
	assert_zone(reader, "1.1.1.1.1.1.1.1.1.1.1.1.1.1.", ".");
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* Zones come and go; a set of flags is the oracle. Tables are copied several times on the way. */
#define MANY 1500U

static void many_name(char text[static 32], unsigned i)
{
	snprintf(text, 32, i % 3 ? "z%u.example." : "z%u.", i);
}

static void many_compare(const struct publish_reader *reader, const bool *served)
{
	uint64_t served_cnt = 0;
	for (unsigned i = 0; i < MANY; i++) {
		served_cnt += served[i];
		char apex[32], name[40];
		many_name(apex, i);
		snprintf(name, sizeof(name), "www.%s", apex);
		assert_zone(reader, name, served[i] ? apex : NULL);
	}
	assert_int_equal(publish_zone_cnt(reader), served_cnt);
}

static void finds_zones_among_many(void **state)
{
	struct publish_fixture f;
	static bool served[MANY];
	uint8_t wire[DNAME_LEN_MAX];
	char apex[32];
	uint64_t random = 1;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	for (unsigned step = 0; step < 4 * MANY; step++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
		unsigned i = (unsigned)(random >> 33) % MANY;
		many_name(apex, i);
		assert_true(dname_from_text(wire, apex) > 0);
		if (served[i])
			assert_int_equal(publish_remove(f.writer, wire), 0);
		else
			publish_fixture_zone(&f, apex, i, 0);
		served[i] = !served[i];
		if (step % MANY == MANY - 1)
			many_compare(reader, served);
	}
	many_compare(reader, served);
	publish_reclaim(f.writer);
	f.writer = publish_writer_free(f.writer);
	publish_fixture_open(&f);
	many_compare(reader, served); /* a new writer leaves everything */
	publish_fixture_zone(&f, "z0.", 1, 0);
	served[0] = true;
	many_compare(reader, served);
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

static int sum_serials(void *ctx, const struct image_header *img)
{
	*(uint32_t *)ctx += img->serial;
	return img->serial == 1000;
}

static void each_visits_all_until_told(void **state)
{
	struct publish_fixture f;
	uint32_t sum = 0;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_fixture_zone(&f, "a.", 1, 0);
	publish_fixture_zone(&f, "b.", 20, 0);
	publish_fixture_zone(&f, "b.", 30, 0); /* replaces */
	assert_int_equal(publish_each(f.writer, sum_serials, &sum), 0);
	assert_int_equal(sum, 31);
	publish_fixture_zone(&f, "c.", 1000, 0);
	assert_int_equal(publish_each(f.writer, sum_serials, &sum), 1);
	publish_fixture_end(&f);
}

/* ---- space --------------------------------------------------------------------------------- */

static void small_zones_are_cheap(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	uint64_t before = publish_used(f.writer);
	for (unsigned i = 0; i < 100; i++) {
		char apex[32];
		snprintf(apex, sizeof(apex), "z%u.example.", i);
		publish_fixture_zone(&f, apex, i, 1);
	}
	assert_true((publish_used(f.writer) - before) / 100 <= 1024);
	publish_fixture_end(&f);
}

/* What hugepages or the other kind of page do, with readers in each state. */
static void frees_when_readers_have_moved_on(void **state)
{
	struct publish_fixture f;
	if (!publish_fixture_begin(&f, *state != NULL))
		skip();
	publish_fixture_open(&f);
	assert_int_equal(f.found.hugepages, *state != NULL);
	struct publish_reader *reader = reader_of(&f);
	struct publish_slot *busy = publish_slot_take(reader, "busy");
	struct publish_slot *idle = publish_slot_take(reader, "idle");
	publish_offline(idle);
	publish_fixture_zone(&f, "example.", 1, 20);
	const struct image_header *old = publish_fixture_find(reader, "example.");
	publish_fixture_zone(&f, "example.", 2, 20);

	assert_int_equal(publish_reclaim(f.writer), arena_round(old->size));
	assert_true(publish_fixture_intact(old)); /* held by busy */
	assert_int_equal(publish_fixture_find(reader, "example.")->serial, 2);
	publish_online(idle); /* too late to hold the old one */
	assert_int_equal(publish_reclaim(f.writer), arena_round(old->size));
	uint64_t used = publish_used(f.writer), freed = arena_round(old->size);
	publish_quiesce(busy);
	assert_int_equal(publish_reclaim(f.writer), 0);
	assert_int_equal(publish_used(f.writer), used - freed);
	assert_false(publish_fixture_intact(old)); /* poisoned */

	publish_slot_give(busy);
	publish_slot_give(idle);
	publish_fixture_zone(&f, "example.", 3, 20);
	assert_int_equal(publish_reclaim(f.writer), 0); /* nobody to wait for */
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

static void alloc_reclaims_before_it_fails(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_fixture_zone(&f, "example.", 1, 1000);
	for (uint32_t serial = 2; serial < 5; serial++) {
		void *rest = publish_alloc(f.writer, UINT64_C(62) << 20);
		assert_non_null(rest); /* the old image's space is part of it */
		publish_abort(f.writer, rest);
		publish_fixture_zone(&f, "example.", serial, 1000);
	}
	publish_fixture_end(&f);
}

/* ---- slots --------------------------------------------------------------------------------- */

struct slots_seen {
	unsigned cnt, online_cnt;
	uint64_t rx_frames;
	bool named;
};

static int see_slot(void *ctx, const struct publish_slot_info *info)
{
	struct slots_seen *seen = ctx;
	seen->cnt++;
	seen->online_cnt += info->online;
	seen->rx_frames += counter_get(info->counters, COUNTER_RX_FRAMES);
	seen->named |= !strcmp(info->name, "a-long-name-for") && info->pid == (uint32_t)getpid();
	return 0;
}

static void slots_run_out_and_come_back(void **state)
{
	struct publish_fixture f;
	struct publish_slot *slot[READER_SLOT_MAX];
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *a = reader_of(&f), *b = reader_of(&f);
	for (unsigned i = 0; i < READER_SLOT_MAX; i++) {
		slot[i] = publish_slot_take(i % 2 ? a : b, "worker");
		assert_non_null(slot[i]);
	}
	assert_null(publish_slot_take(a, "worker"));
	assert_null(publish_slot_take(b, "worker"));
	publish_slot_give(slot[77]);
	slot[77] = publish_slot_take(b, "worker");
	assert_non_null(slot[77]);
	for (unsigned i = 0; i < READER_SLOT_MAX; i++)
		publish_slot_give(slot[i]);
	publish_slot_give(NULL);
	publish_reader_free(a);
	publish_reader_free(b);
	publish_reader_free(NULL);
	publish_fixture_end(&f);
}

static void slots_show_who_has_them(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	struct publish_slot *slot = publish_slot_take(reader, "a-long-name-for-a-thread");
	struct publish_slot *other = publish_slot_take(reader, "other");
	counter_add(publish_slot_counters(slot), COUNTER_RX_FRAMES, 7);
	publish_offline(other);
	for (unsigned side = 0; side < 2; side++) {
		struct slots_seen seen = {0};
		if (side)
			publish_writer_each_slot(f.writer, see_slot, &seen);
		else
			publish_reader_each_slot(reader, see_slot, &seen);
		assert_int_equal(seen.cnt, 2);
		assert_int_equal(seen.online_cnt, 1);
		assert_int_equal(seen.rx_frames, 7);
		assert_true(seen.named);
	}
	publish_slot_give(slot);
	slot = publish_slot_take(reader, "x");
	assert_int_equal(counter_get(publish_slot_counters(slot), COUNTER_RX_FRAMES), 0);
	publish_slot_give(slot);
	publish_slot_give(other);
	struct slots_seen none = {0};
	publish_writer_each_slot(f.writer, see_slot, &none);
	assert_int_equal(none.cnt, 0);
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* ---- a writer after the writer ------------------------------------------------------------- */

static void keeps_images_and_seed(void **state)
{
	struct publish_fixture f;
	if (!publish_fixture_begin(&f, *state != NULL))
		skip();
	publish_fixture_open(&f);
	assert_int_equal(f.found.kept_cnt, 0);
	publish_fixture_zone(&f, "a.", 1, 10);
	publish_fixture_zone(&f, "b.", 2, 5000);
	publish_fixture_zone(&f, "c.", 3, 10);
	uint64_t seed = publish_writer_seed(f.writer), used = publish_used(f.writer);
	publish_fixture_image(&f, "d.", 4, 1000); /* never committed */
	f.writer = publish_writer_free(f.writer);
	publish_fixture_open(&f);
	assert_int_equal(f.found.kept_cnt, 3);
	assert_int_equal(f.found.dropped_cnt, 0);
	assert_true(publish_writer_seed(f.writer) == seed);
	assert_int_equal(publish_used(f.writer), used);
	uint8_t b[] = "\1b", d[] = "\1d";
	assert_true(publish_fixture_intact(publish_get(f.writer, b)));
	assert_null(publish_get(f.writer, d));
	publish_fixture_zone(&f, "b.", 5, 5000);
	assert_int_equal(publish_reclaim(f.writer), 0);
	assert_int_equal(publish_used(f.writer), used);
	publish_fixture_end(&f);
}

/* The writer before has replaced an image and not seen it freed; a reader may still hold it. */
static void keeps_what_readers_may_hold(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	struct publish_reader *reader = reader_of(&f);
	struct publish_slot *slot = publish_slot_take(reader, "worker");
	publish_fixture_zone(&f, "example.", 1, 50);
	const struct image_header *old = publish_fixture_find(reader, "example.");
	publish_fixture_zone(&f, "example.", 2, 50);
	f.writer = publish_writer_free(f.writer);
	publish_fixture_open(&f);
	assert_true(publish_reclaim(f.writer) >= old->size);
	publish_fixture_zone(&f, "other.", 3, 50); /* elsewhere */
	assert_true(publish_fixture_intact(old));
	publish_quiesce(slot);
	assert_int_equal(publish_reclaim(f.writer), 0);
	publish_slot_give(slot);
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

static void drops_damaged_images(void **state)
{
	struct publish_fixture f;
	uint8_t a[] = "\1a", b[] = "\1b";
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_fixture_zone(&f, "a.", 1, 10);
	publish_fixture_zone(&f, "b.", 2, 10);
	struct publish_reader *reader = reader_of(&f);
	struct image_header *img = (struct image_header *)publish_get(f.writer, a);
	((uint8_t *)img)[img->size - 1] ^= 1;
	f.writer = publish_writer_free(f.writer);
	publish_fixture_open(&f);
	assert_int_equal(f.found.kept_cnt, 1);
	assert_int_equal(f.found.dropped_cnt, 1);
	assert_non_null(strstr(f.found.dropped, "image with a bad checksum"));
	assert_null(publish_get(f.writer, a));
	assert_non_null(publish_get(f.writer, b));
	assert_zone(reader, "a.", NULL);
	publish_fixture_zone(&f, "a.", 3, 10);
	assert_zone(reader, "a.", "a.");
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

/* A writer that died before it had set the file up leaves nothing behind that matters. */
static void starts_again_where_set_up_was_cut_short(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_fixture_zone(&f, "a.", 1, 10);
	f.writer = publish_writer_free(f.writer);
	uint64_t none = 0;
	file_patch(&f, "zones", offsetof(struct publish_super, magic), &none, 8);
	file_patch(&f, "readers", offsetof(struct publish_slots_file, magic), &none, 8);
	publish_fixture_open(&f);
	assert_int_equal(f.found.kept_cnt, 0);
	publish_fixture_zone(&f, "b.", 1, 10);
	struct publish_reader *reader = reader_of(&f);
	assert_zone(reader, "a.", NULL);
	assert_zone(reader, "b.", "b.");
	publish_reader_free(reader);
	publish_fixture_end(&f);
}

static void files_have_their_modes(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} files[] = {{"zones", 0640}, {"readers", 0660}, {"lock", 0600}};
	struct publish_fixture f;
	struct stat st;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(stat(publish_fixture_path(&f, files[i].name), &st), 0);
		assert_int_equal(st.st_mode & 07777, files[i].mode);
	}
	publish_fixture_end(&f);
}

int main(void)
{
	static char hugepages[] = "hugepages";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_refuses_bad_files),
		cmocka_unit_test(writer_refuses_bad_files),
		cmocka_unit_test(refuses_bad_images),
		cmocka_unit_test(finds_the_deepest_zone),
		cmocka_unit_test(finds_the_parent_side),
		cmocka_unit_test(keeps_the_recent_zone_while_it_is_served),
		cmocka_unit_test(finds_zones_of_every_depth),
		cmocka_unit_test(finds_short_suffixes_of_long_names),
		cmocka_unit_test(finds_zones_among_many),
		cmocka_unit_test(each_visits_all_until_told),
		cmocka_unit_test(small_zones_are_cheap),
		cmocka_unit_test(frees_when_readers_have_moved_on),
		{"frees_when_readers_have_moved_on, hugepages", frees_when_readers_have_moved_on,
			NULL, NULL, hugepages},
		cmocka_unit_test(alloc_reclaims_before_it_fails),
		cmocka_unit_test(slots_run_out_and_come_back),
		cmocka_unit_test(slots_show_who_has_them),
		cmocka_unit_test(keeps_images_and_seed),
		{"keeps_images_and_seed, hugepages", keeps_images_and_seed, NULL, NULL, hugepages},
		cmocka_unit_test(keeps_what_readers_may_hold),
		cmocka_unit_test(drops_damaged_images),
		cmocka_unit_test(starts_again_where_set_up_was_cut_short),
		cmocka_unit_test(files_have_their_modes),
	};
	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
