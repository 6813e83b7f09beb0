/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sigring_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

void sigring_fixture_begin(struct sigring_fixture *f)
{
	*f = (struct sigring_fixture){.dir = "/dev/shm/ensign-test-sigring-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/" SIGRING_NAME, f->dir);
	f->fd = sigring_create(f->dir, UINT32_MAX, UINT32_MAX, f->err);
	if (f->fd < 0)
		fail_msg("%s", f->err);
	f->rings = sigring_open(f->dir, f->err);
	if (!f->rings)
		fail_msg("%s", f->err);
	f->file = mmap(NULL, sizeof(*f->file), PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	assert_ptr_not_equal(f->file, MAP_FAILED);
}

void sigring_fixture_end(struct sigring_fixture *f)
{
	munmap(f->file, sizeof(*f->file));
	f->rings = sigring_close(f->rings);
	close(f->fd);
	unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
}

struct sigring_request sigring_fixture_request(uint64_t number, uint8_t name_len)
{
	static const uint8_t apex[] = "\4test";
	static _Thread_local uint8_t names[16][DNAME_LEN_MAX + DNAME_PAD];
	uint8_t *name = names[number % 16];
	uint8_t left = (uint8_t)(name_len - sizeof(apex)), at = 0;
	while (left) { /* labels of up to 63 octets, none of them empty */
		uint8_t label = left <= 64 ? left - 1 : left == 65 ? 62 : 63;
		name[at++] = label;
		for (unsigned i = 0; i < label; i++)
			name[at++] = (uint8_t)('a' + ((number >> (i % 16 * 4)) + i) % 16);
		left = (uint8_t)(left - label - 1);
	}
	memcpy(name + at, apex, sizeof(apex));
	return (struct sigring_request){
		.ticket = number,
		.week = (uint32_t)number * 7,
		.type = RRTYPE_A,
		.kind = SIGN_RRSET,
		.flags = number & SIGN_AHEAD,
		.apex_len = sizeof(apex),
		.name_len = name_len,
		.apex = apex,
		.name = name,
	};
}

uint16_t sigring_fixture_payload(uint8_t payload[SIG_PAYLOAD_MAX], unsigned cnt, unsigned sig_len,
	uint8_t apex_len, uint32_t seed)
{
	struct wire_writer w = wire_writer_init(payload, SIG_PAYLOAD_MAX);
	for (unsigned i = 0; i < cnt; i++) {
		wire_write_u16(&w, RRTYPE_RRSIG);
		wire_write_u16(&w, RRCLASS_IN);
		wire_write_u32(&w, 3600);
		wire_write_u16(&w, (uint16_t)(18 + apex_len + sig_len));
		wire_write_u16(&w, RRTYPE_A);
		wire_write_u16(&w, 13 << 8 | 2); /* algorithm, labels */
		wire_write_u32(&w, 3600);
		wire_write_u32(&w, UINT32_MAX / 2); /* expiration */
		wire_write_u32(&w, 1);		    /* inception */
		wire_write_u16(&w, (uint16_t)i);    /* key tag */
		for (unsigned k = 0; k < sig_len; k++)
			wire_write_u8(&w, (uint8_t)((seed + i) * 2654435761U >> (k % 4 * 8)));
	}
	assert_true(wire_writer_ok(&w));
	return (uint16_t)wire_writer_len(&w);
}

void sigring_fixture_times(
	uint8_t *payload, unsigned cnt, unsigned sig_len, uint32_t inception, uint32_t expiration)
{
	for (unsigned i = 0; i < cnt; i++, payload += SIG_FIXED_LEN + sig_len) {
		wire_put_u32(payload + 18, expiration);
		wire_put_u32(payload + 22, inception);
	}
}
