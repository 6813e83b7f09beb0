/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any message is either dropped for a reason, or gets an answer that a suspicious reader accepts:
 * counts, lengths and names right, question and id as asked, within the size the client can take.
 *
 * The first octet of the input chooses transport and policies, the second the buffer's size; the
 * rest is the message.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/unit/answer_fixture.h"

static struct answer_fixture *fixture(void)
{
	static struct answer_fixture f;
	if (f.answer == NULL) {
		answer_fixture_init(&f);
		answer_fixture_zones(&f);
		answer_fixture_start(&f);
		memcpy(f.cfg.nsid, "fuzz", 4);
		memcpy(f.cfg.version, "v", 1);
	}
	return &f;
}

static void choose(struct answer_fixture *f, uint8_t choice)
{
	f->cfg.any_to_tcp = choice & 2;
	f->cfg.any_minimal = choice & 4;
	f->cfg.minimal_responses = choice & 8;
	f->cfg.nsid_len = choice & 16 ? 4 : 0;
	f->cfg.version_len = choice & 16 ? 1 : 0;
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
static void check_rcode(const struct message *m)
{
	FUZZ_CHECK(m->rcode <= 6 || m->rcode == 16);
	FUZZ_CHECK(m->rcode != 2);
	if (m->rcode != 0 && m->rcode != 3 && m->rcode != 6)
		FUZZ_CHECK(m->cnt == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct answer_fixture *f = fixture();
	char err[256];
	if (len < 2 || len - 2 > sizeof(f->msg))
		return 0;
	bool tcp = data[0] & 1;
	size_t query_len = len - 2;
	uint32_t out_cap = MSG_UDP_LEN_MIN + data[1] * (tcp ? 250U : 8U);
	choose(f, data[0]);
	if (query_len > out_cap)
		return 0;
	memcpy(f->msg, data + 2, query_len);
	int out_len = answer_fixture_run(f, query_len, tcp ? ANSWER_TCP : 0, (uint16_t)out_cap);
	if (out_len < 0) {
		FUZZ_CHECK(query_len < MSG_HEADER_LEN || (data[4] & 0x80));
		return 0;
	}
	FUZZ_CHECK((uint32_t)out_len <= out_cap);
	FUZZ_CHECK(tcp || out_len <= f->cfg.udp_size_max);
	FUZZ_CHECK(message_read(&f->read, f->msg, (size_t)out_len, err) == 0);
	FUZZ_CHECK(tcp || f->read.has_opt || out_len <= MSG_UDP_LEN_MIN);
	check_echo(&f->read, data + 2, query_len);
	check_rcode(&f->read);
	return 0;
}
