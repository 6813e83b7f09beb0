/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/packet/frame.h"
#include "tests/unit/frame_fixture.h"

static const struct frame_spec specs[] = {
	{.family = 4},
	{.family = 4, .vlan = true},
	{.family = 4, .options_len = 4},
	{.family = 4, .options_len = 40, .vlan = true},
	{.family = 4, .msg_len = 12, .padding_len = 6},
	{.family = 4, .msg_len = 500},
	{.family = 6},
	{.family = 6, .vlan = true},
	{.family = 6, .msg_len = 13},
};
#define SPEC_CNT (sizeof(specs) / sizeof(specs[0]))

static enum frame_verdict classify_with(
	const struct frame_made *made, size_t len, unsigned verified, struct frame *f)
{
	struct frame_served served;
	fixture_served(&served);
	/* a copy of just that length, so that the sanitizer sees every octet read outside */
	uint8_t *data = malloc(len ? len : 1);
	assert_non_null(data);
	memcpy(data, made->data, len);
	enum frame_verdict v = frame_classify(&served, data, (uint32_t)len, verified, f);
	free(data);
	return v;
}

static enum frame_verdict classify(const struct frame_made *made)
{
	struct frame f;
	return classify_with(made, made->len, 0, &f);
}

/* ---- negative ------------------------------------------------------------------------------- */

static void test_cut_anywhere_is_no_question(void **state)
{
	struct frame_made made;
	struct frame f;
	for (size_t i = 0; i < SPEC_CNT; i++) {
		fixture_frame(&made, &specs[i]);
		for (size_t len = 0; len < made.msg + made.msg_len; len++)
			assert_int_not_equal(classify_with(&made, len, 0, &f), FRAME_QUESTION);
		for (size_t len = 0; len < 14; len++)
			assert_int_equal(classify_with(&made, len, 0, &f), FRAME_MALFORMED);
	}
}

/* All of a frame but its MAC addresses, the tag's number and, in IPv6, class, flow label and hop
 * limit is covered by a checksum or compared. */
static bool flip_is_harmless(const struct frame_made *made, size_t bit)
{
	size_t octet = bit / 8;
	if (octet < 12)
		return octet != 0 || bit % 8 != 0; /* the group bit makes it a multicast */
	if (made->ip == 18 && (octet == 14 || octet == 15))
		return true;
	if (made->family == 6 && octet == made->ip)
		return bit % 8 < 4;
	return made->family == 6 &&
	       ((octet > made->ip && octet < made->ip + 4) || octet == made->ip + 7);
}

static void test_flipped_bits(void **state)
{
	struct frame_made made;
	for (size_t i = 0; i < SPEC_CNT; i++) {
		fixture_frame(&made, &specs[i]);
		for (size_t bit = 0; bit < (made.msg + made.msg_len) * 8; bit++) {
			made.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (flip_is_harmless(&made, bit))
				assert_int_equal(classify(&made), FRAME_QUESTION);
			else
				assert_int_not_equal(classify(&made), FRAME_QUESTION);
			made.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

/* One octet changed, checksums made right again: only the check in question can object. */
struct change {
	int family;
	char part; /* E: frame, I: IP header, U: UDP header */
	size_t off;
	uint8_t value;
	bool keep_sums;
	enum frame_verdict verdict;
};

static const struct change changes[] = {
	{4, 'E', 0, 0xff, false, FRAME_NOT_OURS},  /* broadcast */
	{4, 'E', 0, 0x01, false, FRAME_NOT_OURS},  /* multicast */
	{4, 'E', 13, 0x06, false, FRAME_ETHER},	   /* ARP */
	{4, 'E', 12, 0x88, false, FRAME_ETHER},	   /* 802.1ad or MPLS */
	{6, 'E', 13, 0x00, false, FRAME_ETHER},	   /* 0x8600 */
	{4, 'I', 0, 0x65, false, FRAME_BAD_IP},	   /* version 6 in an IPv4 frame */
	{4, 'I', 0, 0x44, true, FRAME_BAD_IP},	   /* header below 20 octets */
	{4, 'I', 0, 0x4f, true, FRAME_BAD_IP},	   /* header longer than the sum says */
	{4, 'I', 2, 0xff, true, FRAME_BAD_IP},	   /* longer than the frame */
	{4, 'I', 3, 19, true, FRAME_BAD_IP},	   /* shorter than its header */
	{4, 'I', 11, 0x00, true, FRAME_BAD_IP},	   /* checksum */
	{4, 'I', 3, 20, false, FRAME_BAD_UDP},	   /* no room for UDP */
	{4, 'I', 6, 0x20, false, FRAME_FRAGMENT},  /* more fragments */
	{4, 'I', 7, 0x01, false, FRAME_FRAGMENT},  /* offset */
	{4, 'I', 6, 0x40, false, FRAME_QUESTION},  /* don't fragment */
	{4, 'I', 6, 0x80, false, FRAME_QUESTION},  /* reserved bit: ignored */
	{4, 'I', 9, 6, false, FRAME_NOT_OURS},	   /* TCP */
	{4, 'I', 9, 1, false, FRAME_NOT_OURS},	   /* ICMP */
	{4, 'I', 19, 54, false, FRAME_NOT_OURS},   /* other address */
	{4, 'I', 16, 224, false, FRAME_NOT_OURS},  /* group */
	{4, 'I', 12, 0, false, FRAME_BAD_IP},	   /* source: this network */
	{4, 'I', 12, 127, false, FRAME_BAD_IP},	   /* source: loopback */
	{4, 'I', 12, 224, false, FRAME_BAD_IP},	   /* source: group */
	{4, 'I', 12, 255, false, FRAME_BAD_IP},	   /* source: broadcast */
	{4, 'U', 3, 54, false, FRAME_NOT_OURS},	   /* other port */
	{4, 'U', 2, 20, false, FRAME_NOT_OURS},	   /* mDNS' 5353 is near this */
	{4, 'U', 5, 7, true, FRAME_BAD_UDP},	   /* below its header */
	{4, 'U', 5, 200, true, FRAME_BAD_UDP},	   /* longer than the packet */
	{4, 'U', 6, 0x00, true, FRAME_BAD_UDP},	   /* checksum */
	{6, 'I', 0, 0x40, false, FRAME_BAD_IP},	   /* version 4 in an IPv6 frame */
	{6, 'I', 4, 0xff, true, FRAME_BAD_IP},	   /* longer than the frame */
	{6, 'I', 5, 7, true, FRAME_BAD_UDP},	   /* no room for UDP */
	{6, 'I', 6, 44, true, FRAME_FRAGMENT},	   /* fragment header */
	{6, 'I', 6, 0, true, FRAME_NOT_OURS},	   /* hop-by-hop options */
	{6, 'I', 6, 43, true, FRAME_NOT_OURS},	   /* routing header */
	{6, 'I', 6, 58, true, FRAME_NOT_OURS},	   /* ICMPv6 */
	{6, 'I', 39, 0x54, false, FRAME_NOT_OURS}, /* other address */
	{6, 'I', 24, 0xff, false, FRAME_NOT_OURS}, /* group */
	{6, 'I', 8, 0xff, false, FRAME_BAD_IP},	   /* source: group */
	{6, 'U', 5, 0, true, FRAME_BAD_UDP},	   /* jumbogram */
};

static void test_changes(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		struct frame_made made;
		fixture_frame(&made, &(struct frame_spec){.family = c->family});
		size_t part = c->part == 'E' ? 0 : c->part == 'I' ? made.ip : made.udp;
		made.data[part + c->off] = c->value;
		if (!c->keep_sums)
			fixture_frame_sum(&made);
		enum frame_verdict v = classify(&made);
		if (v != c->verdict)
			print_error("change %zu: %c+%zu=%u\n", i, c->part, c->off, c->value);
		assert_int_equal(v, c->verdict);
	}
}

static void test_source_port_zero(void **state)
{
	struct frame_made made;
	fixture_frame(&made, &(struct frame_spec){.family = 4});
	made.data[made.udp] = made.data[made.udp + 1] = 0;
	fixture_frame_sum(&made);
	assert_int_equal(classify(&made), FRAME_BAD_UDP);
}

static void test_unspecified_source(void **state)
{
	struct frame_made made;
	fixture_frame(&made, &(struct frame_spec){.family = 6});
	memset(made.data + made.ip + 8, 0, 16);
	fixture_frame_sum(&made);
	assert_int_equal(classify(&made), FRAME_BAD_IP);
}

static void test_second_tag(void **state)
{
	struct frame_made made;
	fixture_frame(&made, &(struct frame_spec){.family = 4, .vlan = true});
	made.data[16] = 0x81;
	made.data[17] = 0x00;
	assert_int_equal(classify(&made), FRAME_ETHER);
}

/* Checksum zero means "not computed" in IPv4 and is an error in IPv6. */
static void test_no_udp_checksum(void **state)
{
	struct frame_made made;
	fixture_frame(&made, &(struct frame_spec){.family = 6, .no_udp_sum = true});
	assert_int_equal(classify(&made), FRAME_BAD_UDP);
	fixture_frame(&made, &(struct frame_spec){.family = 4, .no_udp_sum = true});
	assert_int_equal(classify(&made), FRAME_QUESTION);
}

static void test_port_verified_sums_are_not_computed_again(void **state)
{
	struct frame_made made;
	struct frame f;
	fixture_frame(&made, &(struct frame_spec){.family = 4});
	made.data[made.udp + 6] ^= 1;
	assert_int_equal(classify_with(&made, made.len, FRAME_IP_SUM, &f), FRAME_BAD_UDP);
	assert_int_equal(classify_with(&made, made.len, FRAME_UDP_SUM, &f), FRAME_QUESTION);
	made.data[made.ip + 10] ^= 1;
	assert_int_equal(classify_with(&made, made.len, FRAME_UDP_SUM, &f), FRAME_BAD_IP);
	assert_int_equal(
		classify_with(&made, made.len, FRAME_IP_SUM | FRAME_UDP_SUM, &f), FRAME_QUESTION);
}

/* ---- served addresses ----------------------------------------------------------------------- */

static void test_nothing_served(void **state)
{
	static struct frame_served none;
	struct frame_made made;
	struct frame f;
	none.port_be = htobe16(53);
	for (int family = 4; family <= 6; family += 2) {
		fixture_frame(&made, &(struct frame_spec){.family = family});
		assert_int_equal(frame_classify(&none, made.data, (uint32_t)made.len, 0, &f),
			FRAME_NOT_OURS);
		/* empty slots are zero; that must not be an address */
		memset(made.data + made.ip + (family == 4 ? 16 : 24), 0, family == 4 ? 4 : 16);
		fixture_frame_sum(&made);
		assert_int_equal(frame_classify(&none, made.data, (uint32_t)made.len, 0, &f),
			FRAME_NOT_OURS);
	}
}

static enum frame_verdict classify_any(int family, size_t dst_octet, uint8_t value)
{
	static struct frame_served any;
	static const uint8_t zero[16];
	struct frame_made made;
	struct frame f;
	memset(&any, 0, sizeof(any));
	any.port_be = htobe16(53);
	assert_int_equal(frame_served_add4(&any, zero), 0);
	assert_int_equal(frame_served_add6(&any, zero), 0);
	fixture_frame(&made, &(struct frame_spec){.family = family});
	made.data[made.ip + (family == 4 ? 16 : 24) + dst_octet] = value;
	fixture_frame_sum(&made);
	return frame_classify(&any, made.data, (uint32_t)made.len, 0, &f);
}

static void test_any_address_is_any_unicast_address(void **state)
{
	assert_int_equal(classify_any(4, 0, 224), FRAME_NOT_OURS);
	assert_int_equal(classify_any(4, 0, 255), FRAME_NOT_OURS);
	assert_int_equal(classify_any(4, 0, 0), FRAME_NOT_OURS);
	assert_int_equal(classify_any(4, 0, 127), FRAME_NOT_OURS);
	assert_int_equal(classify_any(6, 0, 0xff), FRAME_NOT_OURS);
	assert_int_equal(classify_any(4, 0, 10), FRAME_QUESTION);
	assert_int_equal(classify_any(6, 0, 0xfe), FRAME_QUESTION);
}

/* Fills both tables; asks for every address in them and as many beside. */
static void test_full_tables(void **state)
{
	static struct frame_served served;
	uint8_t addr4[4] = {10, 0, 0, 0}, addr6[16] = {0xfd};
	struct frame_made made;
	struct frame f;
	served.port_be = htobe16(53);
	for (unsigned i = 0; i < SERVED_ADDRESS_MAX * 2; i++) {
		bool in = i % 2;
		addr4[2] = addr6[14] = (uint8_t)(i >> 8);
		addr4[3] = addr6[15] = (uint8_t)i;
		if (in) {
			assert_int_equal(frame_served_add4(&served, addr4), 0);
			assert_int_equal(frame_served_add4(&served, addr4), 0);
			assert_int_equal(frame_served_add6(&served, addr6), 0);
			assert_int_equal(frame_served_add6(&served, addr6), 0);
		}
	}
	for (unsigned i = 0; i < SERVED_ADDRESS_MAX * 2; i++) {
		enum frame_verdict expected = i % 2 ? FRAME_QUESTION : FRAME_NOT_OURS;
		addr4[2] = addr6[14] = (uint8_t)(i >> 8);
		addr4[3] = addr6[15] = (uint8_t)i;
		fixture_frame(&made, &(struct frame_spec){.family = 4});
		memcpy(made.data + made.ip + 16, addr4, 4);
		fixture_frame_sum(&made);
		assert_int_equal(
			frame_classify(&served, made.data, (uint32_t)made.len, 0, &f), expected);
		fixture_frame(&made, &(struct frame_spec){.family = 6});
		memcpy(made.data + made.ip + 24, addr6, 16);
		fixture_frame_sum(&made);
		assert_int_equal(
			frame_classify(&served, made.data, (uint32_t)made.len, 0, &f), expected);
	}
	assert_int_equal(frame_served_add4(&served, fixture_ours4), -1);
	assert_int_equal(frame_served_add6(&served, fixture_ours6), -1);
}

/* ---- questions and answers ------------------------------------------------------------------ */

static void test_questions_are_found(void **state)
{
	for (size_t i = 0; i < SPEC_CNT; i++) {
		struct frame_made made;
		struct frame f;
		fixture_frame(&made, &specs[i]);
		assert_int_equal(classify_with(&made, made.len, 0, &f), FRAME_QUESTION);
		assert_int_equal(f.ip_off, made.ip);
		assert_int_equal(f.msg_off, made.msg);
		assert_int_equal(f.msg_len, made.msg_len);
		assert_int_equal(f.ip_len, made.family == 4 ? 20 : 40);
	}
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void assert_reply_ip(const struct frame_made *made, const uint8_t *ip, size_t msg_len)
{
	const uint8_t *asked = made->data + made->ip;
	if (made->family == 4) {
		static const uint8_t first[2] = {0x45, 0}, fixed[6] = {0, 0, 0x40, 0, 64, 17};
		assert_memory_equal(ip, first, 2);
		assert_int_equal(get16(ip + 2), 28 + msg_len);
		assert_memory_equal(ip + 4, fixed, 6);
		assert_memory_equal(ip + 12, asked + 16, 4);
		assert_memory_equal(ip + 16, asked + 12, 4);
		return;
	}
	static const uint8_t first[4] = {0x60}, next[2] = {17, 64};
	assert_memory_equal(ip, first, 4);
	assert_int_equal(get16(ip + 4), 8 + msg_len);
	assert_memory_equal(ip + 6, next, 2);
	assert_memory_equal(ip + 8, asked + 24, 16);
	assert_memory_equal(ip + 24, asked + 8, 16);
}

/* data: the answer frame; made: the question it answers. */
static void assert_reply(
	const struct frame_made *made, const uint8_t *data, size_t msg_off, size_t msg_len)
{
	const uint8_t *udp = data + msg_off - 8, *ip = udp - (made->family == 4 ? 20 : 40);
	assert_ptr_equal(ip, data + made->ip); /* same link header */
	assert_memory_equal(data, made->data + 6, 6);
	assert_memory_equal(data + 6, made->data, 6);
	assert_memory_equal(data + 12, made->data + 12, made->ip - 12);
	assert_reply_ip(made, ip, msg_len);
	assert_memory_equal(udp, made->data + made->udp + 2, 2);
	assert_memory_equal(udp + 2, made->data + made->udp, 2);
	assert_int_equal(get16(udp + 4), 8 + msg_len);
}

static void test_answers(void **state)
{
	static const size_t lens[] = {12, 29, 30, 511, 1232};
	for (size_t i = 0; i < SPEC_CNT * 5; i++) {
		struct frame_made asked, made;
		struct frame f;
		size_t msg_len = lens[i % 5];
		fixture_frame(&asked, &specs[i / 5]);
		assert_int_equal(classify_with(&asked, asked.len, 0, &f), FRAME_QUESTION);
		made = asked;
		for (size_t k = 0; k < msg_len; k++)
			made.data[f.msg_off + k] = (uint8_t)(k * k + i);
		uint16_t skip = frame_reply(made.data, &f, (uint16_t)msg_len, 0);
		assert_int_equal(skip, specs[i / 5].options_len);
		assert_reply(&asked, made.data + skip, f.msg_off - skip, msg_len);
		assert_true(fixture_sums_good(made.data + skip + asked.ip));
		for (size_t k = 0; k < msg_len; k++)
			assert_int_equal(made.data[f.msg_off + k], (uint8_t)(k * k + i));
	}
}

/* With offload the port finds the sum of the pseudo header and, in IPv4, no header checksum. */
static void test_answers_with_offload(void **state)
{
	for (size_t i = 0; i < SPEC_CNT; i++) {
		struct frame_made made;
		struct frame f;
		fixture_frame(&made, &specs[i]);
		assert_int_equal(classify_with(&made, made.len, 0, &f), FRAME_QUESTION);
		uint16_t skip = frame_reply(made.data, &f, 40, FRAME_IP_SUM | FRAME_UDP_SUM);
		const uint8_t *ip = made.data + skip + made.ip, *udp = made.data + f.msg_off - 8;
		bool is4 = made.family == 4;
		uint16_t pseudo = fixture_sum(17 + 48, ip + (is4 ? 12 : 8), is4 ? 8 : 32);
		assert_int_equal(get16(udp + 6), pseudo);
		if (is4)
			assert_int_equal(get16(ip + 10), 0);
	}
}

/* An answer of a message of twelve octets, word in front, zeros behind; returns its checksum field.
 */
static uint16_t reply_checksum(struct frame_made *made, int family, const uint8_t word[static 2])
{
	struct frame f;
	fixture_frame(made, &(struct frame_spec){.family = family});
	assert_int_equal(classify_with(made, made->len, 0, &f), FRAME_QUESTION);
	memset(made->data + f.msg_off, 0, 12);
	memcpy(made->data + f.msg_off, word, 2);
	(void)frame_reply(made->data, &f, 12, 0);
	return (uint16_t)get16(made->data + f.msg_off - 2);
}

/* A sum of zero must be sent as 0xffff: zero would say that there is none. The checksum of a
 * message put into its own first word gives such a sum. */
static void test_answer_never_has_checksum_zero(void **state)
{
	for (int family = 4; family <= 6; family += 2) {
		struct frame_made made;
		uint8_t word[2] = {0};
		uint16_t sum = reply_checksum(&made, family, word);
		word[0] = (uint8_t)(sum >> 8);
		word[1] = (uint8_t)sum;
		assert_int_equal(reply_checksum(&made, family, word), 0xffff);
		assert_true(fixture_sums_good(made.data + made.ip));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere_is_no_question),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_source_port_zero),
		cmocka_unit_test(test_unspecified_source),
		cmocka_unit_test(test_second_tag),
		cmocka_unit_test(test_no_udp_checksum),
		cmocka_unit_test(test_port_verified_sums_are_not_computed_again),
		cmocka_unit_test(test_nothing_served),
		cmocka_unit_test(test_any_address_is_any_unicast_address),
		cmocka_unit_test(test_full_tables),
		cmocka_unit_test(test_questions_are_found),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_with_offload),
		cmocka_unit_test(test_answer_never_has_checksum_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
