/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/message_name.h"

#include <string.h>

#include "zonedb/dname.h"

static bool is_pointer(const uint8_t *msg, uint32_t off)
{
	return (msg[off] & 0xc0) == 0xc0;
}

/* Offset of the label or root the pointers at off lead to. */
static uint32_t follow(const uint8_t *msg, uint32_t off)
{
	while (is_pointer(msg, off))
		off = (uint32_t)(msg[off] & 0x3f) << 8 | msg[off + 1];
	return off;
}

uint32_t message_name_end(const uint8_t *msg, uint32_t off)
{
	while (msg[off] != 0 && !is_pointer(msg, off))
		off += msg[off] + 1U;
	return off + (msg[off] == 0 ? 1 : 2);
}

uint32_t message_name_suffix(const uint8_t *msg, uint32_t off, unsigned skip_cnt)
{
	off = follow(msg, off);
	for (; skip_cnt > 0; skip_cnt--)
		off = follow(msg, off + msg[off] + 1U);
	return off;
}

unsigned message_name_read(uint8_t dst[static DNAME_LEN_MAX], const uint8_t *msg, uint32_t off)
{
	unsigned len = 0;
	for (off = follow(msg, off); msg[off] != 0; off = follow(msg, off + msg[off] + 1U)) {
		memcpy(dst + len, msg + off, msg[off] + 1U);
		len += msg[off] + 1U;
	}
	dst[len] = 0;
	return len + 1;
}

bool message_name_flat(const uint8_t *msg, uint32_t off)
{
	while (msg[off] != 0 && !is_pointer(msg, off))
		off += msg[off] + 1U;
	return msg[off] == 0;
}

bool message_name_equal(const uint8_t *msg, uint32_t a_off, uint32_t b_off)
{
	uint8_t a[DNAME_LEN_MAX], b[DNAME_LEN_MAX];
	unsigned a_len = message_name_read(a, msg, a_off);
	unsigned b_len = message_name_read(b, msg, b_off);
	if (a_len != b_len)
		return false;
	dname_lower(a, a, a_len);
	dname_lower(b, b, b_len);
	return memcmp(a, b, a_len) == 0;
}
