/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring: records and files that are refused, what either side makes of a hostile other one, and
 * that what goes in comes out, with the sides in two threads as well.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/sigring_fixture.h"
#include "zonedb/rrtype.h"

#define PAIR 5U

static const struct sigring_response refusal = {.status = SIGN_NO_ZONE};

/* ---- records ------------------------------------------------------------------------------- */

static void requests_are_checked(void **state)
{
	static const uint8_t apex[] = "\4test", name[] = "\3www\4test", upper[] = "\3wWw\4test";
	static const uint8_t other[] = "\3www\4tesu", pointer[] = "\3www\xc0\x0c", hash[20] = {1};
	const struct sigring_request good = {.week = 1,
		.type = RRTYPE_A,
		.kind = SIGN_RRSET,
		.apex_len = sizeof(apex),
		.name_len = sizeof(name),
		.apex = apex,
		.name = name};
	const struct sigring_request base = good;
#define ASSERT_REQUEST(expected, ...)                                                              \
	do {                                                                                       \
		struct sigring_request req = base;                                                 \
		__VA_ARGS__;                                                                       \
		assert_int_equal(sigring_request_check(&req), expected);                           \
	} while (0)
	ASSERT_REQUEST(-1, req.kind = 0);
	ASSERT_REQUEST(-1, req.kind = SIGN_KIND_CNT);
	ASSERT_REQUEST(-1, req.kind = 255);
	ASSERT_REQUEST(-1, req.type = 0);
	ASSERT_REQUEST(-1, req.flags = 2);
	ASSERT_REQUEST(-1, req.apex_len = 0);
	ASSERT_REQUEST(-1, req.apex_len--);
	ASSERT_REQUEST(-1, req.apex = name, req.apex_len = sizeof(name) - 1);
	ASSERT_REQUEST(-1, req.name_len = 0);
	ASSERT_REQUEST(-1, req.name_len--);
	ASSERT_REQUEST(-1, req.name = upper);
	ASSERT_REQUEST(-1, req.name = other);
	ASSERT_REQUEST(-1, req.name = pointer, req.name_len = sizeof(pointer));
	ASSERT_REQUEST(-1, req.name = apex + 5, req.name_len = 1); /* the root */
	ASSERT_REQUEST(-1, req.kind = SIGN_NEGATIVE_SOA);
	ASSERT_REQUEST(-1, req.kind = SIGN_NEGATIVE_SOA, req.name_len = 0);
	ASSERT_REQUEST(-1, req.kind = SIGN_NSEC3, req.name = hash, req.name_len = 20);
	ASSERT_REQUEST(-1, req.kind = SIGN_NSEC3, req.type = 0);
	ASSERT_REQUEST(-1, req.kind = SIGN_NARROW_COVER);
	ASSERT_REQUEST(-1, req.kind = SIGN_COMPACT);
	ASSERT_REQUEST(-1, req.kind = SIGN_EXPANDED, req.type = 0);
	ASSERT_REQUEST(0, (void)0);
	ASSERT_REQUEST(0, req.flags = SIGN_AHEAD);
	ASSERT_REQUEST(0, req.name = apex, req.name_len = sizeof(apex));
	ASSERT_REQUEST(0, req.kind = SIGN_NEGATIVE_SOA, req.type = 0, req.name_len = 0);
	ASSERT_REQUEST(0, req.kind = SIGN_NSEC3, req.type = 0, req.name = hash, req.name_len = 20);
	ASSERT_REQUEST(0, req.kind = SIGN_NARROW_COVER, req.type = 0);
	ASSERT_REQUEST(0, req.kind = SIGN_COMPACT, req.type = 0);
	ASSERT_REQUEST(0, req.kind = SIGN_EXPANDED);
}

static struct sigring_response response_of(uint8_t *payload, unsigned cnt, unsigned sig_len)
{
	return (struct sigring_response){.status = SIGN_OK,
		.sig_cnt = (uint8_t)cnt,
		.len = sigring_fixture_payload(payload, cnt, sig_len, 6, 1),
		.payload = payload};
}

static void responses_are_checked(void **state)
{
	uint8_t payload[SIG_PAYLOAD_MAX];
	struct sigring_response resp = response_of(payload, 2, 64);
	assert_int_equal(sigring_response_check(&resp, 6), 0);
	assert_int_equal(sigring_response_check(&resp, 5), -1);
	assert_int_equal(sigring_response_check(&resp, 7), -1);
	assert_int_equal(sigring_response_check(&resp, 255), -1);
	for (resp.sig_cnt = 0; resp.sig_cnt < 255; resp.sig_cnt++)
		assert_int_equal(sigring_response_check(&resp, 6), resp.sig_cnt == 2 ? 0 : -1);
	resp.sig_cnt = 2;
	for (uint16_t len = resp.len; resp.len--;)
		assert_int_equal(sigring_response_check(&resp, 6), resp.len == len ? 0 : -1);
	resp = response_of(payload, 2, 64);
	for (unsigned status = SIGN_OK + 1; status < 256; status++) {
		resp.status = (uint8_t)status;
		assert_int_equal(sigring_response_check(&resp, 6), -1);
	}
	/* each octet of the second RRSIG's fixed part that has one right value */
	static const uint8_t fixed[] = {0, 1, 2, 3, 8, 9, 10, 11};
	for (unsigned i = 0; i < sizeof(fixed); i++) {
		resp = response_of(payload, 2, 64);
		payload[SIG_FIXED_LEN + 64 + fixed[i]] ^= 1;
		assert_int_equal(sigring_response_check(&resp, 6), -1);
	}
	resp = response_of(payload, 1, 0); /* no signature in it */
	assert_int_equal(sigring_response_check(&resp, 6), -1);
	resp = refusal;
	assert_int_equal(sigring_response_check(&resp, 6), 0);
	resp.status = SIGN_STATUS_CNT;
	assert_int_equal(sigring_response_check(&resp, 6), -1);
	resp = response_of(payload, 4, 512); /* what SIG_PAYLOAD_MAX is for */
	assert_int_equal(sigring_response_check(&resp, 6), 0);
	resp = response_of(payload, SIG_CNT_MAX, 64);
	assert_int_equal(sigring_response_check(&resp, 6), 0);
	resp = response_of(payload, SIG_CNT_MAX + 1, 64);
	assert_int_equal(sigring_response_check(&resp, 6), -1);
}

static void statuses_have_texts(void **state)
{
	for (unsigned i = 0; i < SIGN_STATUS_CNT; i++)
		assert_true(strlen(sign_status_text(i)) > 3);
	assert_string_equal(sign_status_text(SIGN_STATUS_CNT), "unknown status");
}

/* ---- file ---------------------------------------------------------------------------------- */

static void assert_refused(struct sigring_fixture *f, const char *cause)
{
	assert_null(sigring_open(f->dir, f->err));
	if (!strstr(f->err, cause))
		fail_msg("'%s' lacks '%s'", f->err, cause);
	assert_null(sigring_map(f->fd, f->err));
}

static void bad_files_are_refused(void **state)
{
	struct sigring_fixture f;
	sigring_fixture_begin(&f);
	assert_null(sigring_open("/nonexistent", f.err));
	assert_string_equal(f.err, "cannot open the sigrings file: No such file or directory");
	assert_int_equal(sigring_create("/nonexistent", UINT32_MAX, UINT32_MAX, f.err), -1);
	uint32_t *const constants[] = {&f.file->layout, &f.file->pair_cnt,
		&f.file->request_unit_cnt, &f.file->response_unit_cnt, &f.file->payload_max};
	for (unsigned i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		++*constants[i];
		assert_refused(&f, "another layout");
		assert_int_equal(sigring_create(f.dir, UINT32_MAX, UINT32_MAX, f.err), -1);
		--*constants[i];
	}
	atomic_store(&f.file->magic, SIGRING_MAGIC + 1);
	assert_refused(&f, "another layout");
	atomic_store(&f.file->magic, 0);
	assert_refused(&f, "another layout");
	assert_int_equal(truncate(f.path, sizeof(struct sigring_file) - 1), 0);
	assert_refused(&f, "is ensignd running?");
	assert_int_equal(truncate(f.path, 0), 0);
	assert_refused(&f, "is ensignd running?");
	sigring_fixture_end(&f);
}

static void a_file_is_made_once(void **state)
{
	struct sigring_fixture f;
	struct stat st, again;
	sigring_fixture_begin(&f);
	assert_int_equal(fstat(f.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_true((uint64_t)st.st_blocks * 512 >= sizeof(struct sigring_file)); /* no holes */
	f.file->pair[PAIR].request_unit[3][2] = 42;
	int fd = sigring_create(f.dir, UINT32_MAX, UINT32_MAX, f.err);
	assert_true(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	assert_int_equal(fstat(fd, &again), 0);
	assert_int_equal(again.st_ino, st.st_ino);
	assert_int_equal(f.file->pair[PAIR].request_unit[3][2], 42);
	close(fd);
	sigring_fixture_end(&f);
}

/* ---- both sides ---------------------------------------------------------------------------- */

struct sides {
	struct sigring_fixture f;
	struct sigring_client client;
	struct sigring_server server;
	struct sigring_pair *pair;
};

static void sides_begin(struct sides *s)
{
	sigring_fixture_begin(&s->f);
	sigring_client_init(&s->client, s->f.rings, PAIR);
	sigring_server_init(&s->server, s->f.rings, PAIR);
	s->pair = &s->f.file->pair[PAIR];
}

static void assert_request_equal(const struct sigring_request *a, const struct sigring_request *b)
{
	assert_int_equal(a->ticket, b->ticket);
	assert_int_equal(a->week, b->week);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->apex_len, b->apex_len);
	assert_int_equal(a->name_len, b->name_len);
	assert_memory_equal(a->apex, b->apex, a->apex_len);
	assert_memory_equal(a->name, b->name, a->name_len);
}

static void ask(struct sides *s, const struct sigring_request *req)
{
	assert_int_equal(sigring_request_check(req), 0);
	assert_int_equal(sigring_client_ask(&s->client, req), 0);
	sigring_client_flush(&s->client);
}

static void requests_of_every_length_arrive(void **state)
{
	struct sides s;
	struct sigring_request got;
	sides_begin(&s);
	for (unsigned i = 0; i < 3000; i++) {
		struct sigring_request req = sigring_fixture_request(
			i * UINT64_C(0x9e3779b97f4a7c15), (uint8_t)(9 + i % (DNAME_LEN_MAX - 8)));
		assert_int_equal(sigring_server_next(&s.server, &got), 0);
		ask(&s, &req);
		assert_int_equal(sigring_server_next(&s.server, &got), 1);
		assert_request_equal(&got, &req);
		sigring_server_reply(&s.server, &refusal);
		sigring_server_flush(&s.server);
		struct sigring_response resp;
		assert_int_equal(sigring_client_next(&s.client, &resp), 1);
		assert_int_equal(resp.status, SIGN_NO_ZONE);
		assert_int_equal(sigring_client_next(&s.client, &resp), 0);
		sigring_client_flush(&s.client);
	}
	assert_int_equal(s.server.fault_cnt + s.client.fault_cnt, 0);
	sigring_fixture_end(&s.f);
}

static void responses_of_every_length_arrive(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 20), got;
	uint8_t payload[SIG_PAYLOAD_MAX];
	sides_begin(&s);
	for (unsigned sig_len = 1; sig_len <= SIG_PAYLOAD_MAX - SIG_FIXED_LEN; sig_len += 3) {
		ask(&s, &req);
		assert_int_equal(sigring_server_next(&s.server, &got), 1);
		struct sigring_response resp = response_of(payload, 1, sig_len), back;
		resp.ticket = got.ticket + sig_len;
		resp.week = sig_len;
		resp.key = (struct sig_key){{sig_len, ~(uint64_t)sig_len}};
		sigring_server_reply(&s.server, &resp);
		assert_int_equal(sigring_client_next(&s.client, &back), 0); /* not shown yet */
		sigring_server_flush(&s.server);
		assert_int_equal(sigring_client_next(&s.client, &back), 1);
		assert_int_equal(sigring_response_check(&back, 6), 0);
		assert_int_equal(back.ticket, resp.ticket);
		assert_int_equal(back.week, resp.week);
		assert_true(sig_key_equal(back.key, resp.key));
		assert_int_equal(back.len, resp.len);
		assert_memory_equal(back.payload, payload, resp.len);
	}
	sigring_fixture_end(&s.f);
}

static void a_full_ring_takes_no_more(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 60), got;
	unsigned cnt = 0;
	sides_begin(&s);
	assert_true(sigring_client_has_room(&s.client, SIGRING_REQUEST_UNITS));
	assert_false(sigring_client_has_room(&s.client, SIGRING_REQUEST_UNITS + 1));
	while (!sigring_client_ask(&s.client, &req))
		cnt++;
	assert_int_equal(cnt, SIGRING_REQUEST_UNITS / 2);
	assert_false(sigring_client_has_room(&s.client, 1));
	sigring_client_flush(&s.client);
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	assert_false(sigring_client_has_room(&s.client, 1));
	sigring_server_flush(&s.server);
	assert_true(sigring_client_has_room(&s.client, 2));
	assert_false(sigring_client_has_room(&s.client, 3));
	assert_int_equal(sigring_client_ask(&s.client, &req), 0);
	assert_int_equal(sigring_client_ask(&s.client, &req), 1);
	sigring_fixture_end(&s.f);
}

/* No request is taken whose response might not fit. */
static void a_server_waits_for_room(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 20), got;
	struct sigring_response resp;
	uint8_t payload[SIG_PAYLOAD_MAX];
	unsigned open = 0, done = 0;
	sides_begin(&s);
	while (!sigring_client_ask(&s.client, &req))
		;
	sigring_client_flush(&s.client);
	while (sigring_server_next(&s.server, &got))
		open++;
	assert_int_equal(open, SIGRING_RESPONSE_UNITS / (SIGRING_RESPONSE_LEN_MAX / SIGRING_UNIT));
	for (; open; open--) {
		resp = response_of(payload, 1, SIG_PAYLOAD_MAX - SIG_FIXED_LEN);
		sigring_server_reply(&s.server, &resp);
	}
	assert_int_equal(sigring_server_next(&s.server, &got), 0);
	sigring_server_flush(&s.server);
	for (; sigring_client_next(&s.client, &resp); done++)
		assert_int_equal(sigring_response_check(&resp, 6), 0);
	assert_int_equal(done, 14);
	sigring_client_flush(&s.client);
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	sigring_fixture_end(&s.f);
}

/* ---- one side is new ----------------------------------------------------------------------- */

static void a_new_client_gets_no_old_responses(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 20), got;
	struct sigring_response resp;
	sides_begin(&s);
	ask(&s, &req);
	ask(&s, &req);
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	sigring_server_reply(&s.server, &refusal);
	sigring_server_flush(&s.server);
	sigring_client_init(&s.client, s.f.rings, PAIR);
	assert_int_equal(sigring_client_next(&s.client, &resp), 0);
	req.ticket = 8;
	ask(&s, &req);
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	assert_int_equal(got.ticket, 7); /* the old one's, for the new one to know as foreign */
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	assert_int_equal(got.ticket, 8);
	sigring_fixture_end(&s.f);
}

static void a_new_server_goes_on(void **state)
{
	struct sides s;
	struct sigring_request got;
	sides_begin(&s);
	for (unsigned i = 0; i < 3; i++) {
		struct sigring_request req = sigring_fixture_request(i, 20);
		ask(&s, &req);
	}
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	sigring_server_flush(&s.server);
	sigring_server_init(&s.server, s.f.rings, PAIR);
	for (unsigned i = 1; i < 3; i++) {
		assert_int_equal(sigring_server_next(&s.server, &got), 1);
		assert_int_equal(got.ticket, i);
	}
	assert_int_equal(sigring_server_next(&s.server, &got), 0);
	sigring_fixture_end(&s.f);
}

static void pairs_are_apart(void **state)
{
	struct sides s;
	struct sigring_server last;
	struct sigring_request req = sigring_fixture_request(7, 255), got;
	sides_begin(&s);
	sigring_server_init(&last, s.f.rings, READER_SLOT_MAX - 1);
	ask(&s, &req);
	assert_int_equal(sigring_server_next(&last, &got), 0);
	sigring_client_init(&s.client, s.f.rings, READER_SLOT_MAX - 1);
	ask(&s, &req);
	assert_int_equal(sigring_server_next(&last, &got), 1);
	sigring_fixture_end(&s.f);
}

/* ---- the other side is hostile ------------------------------------------------------------- */

static const uint64_t bad_positions[] = {SIGRING_REQUEST_UNITS + 1, UINT64_MAX, UINT64_MAX / 2,
	UINT64_C(1) << 32, UINT64_MAX - SIGRING_REQUEST_UNITS};
#define BAD_POSITION_CNT (sizeof(bad_positions) / sizeof(bad_positions[0]))

static void positions_that_cannot_be_are_empty_or_full(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 20), got;
	struct sigring_response resp;
	sides_begin(&s);
	for (unsigned i = 0; i < BAD_POSITION_CNT; i++) {
		uint64_t at = atomic_load(&s.pair->requests.head);
		atomic_store(&s.pair->requests.head, at + bad_positions[i]);
		assert_int_equal(sigring_server_next(&s.server, &got), 0);
		assert_int_equal(s.server.fault_cnt, i + 1);
		sigring_server_flush(&s.server); /* the server goes on from there */
		sigring_client_init(&s.client, s.f.rings, PAIR);
		ask(&s, &req);
		assert_int_equal(sigring_server_next(&s.server, &got), 1);
		sigring_server_reply(&s.server, &refusal);
		sigring_server_flush(&s.server);
		/* now the client's positions, as the server would see or write them */
		at = atomic_load(&s.pair->responses.head);
		atomic_store(&s.pair->responses.head, at + bad_positions[i]);
		assert_int_equal(sigring_client_next(&s.client, &resp), 0);
		sigring_client_flush(&s.client);
		sigring_server_init(&s.server, s.f.rings, PAIR);
		s.server.fault_cnt = i + 1;
	}
	for (unsigned i = 0; i < BAD_POSITION_CNT; i++) {
		uint64_t head = atomic_load(&s.pair->requests.head);
		atomic_store(&s.pair->requests.tail, head - bad_positions[i]);
		sigring_client_init(&s.client, s.f.rings, PAIR);
		assert_int_equal(sigring_client_ask(&s.client, &req), 1);
		assert_false(sigring_client_has_room(&s.client, 1));
	}
	sigring_fixture_end(&s.f);
}

static void records_that_cannot_be_are_skipped(void **state)
{
	struct sides s;
	struct sigring_request req = sigring_fixture_request(7, 20), got;
	struct sigring_response resp;
	sides_begin(&s);
	/* a request with an unknown kind, then a good one: only the bad one is lost */
	req.kind = 77;
	assert_int_equal(sigring_client_ask(&s.client, &req), 0);
	req.kind = SIGN_RRSET;
	ask(&s, &req);
	assert_int_equal(sigring_server_next(&s.server, &got), 1);
	assert_int_equal(s.server.fault_cnt, 1);
	/* one that is longer than what was written: all is lost */
	memset(s.pair->request_unit, 255, sizeof(s.pair->request_unit));
	atomic_fetch_add(&s.pair->requests.head, 8);
	assert_int_equal(sigring_server_next(&s.server, &got), 0);
	assert_int_equal(s.server.fault_cnt, 2);
	memset(s.pair->response_unit, 255, sizeof(s.pair->response_unit));
	atomic_fetch_add(&s.pair->responses.head, 512);
	assert_int_equal(sigring_client_next(&s.client, &resp), 0);
	assert_int_equal(s.client.fault_cnt, 1);
	sigring_fixture_end(&s.f);
}

/* Anything at all in the shared memory: calls end, and what they give out is well-formed. */
static void garbage_harms_neither_side(void **state)
{
	struct sides s;
	uint64_t random = 1;
	sides_begin(&s);
	for (unsigned round = 0; round < 20000; round++) {
		struct sigring_request req = sigring_fixture_request(round, 9 + round % 246), got;
		struct sigring_response resp;
		(void)!sigring_client_ask(&s.client, &req);
		sigring_client_flush(&s.client);
		for (unsigned i = 0; i < round % 16; i++) {
			uint64_t at = sigring_fixture_random(&random);
			/* positions one time in four */
			size_t limit = at & 3 ? sizeof(*s.pair) : 4 * SIGRING_UNIT;
			((uint8_t *)s.pair)[(at >> 2) % limit] = (uint8_t)(at >> 56);
		}
		for (unsigned i = 0; i < 4 && sigring_server_next(&s.server, &got); i++) {
			assert_int_equal(sigring_request_check(&got), 0);
			sigring_server_reply(&s.server, &refusal);
		}
		sigring_server_flush(&s.server);
		while (sigring_client_next(&s.client, &resp))
			assert_true(resp.len <= SIG_PAYLOAD_MAX);
	}
	sigring_fixture_end(&s.f);
}

/* ---- two threads --------------------------------------------------------------------------- */

#define THREAD_REQUEST_CNT 200000U

static uint8_t thread_name_len(uint64_t number)
{
	return (uint8_t)(9 + number * 31 % 247);
}

/* The signature is made of what was asked. */
static struct sigring_response thread_response(const struct sigring_request *req, uint8_t *payload)
{
	struct sigring_response resp =
		response_of(payload, 1 + req->ticket % 3, 64 + req->ticket % 100);
	resp.ticket = req->ticket;
	resp.week = req->week + req->name[1];
	return resp;
}

static void *serve(void *arg)
{
	struct sides *s = arg;
	struct sigring_request req;
	uint8_t payload[SIG_PAYLOAD_MAX];
	for (unsigned done = 0; done < THREAD_REQUEST_CNT;) {
		while (sigring_server_next(&s->server, &req)) {
			struct sigring_request wanted =
				sigring_fixture_request(done, thread_name_len(done));
			assert_request_equal(&req, &wanted);
			struct sigring_response resp = thread_response(&req, payload);
			sigring_server_reply(&s->server, &resp);
			done++;
			if (done % 5 == 0)
				sigring_server_flush(&s->server);
		}
		sigring_server_flush(&s->server);
		sched_yield();
	}
	return NULL;
}

static void threads_understand_each_other(void **state)
{
	static struct sides s;
	pthread_t thread;
	uint8_t payload[SIG_PAYLOAD_MAX];
	uint64_t asked = 0, done = 0;
	sides_begin(&s);
	assert_int_equal(pthread_create(&thread, NULL, serve, &s), 0);
	while (done < THREAD_REQUEST_CNT) {
		struct sigring_response resp;
		for (unsigned i = 0; i < 7 && asked < THREAD_REQUEST_CNT; i++) {
			struct sigring_request req =
				sigring_fixture_request(asked, thread_name_len(asked));
			if (sigring_client_ask(&s.client, &req))
				break;
			asked++;
		}
		sigring_client_flush(&s.client);
		for (; sigring_client_next(&s.client, &resp); done++) {
			struct sigring_request req =
				sigring_fixture_request(done, thread_name_len(done));
			struct sigring_response wanted = thread_response(&req, payload);
			assert_int_equal(resp.ticket, done);
			assert_int_equal(resp.week, wanted.week);
			assert_int_equal(resp.len, wanted.len);
			assert_memory_equal(resp.payload, payload, wanted.len);
		}
		sched_yield();
	}
	pthread_join(thread, NULL);
	assert_int_equal(s.server.fault_cnt + s.client.fault_cnt, 0);
	sigring_fixture_end(&s.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_checked),
		cmocka_unit_test(responses_are_checked),
		cmocka_unit_test(statuses_have_texts),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(a_file_is_made_once),
		cmocka_unit_test(requests_of_every_length_arrive),
		cmocka_unit_test(responses_of_every_length_arrive),
		cmocka_unit_test(a_full_ring_takes_no_more),
		cmocka_unit_test(a_server_waits_for_room),
		cmocka_unit_test(a_new_client_gets_no_old_responses),
		cmocka_unit_test(a_new_server_goes_on),
		cmocka_unit_test(pairs_are_apart),
		cmocka_unit_test(positions_that_cannot_be_are_empty_or_full),
		cmocka_unit_test(records_that_cannot_be_are_skipped),
		cmocka_unit_test(garbage_harms_neither_side),
		cmocka_unit_test(threads_understand_each_other),
	};
	return cmocka_run_group_tests_name("sigring", tests, NULL, NULL);
}
