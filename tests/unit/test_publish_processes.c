/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish across threads and processes: readers look on while versions come and go, and either side
 * is killed at any moment. Freed space is poisoned, so that a use after free is a bad checksum.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/publish_fixture.h"
#include "zonedb/limits.h"

#define ZONE_CNT 3U
static const char *const apexes[ZONE_CNT] = {"a.", "b.a.", "c."};

/* ---- a reader that looks on ---------------------------------------------------------------- */

struct observer {
	struct publish_reader *reader;
	struct publish_slot *slot;
	uint32_t serial[ZONE_CNT]; /* last one seen */
	atomic_uint change_cnt;	   /* versions seen */
	atomic_uint fault_cnt;
	atomic_bool stop;
};

static bool observer_begin(struct observer *o, const char *dir)
{
	char err[256];
	*o = (struct observer){.reader = publish_reader_new(dir, err)};
	o->slot = o->reader ? publish_slot_take(o->reader, "observer") : NULL;
	return o->slot != NULL;
}

static void observer_end(struct observer *o)
{
	publish_slot_give(o->slot);
	publish_reader_free(o->reader);
}

static void look_at(struct observer *o, unsigned zone, const struct image_header *img)
{
	/* served without a gap, whole, and never an older one than before */
	bool good = img && publish_fixture_intact(img) && img->serial >= o->serial[zone];
	atomic_fetch_add_explicit(&o->fault_cnt, !good, memory_order_relaxed);
	if (!good || img->serial == o->serial[zone])
		return;
	o->serial[zone] = img->serial;
	atomic_fetch_add_explicit(&o->change_cnt, 1, memory_order_relaxed);
}

/* One burst: all images are found first and looked at after that, so some are old by then. */
static void observe(struct observer *o)
{
	const struct image_header *img[ZONE_CNT];
	for (unsigned i = 0; i < ZONE_CNT; i++)
		img[i] = publish_fixture_find(o->reader, apexes[i]);
	for (unsigned i = 0; i < ZONE_CNT; i++)
		look_at(o, i, img[i]);
}

static void *observer_run(void *arg)
{
	struct observer *o = arg;
	for (unsigned burst = 0; !atomic_load_explicit(&o->stop, memory_order_relaxed); burst++) {
		observe(o);
		if (burst % 16) {
			publish_quiesce(o->slot);
			continue;
		}
		publish_offline(o->slot);
		sched_yield();
		publish_online(o->slot);
	}
	return NULL;
}

static void publish_all(struct publish_fixture *f, uint32_t serial)
{
	for (unsigned i = 0; i < ZONE_CNT; i++)
		publish_fixture_zone(f, apexes[i], serial, 1 + (serial * 7 + i) % 20);
}

/* ---- threads ------------------------------------------------------------------------------- */

#define THREAD_CNT     3U
#define CHANGES_WANTED 200U

static bool all_have_seen(const struct observer *o, unsigned change_cnt)
{
	for (unsigned i = 0; i < THREAD_CNT; i++)
		if (atomic_load_explicit(&o[i].change_cnt, memory_order_relaxed) < change_cnt)
			return false;
	return true;
}

static void versions_are_whole_while_they_change(void **state)
{
	struct publish_fixture f;
	static struct observer observer[THREAD_CNT];
	pthread_t thread[THREAD_CNT];
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_all(&f, 1);
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		assert_true(observer_begin(&observer[i], f.dir));
		assert_int_equal(pthread_create(&thread[i], NULL, observer_run, &observer[i]), 0);
	}
	uint64_t waiting = 0, freed_cnt = 0;
	for (uint32_t serial = 2; !all_have_seen(observer, CHANGES_WANTED); serial++) {
		publish_all(&f, serial);
		uint64_t now = publish_reclaim(f.writer);
		freed_cnt += now <= waiting;
		waiting = now;
		sched_yield();
	}
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		atomic_store_explicit(&observer[i].stop, true, memory_order_relaxed);
		pthread_join(thread[i], NULL);
		observer_end(&observer[i]);
		assert_int_equal(observer[i].fault_cnt, 0);
	}
	assert_true(freed_cnt > 0); /* space was used again meanwhile */
	assert_int_equal(publish_reclaim(f.writer), 0);
	publish_fixture_end(&f);
}

/* ---- processes ----------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int from; /* an octet for each step it has made */
};

/* Forks; the child calls fn with the end to write to, and does not come back. */
static struct child child_begin(
	struct publish_fixture *f, void (*fn)(struct publish_fixture *, int))
{
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	struct child child = {.pid = fork(), .from = fd[0]};
	assert_true(child.pid >= 0);
	if (!child.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd[0]);
		fn(f, fd[1]);
		_exit(1);
	}
	close(fd[1]);
	return child;
}

static void child_steps(const struct child *child, unsigned cnt)
{
	for (char octet; cnt; cnt--)
		assert_int_equal(read(child->from, &octet, 1), 1);
}

static void child_kill(struct child *child)
{
	int status;
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFSIGNALED(status));
	close(child->from);
}

static void step(int to)
{
	if (write(to, "", 1) != 1)
		_exit(2);
}

static void hold_an_image(struct publish_fixture *f, int to)
{
	struct observer o;
	if (!observer_begin(&o, f->dir))
		_exit(1);
	observe(&o);
	step(to);
	for (;;)
		pause();
}

static int count_slot(void *ctx, const struct publish_slot_info *info)
{
	++*(unsigned *)ctx;
	return 0;
}

static unsigned slots_in_use(struct publish_fixture *f)
{
	unsigned cnt = 0;
	publish_writer_each_slot(f->writer, count_slot, &cnt);
	return cnt;
}

static void a_killed_reader_holds_nothing(void **state)
{
	struct publish_fixture f;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_all(&f, 1);
	/* more of them than there are slots, one after the other */
	for (unsigned i = 0; i < READER_SLOT_MAX + 2; i++) {
		struct child child = child_begin(&f, hold_an_image);
		child_steps(&child, 1);
		publish_all(&f, 2 + i);
		assert_true(publish_reclaim(f.writer) > 0);
		assert_int_equal(slots_in_use(&f), 1);
		child_kill(&child);
		assert_int_equal(publish_reclaim(f.writer), 0);
		assert_int_equal(slots_in_use(&f), 0);
	}
	publish_fixture_end(&f);
}

static void publish_for_ever(struct publish_fixture *f, int to)
{
	publish_fixture_open(f);
	uint32_t serial = 1;
	uint8_t apex[] = "\1a";
	if (publish_get(f->writer, apex))
		serial = publish_get(f->writer, apex)->serial;
	for (;; serial++) {
		publish_all(f, serial);
		publish_reclaim(f->writer);
		step(to);
	}
}

/* Killed while it publishes, at a point of the scheduler's choice; the next one takes over. */
static void a_killed_writer_leaves_its_zones(void **state)
{
	struct publish_fixture f;
	struct observer o;
	publish_fixture_begin(&f, false);
	publish_fixture_open(&f);
	publish_all(&f, 1);
	assert_true(observer_begin(&o, f.dir));
	uint64_t used_max = 0;
	for (unsigned round = 0; round < 30; round++) {
		f.writer = publish_writer_free(f.writer);
		struct child child = child_begin(&f, publish_for_ever);
		for (unsigned burst = 0; burst < 5 + round; burst++) {
			child_steps(&child, 1);
			observe(&o);
			publish_quiesce(o.slot);
		}
		child_kill(&child);
		observe(&o);
		publish_fixture_open(&f);
		assert_int_equal(f.found.kept_cnt, ZONE_CNT);
		assert_int_equal(f.found.dropped_cnt, 0);
		observe(&o);
		publish_quiesce(o.slot);
		assert_int_equal(publish_reclaim(f.writer), 0);
		if (!round)
			used_max = publish_used(f.writer) + (UINT64_C(64) << 10);
		assert_true(publish_used(f.writer) < used_max); /* nothing leaks */
	}
	assert_int_equal(o.fault_cnt, 0);
	assert_true(o.change_cnt > 30);
	observer_end(&o);
	publish_fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_whole_while_they_change),
		cmocka_unit_test(a_killed_reader_holds_nothing),
		cmocka_unit_test(a_killed_writer_leaves_its_zones),
	};
	return cmocka_run_group_tests_name("publish_processes", tests, NULL, NULL);
}
