/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "zonedb/wire.h"

static void reader_stops_at_the_end_and_stays_there(void **state)
{
	const uint8_t data[] = {1, 2, 3};
	struct wire_reader r = wire_reader_init(data, sizeof(data));
	assert_int_equal(wire_read_u16(&r), 0x0102);
	assert_int_equal(wire_reader_left(&r), 1);
	assert_int_equal(wire_read_u16(&r), 0);
	assert_false(wire_reader_ok(&r));
	/* one octet would still be there */
	assert_int_equal(wire_read_u8(&r), 0);
	assert_null(wire_read(&r, 0));
	assert_int_equal(wire_reader_left(&r), 0);
	assert_false(wire_reader_ok(&r));
}

static void reader_of_nothing(void **state)
{
	struct wire_reader r = wire_reader_init(NULL, 0);
	assert_true(wire_reader_ok(&r));
	assert_non_null(wire_read(&r, 0));
	assert_true(wire_reader_ok(&r));
	assert_int_equal(wire_read_u8(&r), 0);
	assert_false(wire_reader_ok(&r));
}

static void reader_refuses_huge_lengths(void **state)
{
	const uint8_t data[4] = {0};
	struct wire_reader r = wire_reader_init(data, sizeof(data));
	assert_null(wire_read(&r, SIZE_MAX));
	assert_false(wire_reader_ok(&r));
}

static void reader_takes_whole_names_only(void **state)
{
	const uint8_t data[] = "\3www\3ne";
	size_t len;
	struct wire_reader r = wire_reader_init(data, sizeof(data));
	assert_null(wire_read_dname(&r, &len));
	assert_int_equal(len, 0);
	assert_false(wire_reader_ok(&r));
	assert_null(wire_read_dname(&r, &len));

	const uint8_t good[] = {1, 'a', 0, 9};
	r = wire_reader_init(good, sizeof(good));
	assert_ptr_equal(wire_read_dname(&r, &len), good);
	assert_int_equal(len, 3);
	assert_int_equal(wire_read_u8(&r), 9);
	assert_true(wire_reader_ok(&r));
}

static void numbers_are_big_endian(void **state)
{
	const uint8_t data[] = {0x80, 0x01, 0xff, 0xfe, 0xfd, 0xfc, 0x11};
	struct wire_reader r = wire_reader_init(data, sizeof(data));
	assert_int_equal(wire_read_u16(&r), 0x8001);
	assert_int_equal(wire_read_u32(&r), 0xfffefdfc);
	assert_int_equal(wire_read_u8(&r), 0x11);
	assert_true(wire_reader_ok(&r) && wire_reader_left(&r) == 0);
	const uint8_t eight[] = {0x81, 2, 3, 4, 0x85, 6, 7, 8};
	assert_true(wire_get_u64(eight) == UINT64_C(0x8102030485060708));
}

static void writer_never_leaves_its_buffer(void **state)
{
	uint8_t buf[5] = {0, 0, 0, 0, 0xaa};
	struct wire_writer w = wire_writer_init(buf, 4);
	wire_write_u16(&w, 0x0102);
	wire_write_u32(&w, 0x03040506);
	assert_false(wire_writer_ok(&w));
	assert_int_equal(wire_writer_len(&w), 2);
	wire_write_u8(&w, 7); /* would fit, but the error stays */
	assert_null(wire_reserve(&w, 0));
	assert_memory_equal(buf, "\1\2\0\0\xaa", 5);
}

static void writer_writes_what_reader_reads(void **state)
{
	uint8_t buf[10];
	struct wire_writer w = wire_writer_init(buf, sizeof(buf));
	wire_write_u8(&w, 1);
	wire_write_u16(&w, 0x0203);
	wire_write_u32(&w, 0x04050607);
	wire_write(&w, "abc", 3);
	wire_write(&w, NULL, 0);
	assert_true(wire_writer_ok(&w));
	assert_int_equal(wire_writer_len(&w), sizeof(buf));
	assert_memory_equal(buf, "\1\2\3\4\5\6\7abc", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_stops_at_the_end_and_stays_there),
		cmocka_unit_test(reader_of_nothing),
		cmocka_unit_test(reader_refuses_huge_lengths),
		cmocka_unit_test(reader_takes_whole_names_only),
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(writer_never_leaves_its_buffer),
		cmocka_unit_test(writer_writes_what_reader_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
