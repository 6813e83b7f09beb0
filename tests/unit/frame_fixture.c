/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/frame_fixture.h"

#include <arpa/inet.h>
#include <string.h>

const uint8_t fixture_ours4[4] = {192, 0, 2, 53};
const uint8_t fixture_theirs4[4] = {198, 51, 100, 7};
const uint8_t fixture_other4[4] = {192, 0, 2, 54};
const uint8_t fixture_ours6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x53};
const uint8_t fixture_theirs6[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xee, [15] = 0x07};
const uint8_t fixture_other6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x54};

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 0x53}, their_mac[6] = {2, 0, 0, 0, 0, 1};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

uint16_t fixture_sum(uint32_t sum, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static uint16_t udp_sum(const uint8_t *ip, const uint8_t *udp)
{
	unsigned udp_len = get16(udp + 4);
	bool is4 = ip[0] >> 4 == 4;
	uint32_t sum = fixture_sum(17 + udp_len, ip + (is4 ? 12 : 8), is4 ? 8 : 32);
	return fixture_sum(sum, udp, udp_len);
}

bool fixture_sums_good(const uint8_t *ip)
{
	if (ip[0] >> 4 == 6)
		return udp_sum(ip, ip + 40) == 0xffff;
	size_t head_len = (ip[0] & 15U) * 4;
	return fixture_sum(0, ip, head_len) == 0xffff && udp_sum(ip, ip + head_len) == 0xffff;
}

void fixture_frame_sum(struct frame_made *made)
{
	uint8_t *ip = made->data + made->ip, *udp = made->data + made->udp;
	if (made->family == 4) {
		put16(ip + 10, 0);
		put16(ip + 10, (uint16_t)~fixture_sum(0, ip, made->udp - made->ip));
	}
	put16(udp + 6, 0);
	uint16_t sum = (uint16_t)~udp_sum(ip, udp);
	put16(udp + 6, sum ? sum : 0xffff);
}

static void put_ether(struct frame_made *made, const struct frame_spec *spec)
{
	uint8_t *p = made->data;
	memcpy(p, our_mac, 6);
	memcpy(p + 6, their_mac, 6);
	p += 12;
	if (spec->vlan) {
		put16(p, 0x8100);
		put16(p + 2, 3 << 13 | 7);
		p += 4;
	}
	put16(p, spec->family == 4 ? 0x0800 : 0x86dd);
	made->ip = (size_t)(p + 2 - made->data);
}

static void put_ipv4(struct frame_made *made, const struct frame_spec *spec)
{
	uint8_t *ip = made->data + made->ip;
	unsigned head_len = 20 + spec->options_len;
	ip[0] = (uint8_t)(0x40 | head_len / 4);
	ip[1] = 0xb8;
	put16(ip + 2, (unsigned)(head_len + 8 + made->msg_len));
	put16(ip + 4, 0x1234);
	ip[8] = 57;
	ip[9] = 17;
	memcpy(ip + 12, fixture_theirs4, 4);
	memcpy(ip + 16, fixture_ours4, 4);
	memset(ip + 20, 1, spec->options_len); /* no operation */
	made->udp = made->ip + head_len;
}

static void put_ipv6(struct frame_made *made)
{
	uint8_t *ip = made->data + made->ip;
	put16(ip, 0x6b80);
	put16(ip + 2, 0x4711);
	put16(ip + 4, (unsigned)(8 + made->msg_len));
	ip[6] = 17;
	ip[7] = 57;
	memcpy(ip + 8, fixture_theirs6, 16);
	memcpy(ip + 24, fixture_ours6, 16);
	made->udp = made->ip + 40;
}

static void put_udp(struct frame_made *made)
{
	uint8_t *udp = made->data + made->udp;
	put16(udp, 40000);
	put16(udp + 2, 53);
	put16(udp + 4, (unsigned)(8 + made->msg_len));
	made->msg = made->udp + 8;
	for (size_t i = 0; i < made->msg_len; i++)
		made->data[made->msg + i] = (uint8_t)(i * 37 + 11);
}

void fixture_frame(struct frame_made *made, const struct frame_spec *spec)
{
	*made = (struct frame_made){.family = spec->family};
	made->msg_len = spec->msg_len ? spec->msg_len : 29;
	put_ether(made, spec);
	if (spec->family == 4)
		put_ipv4(made, spec);
	else
		put_ipv6(made);
	put_udp(made);
	fixture_frame_sum(made);
	if (spec->no_udp_sum)
		put16(made->data + made->udp + 6, 0);
	made->len = made->msg + made->msg_len + spec->padding_len;
}

void fixture_served(struct frame_served *served)
{
	memset(served, 0, sizeof(*served));
	served->port_be = htons(53);
	if (frame_served_add4(served, fixture_ours4) || frame_served_add6(served, fixture_ours6))
		__builtin_trap();
}
