/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any message is either dropped for a reason, or gets an answer that a suspicious reader accepts:
 * counts, lengths and names right, question and id as asked, within the size the client can take.
 *
 * The first octet of the input chooses transport, policies, and whether zones that are signed live
 * have a signer; the second the buffer's size; the rest is the message.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/unit/live_fixture.h"

static struct live_fixture *fixture(void)
{
	static struct live_fixture live;
	struct answer_fixture *f = &live.answer;
	if (f->answer == NULL) {
		live_fixture_init(&live);
		answer_fixture_zones(f);
		answer_fixture_live_zones(f);
		live_fixture_start(&live, 1);
		memcpy(f->cfg.nsid, "fuzz", 4);
		memcpy(f->cfg.version, "v", 1);
	}
	return &live;
}

static void choose(struct live_fixture *live, uint8_t choice)
{
	struct answer_fixture *f = &live->answer;
	f->cfg.any_to_tcp = choice & 2;
	f->cfg.any_minimal = choice & 4;
	f->cfg.minimal_responses = choice & 8;
	f->cfg.nsid_len = choice & 16 ? 4 : 0;
	f->cfg.version_len = choice & 16 ? 1 : 0;
	live->signer = choice & 32 ? LIVE_SIGNER_REFUSES : LIVE_SIGNER_GOOD;
	if (choice & 64)
		live_fixture_forget(live);
}

/* The answer says what was asked. */
static void check_echo(const struct message *m, const uint8_t *query, size_t len)
{
	FUZZ_CHECK(m->qr);
	FUZZ_CHECK(m->id == (query[0] << 8 | query[1]));
	FUZZ_CHECK(m->opcode == (query[2] >> 3 & 15));
	FUZZ_CHECK(!m->ra && !m->ad);
	if (m->has_question) {
		uint8_t name[DNAME_LEN_MAX];
		unsigned question_len = message_name_at(m, MSG_HEADER_LEN, name) + 4;
		FUZZ_CHECK(MSG_HEADER_LEN + question_len <= len);
		FUZZ_CHECK(memcmp(m->wire + MSG_HEADER_LEN, query + MSG_HEADER_LEN, question_len) ==
			   0);
	}
	FUZZ_CHECK(m->has_question || m->cnt == 0);
}

/* Errors carry no records, and only the rcodes there are reasons for are given. */
static void check_rcode(const struct live_fixture *live, const struct message *m)
{
	FUZZ_CHECK(m->rcode <= 6 || m->rcode == 16);
	FUZZ_CHECK(m->rcode != 2 || live->signer == LIVE_SIGNER_REFUSES);
	if (m->rcode != 0 && m->rcode != 3 && m->rcode != 6)
		FUZZ_CHECK(m->cnt == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct live_fixture *live = fixture();
	struct answer_fixture *f = &live->answer;
	char err[256];
	if (len < 2 || len - 2 > sizeof(f->msg))
		return 0;
	bool tcp = data[0] & 1;
	size_t query_len = len - 2;
	uint32_t out_cap = MSG_UDP_LEN_MIN + data[1] * (tcp ? 250U : 8U);
	choose(live, data[0]);
	if (query_len > out_cap)
		return 0;
	memcpy(f->msg, data + 2, query_len);
	const uint64_t refused_cnt = counter_get(&f->counters, COUNTER_SIGN_REFUSED);
	int out_len = answer_fixture_run(f, query_len, tcp ? ANSWER_TCP : 0, (uint16_t)out_cap);
	if (out_len < 0) {
		FUZZ_CHECK(query_len < MSG_HEADER_LEN || (data[4] & 0x80));
		return 0;
	}
	/* engine and signer agree about what is to be signed */
	FUZZ_CHECK(live->signer == LIVE_SIGNER_REFUSES ||
		   counter_get(&f->counters, COUNTER_SIGN_REFUSED) == refused_cnt);
	FUZZ_CHECK((uint32_t)out_len <= out_cap);
	FUZZ_CHECK(tcp || out_len <= f->cfg.udp_size_max);
	FUZZ_CHECK(message_read(&f->read, f->msg, (size_t)out_len, err) == 0);
	FUZZ_CHECK(tcp || f->read.has_opt || out_len <= MSG_UDP_LEN_MIN);
	check_echo(&f->read, data + 2, query_len);
	check_rcode(live, &f->read);
	return 0;
}
