/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

static const uint8_t apex[] = "\7example";

static void add(struct zone_piece *piece, char label)
{
	static const uint8_t address[4] = {192, 0, 2, 1};
	uint8_t owner[16 + DNAME_PAD] = {1, (uint8_t)label};
	memcpy(owner + 2, apex, sizeof(apex));
	assert_int_equal(zone_add_rr(&piece->zone, owner, RRTYPE_A, 60, address, 4), ZONE_ADD_DONE);
}

static void begin(struct zone_piece *piece, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++) {
		piece[i] = (struct zone_piece){0};
		zone_init(&piece[i].zone, apex);
	}
}

static void assert_joined(struct zone_piece *piece, unsigned cnt, const char *labels)
{
	struct zone zone;
	zone_init(&zone, apex);
	assert_int_equal(zone_join(&zone, piece, cnt), 0);
	for (unsigned i = 0; i < cnt; i++)
		zone_piece_deinit(&piece[i]);
	assert_int_equal(zone.node_cnt, strlen(labels));
	assert_int_equal(zone.rr_cnt, strlen(labels));
	for (unsigned i = 0; labels[i] != '\0'; i++) {
		assert_int_equal(zone.node[i].owner[1], labels[i]);
		assert_int_equal(zone.node[i].rrset->rr_cnt, 1);
	}
	zone_deinit(&zone);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	struct zone_piece piece[2];
	struct zone zone;
	begin(piece, 2);
	zone_init(&zone, apex);
	piece[1].out_of_memory = true;
	assert_int_equal(zone_join(&zone, piece, 2), -1);
	zone_piece_deinit(&piece[0]);
	zone_piece_deinit(&piece[1]);
	zone_deinit(&zone);
}

static void test_nothing(void **state)
{
	(void)state;
	struct zone_piece piece[2];
	begin(piece, 2);
	zone_piece_begin_run(&piece[0], 0);
	assert_joined(piece, 2, "");
}

static void test_order_of_runs(void **state)
{
	(void)state;
	struct zone_piece piece[3];
	begin(piece, 3);
	zone_piece_begin_run(&piece[0], 0);
	add(&piece[0], 'a');
	zone_piece_begin_run(&piece[2], 3);
	zone_piece_begin_run(&piece[0], 2);
	add(&piece[2], 'e');
	add(&piece[0], 'd');
	zone_piece_begin_run(&piece[1], 1);
	add(&piece[1], 'b');
	add(&piece[1], 'c');
	zone_piece_begin_run(&piece[1], 4);
	zone_piece_begin_run(&piece[1], 5);
	add(&piece[1], 'f');
	assert_joined(piece, 3, "abcdef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_order_of_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
