/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any frame is classified without reading outside it; what counts as a question has right checksums
 * by another reckoning, and its answer is a question again to whoever asked.
 *
 * Input: one octet, enum frame_offload of the receiving port (bits 0, 1) and of the sending one
 * (bits 2, 3); two octets, length of the answer, big-endian; the frame.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/frame_fixture.h"

#define OFFLOAD_ALL    (FRAME_IP_SUM | FRAME_UDP_SUM)
#define ANSWER_LEN_MAX 1500

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void check_question(
	const uint8_t *data, size_t len, unsigned verified, const struct frame *f)
{
	const uint8_t *udp = data + f->msg_off - FRAME_UDP_LEN;
	FUZZ_CHECK(f->ip_off >= FRAME_ETHER_LEN && f->ip_off + f->ip_len < f->msg_off);
	FUZZ_CHECK((size_t)f->msg_off + f->msg_len <= len);
	FUZZ_CHECK(get16(udp) != 0 && get16(udp + 2) == 53);
	bool summed = get16(udp + 6) != 0 || f->ip_len == FRAME_IPV6_LEN;
	if (!verified && summed)
		FUZZ_CHECK(fixture_sums_good(data + f->ip_off));
}

/* Serves the address and port the answer at data goes to. */
static void serve_client(
	struct frame_served *served, const uint8_t *data, const struct frame *f, uint16_t ip_off)
{
	const uint8_t *ip = data + ip_off;
	int r = f->ip_len == FRAME_IPV4_LEN ? frame_served_add4(served, ip + 16)
					    : frame_served_add6(served, ip + 24);
	FUZZ_CHECK(!r);
	memcpy(&served->port_be, ip + f->ip_len + 2, 2);
}

static void check_answer(const uint8_t *data, size_t len, const struct frame *f, size_t msg_len)
{
	static struct frame_served client;
	struct frame back;
	memset(&client, 0, sizeof(client));
	serve_client(&client, data, f, f->ip_off);
	FUZZ_CHECK(fixture_sums_good(data + f->ip_off));
	if (data[0] & 1) /* asked from a group's MAC address */
		return;
	FUZZ_CHECK(frame_classify(&client, data, (uint32_t)len, 0, &back) == FRAME_QUESTION);
	FUZZ_CHECK(back.msg_len == msg_len && back.ip_off == f->ip_off);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len)
{
	struct frame_served served;
	struct frame f;
	if (input_len < 3)
		return 0;
	unsigned verified = input[0] & OFFLOAD_ALL, offload = input[0] >> 2 & OFFLOAD_ALL;
	size_t msg_len = get16(input + 1) % (ANSWER_LEN_MAX + 1), len = input_len - 3;
	/* exactly the frame, so that ASan sees what is read behind it */
	uint8_t *data = malloc(len ? len : 1);
	FUZZ_CHECK(data);
	memcpy(data, input + 3, len);
	fixture_served(&served);
	enum frame_verdict verdict = frame_classify(&served, data, (uint32_t)len, verified, &f);
	FUZZ_CHECK(verdict < FRAME_VERDICT_CNT);
	if (verdict == FRAME_QUESTION) {
		check_question(data, len, verified, &f);
		/* exactly the room an answer needs */
		data = realloc(data, f.msg_off + (msg_len > f.msg_len ? msg_len : f.msg_len));
		FUZZ_CHECK(data);
		uint16_t skip = frame_reply(data, &f, (uint16_t)msg_len, offload);
		if (!offload)
			check_answer(data + skip, f.msg_off - skip + msg_len, &f, msg_len);
	}
	free(data);
	return 0;
}
