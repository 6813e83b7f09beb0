/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever one side writes into a ring, the other side's calls end, and give out well-formed
 * records only, which are what stands in the ring. Responses that are found good go into a cache
 * and come out as RRSIG records of a message.
 *
 * Input: 0 = requests, else responses; octets of the apex; what the ring holds.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/sigcache/sigcache.h"
#include "zonedb/rrtype.h"
#include "zonedb/sigring_layout.h"
#include "zonedb/wire.h"

#define RESPONSE_KEY ((struct sig_key){{1, 2}})

static struct {
	struct sigring *rings;
	struct sigring_file *file; /* the same memory */
	struct sigcache *cache;
	struct counters counters;
} f;

static void set_up(void)
{
	char dir[] = "/dev/shm/ensign-fuzz-sigring-XXXXXX", path[64], err[256];
	FUZZ_CHECK(mkdtemp(dir));
	int fd = sigring_create(dir, UINT32_MAX, UINT32_MAX, err);
	FUZZ_CHECK(fd >= 0);
	snprintf(path, sizeof(path), "%s/" SIGRING_NAME, dir);
	unlink(path);
	rmdir(dir);
	f.rings = sigring_map(fd, err);
	f.file = mmap(NULL, sizeof(*f.file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FUZZ_CHECK(f.rings && f.file != MAP_FAILED);
	close(fd);
	f.cache = sigcache_new(0, &f.counters, err);
	FUZZ_CHECK(f.cache);
}

/* Puts the input into a ring, as its producer might. Octets taken. */
static size_t ring_put(
	struct sigring_ring *ring, uint8_t *unit, size_t ring_len, const uint8_t *data, size_t len)
{
	len = len < ring_len ? len : ring_len;
	memset(unit, 0, ring_len);
	memcpy(unit, data, len);
	atomic_store(&ring->tail, 0);
	atomic_store(&ring->head, (len + SIGRING_UNIT - 1) / SIGRING_UNIT);
	return len;
}

/* ---- requests ------------------------------------------------------------------------------ */

/* The request is one that stands in the ring. */
static void request_compare(const struct sigring_pair *pair, const struct sigring_request *req)
{
	for (unsigned i = 0; i < SIGRING_REQUEST_UNITS; i++) {
		struct sigring_request_head head;
		const uint8_t *at = pair->request_unit[i];
		memcpy(&head, at, SIGRING_REQUEST_HEAD);
		if (head.ticket == req->ticket && head.week == req->week &&
			head.type == req->type && head.kind == req->kind &&
			head.flags == req->flags && head.apex_len == req->apex_len &&
			head.name_len == req->name_len &&
			!memcmp(at + SIGRING_REQUEST_HEAD, req->apex, req->apex_len) &&
			!memcmp(at + SIGRING_REQUEST_HEAD + req->apex_len, req->name,
				req->name_len))
			return;
	}
	FUZZ_CHECK(0);
}

static void requests_read(const uint8_t *data, size_t len)
{
	static struct sigring_server server;
	struct sigring_pair *pair = &f.file->pair[0];
	struct sigring_request req;
	unsigned cnt = 0;
	ring_put(&pair->requests, pair->request_unit[0], sizeof(pair->request_unit), data, len);
	atomic_store(&pair->responses.head, 0);
	atomic_store(&pair->responses.tail, 0);
	sigring_server_init(&server, f.rings, 0);
	for (; sigring_server_next(&server, &req); cnt++) {
		const struct sigring_response resp = {.ticket = req.ticket, .status = SIGN_FAILED};
		FUZZ_CHECK(!sigring_request_check(&req));
		request_compare(pair, &req);
		sigring_server_reply(&server, &resp);
	}
	sigring_server_flush(&server);
	FUZZ_CHECK(cnt <= SIGRING_REQUEST_UNITS);
	FUZZ_CHECK(atomic_load(&pair->requests.tail) == atomic_load(&pair->requests.head));
	FUZZ_CHECK(atomic_load(&pair->responses.head) == cnt);
}

/* ---- responses ----------------------------------------------------------------------------- */

/* What was written is so many RRSIG records with this owner and apex, to the last octet. */
static void records_check(const uint8_t *at, unsigned len, unsigned cnt, uint8_t apex_len)
{
	struct wire_reader r = wire_reader_init(at, len);
	for (unsigned i = 0; i < cnt; i++) {
		FUZZ_CHECK(wire_read_u16(&r) == 0xc00c);
		FUZZ_CHECK(wire_read_u16(&r) == RRTYPE_RRSIG);
		FUZZ_CHECK(wire_read_u16(&r) == RRCLASS_IN);
		wire_read_u32(&r);
		uint16_t rdlength = wire_read_u16(&r);
		FUZZ_CHECK(rdlength > 18 + apex_len);
		wire_read(&r, 18);
		const uint8_t *apex = wire_read(&r, apex_len);
		wire_read(&r, rdlength - 18U - apex_len);
		FUZZ_CHECK(wire_reader_ok(&r));
		for (unsigned k = 0; k < apex_len; k++)
			FUZZ_CHECK(apex[k] == (uint8_t)(k * 7));
	}
	FUZZ_CHECK(!wire_reader_left(&r));
}

static void response_cache(struct sigring_response resp, uint8_t apex_len)
{
	static uint8_t written[SIG_PAYLOAD_MAX + SIG_CNT_MAX * (2 + 255)];
	uint8_t apex[255];
	for (unsigned i = 0; i < sizeof(apex); i++)
		apex[i] = (uint8_t)(i * 7);
	resp.key = RESPONSE_KEY;
	resp.week = 1000;
	sigcache_set_time(f.cache, UINT64_C(1000) * SIG_WEEK_S);
	FUZZ_CHECK(!sigcache_insert(f.cache, &resp, apex_len, false));
	struct sigcache_hit hit = sigcache_find(f.cache, resp.key);
	if (!hit.entry) /* not valid at that time */
		return;
	unsigned len = sigcache_len(hit.entry, 2);
	FUZZ_CHECK(len <= sizeof(written));
	FUZZ_CHECK(sigcache_write(f.cache, hit.entry, written, 0xc00c, apex) == written + len);
	records_check(written, len, resp.sig_cnt, apex_len);
}

static void responses_read(const uint8_t *data, size_t len, uint8_t apex_len)
{
	static struct sigring_client client;
	struct sigring_pair *pair = &f.file->pair[1];
	struct sigring_response resp;
	sigring_client_init(&client, f.rings, 1);
	atomic_store(&pair->responses.head, 0);
	atomic_store(&pair->responses.tail, 0);
	sigring_client_init(&client, f.rings, 1);
	ring_put(&pair->responses, pair->response_unit[0], sizeof(pair->response_unit), data, len);
	for (unsigned cnt = 0; sigring_client_next(&client, &resp); cnt++) {
		FUZZ_CHECK(cnt < SIGRING_RESPONSE_UNITS && resp.len <= SIG_PAYLOAD_MAX);
		if (!sigring_response_check(&resp, apex_len) && resp.status == SIGN_OK)
			response_cache(resp, apex_len);
	}
	sigring_client_flush(&client);
	FUZZ_CHECK(atomic_load(&pair->responses.tail) == atomic_load(&pair->responses.head));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!f.rings)
		set_up();
	if (len < 2)
		return 0;
	if (data[0])
		responses_read(data + 2, len - 2, data[1]);
	else
		requests_read(data + 2, len - 2);
	return 0;
}
