/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signer_bench: what the signer makes of requests, through the rings, beside OpenSSL alone.
 *
 *   signer_bench DIR [SECONDS [BURST]]
 *
 * DIR: an empty directory to publish a zone in. One thread asks as a data plane would, the same
 * thread by turns serves as a signer's would, so that a figure is what one core makes of it: asking
 * and taking costs the signer less than that on another core. Prints one JSON object per line:
 *
 *   {"case":"openssl","per_s":...}     EVP_PKEY_sign() with a P-256 key, as openssl speed
 *   {"case":"new-names",...}           narrow covers of names never seen, without prepared pairs
 *   {"case":"burst",...}               the same from a full pool of BURST pairs
 *   {"case":"rrset",...}               one RRset over and over, from a full pool
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/dnssec/chain.h"
#include "control/dnssec/sign.h"
#include "control/signer/link.h"
#include "control/signer/serve.h"
#include "zonedb/image_build.h"
#include "zonedb/publish.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone_finish.h"

#define SECONDS_DEFAULT 3
#define BURST_DEFAULT	100000
#define WINDOW		32 /* requests under way */

static const uint8_t apex[] = "\7example";

struct bench {
	struct publish_writer *writer;
	struct publish_reader *reader;
	struct publish_slot *slot;
	struct sigring *rings;
	struct sigring_client client;
	struct keytab *keytab;
	struct serve *serve;
	struct keyset keys;
	uint64_t live_id[2];
	uint64_t asked;
	uint64_t failed;
	uint32_t week;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "signer_bench: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t now_s(void)
{
	return (uint64_t)time(NULL);
}

static void print(const char *name, uint64_t cnt, double seconds, double openssl)
{
	double per_s = (double)cnt / seconds;
	printf("{\"case\":\"%s\",\"count\":%" PRIu64
	       ",\"per_s\":%.0f,\"us\":%.2f,\"ratio\":%.2f}\n",
		name, cnt, per_s, 1e6 / per_s, openssl > 0 ? per_s / openssl : 1.0);
	fflush(stdout);
}

/* ---- OpenSSL alone -----------------------------------------------------------------------------
 */

static double bench_openssl(const struct bench *b, double seconds)
{
	uint8_t digest[32] = {1}, sig[128];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(b->keys.key[0].pkey, NULL);
	uint64_t cnt = 0;
	double begin = now(), end;
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1)
		die("OpenSSL does not sign");
	do {
		for (unsigned i = 0; i < 100; i++, cnt++) {
			size_t len = sizeof(sig);
			if (EVP_PKEY_sign(ctx, sig, &len, digest, sizeof(digest)) != 1)
				die("OpenSSL does not sign");
		}
		end = now();
	} while (end - begin < seconds);
	EVP_PKEY_CTX_free(ctx);
	print("openssl", cnt, end - begin, 0);
	return (double)cnt / (end - begin);
}

/* ---- a zone
 * -------------------------------------------------------------------------------------- */

static void add(struct zone *zone, uint16_t type, const char *rdata, size_t len)
{
	if (zone_add_rr(zone, apex, type, 3600, (const uint8_t *)rdata, len) != ZONE_ADD_DONE)
		die("no zone");
}

static void make_zone(struct bench *b, struct zone *zone)
{
	static const char soa[] = "\1a\0\1b\0\0\0\0\1\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0",
			  ns[] = "\1a";
	char err[256] = "";
	struct zone_policy policy = {.nsec3 = true, .narrow = true};
	const struct dnssec_options opt = {.keys = &b->keys, .policy = &policy, .thread_cnt = 1};
	zone_init(zone, apex);
	add(zone, RRTYPE_SOA, soa, sizeof(soa) - 1);
	add(zone, RRTYPE_NS, ns, sizeof(ns));
	if (zone_finish(zone, err) != 0 || dnssec_apex_records(zone, &opt, err) != 0 ||
		dnssec_chain_narrow(zone, &policy.nsec3_param, 1, err) != 0)
		die(err);
	zone->flags |= IMAGE_LIVE;
	zone->live_id[0] = b->live_id[0];
	zone->live_id[1] = b->live_id[1];
	zone->live_sig_len = 100;
}

static void publish(struct bench *b)
{
	struct zone zone;
	char err[256];
	make_zone(b, &zone);
	struct image_build *build = image_build_new(&zone, publish_writer_seed(b->writer), err);
	void *image = build ? publish_alloc(b->writer, image_build_size(build)) : NULL;
	if (image == NULL)
		die("no image");
	image_build_write(build, image);
	image_build_free(build);
	zone_deinit(&zone);
	if (publish_commit(b->writer, image, err) != 0)
		die(err);
}

/* ---- the signer
 * ---------------------------------------------------------------------------------- */

static void open_memory(struct bench *b, const char *dir)
{
	char err[256];
	struct publish_attach found;
	const struct publish_options opt = {.dir = dir,
		.size_max = 64 << 20,
		.reader_uid = UINT32_MAX,
		.reader_gid = UINT32_MAX};
	b->writer = publish_writer_new(&opt, &found, err);
	int fd = b->writer ? sigring_create(dir, UINT32_MAX, UINT32_MAX, err) : -1;
	b->rings = fd >= 0 ? sigring_map(fd, err) : NULL;
	b->reader = b->rings ? publish_reader_new(dir, err) : NULL;
	if (b->reader == NULL)
		die(err);
	b->slot = publish_slot_take(b->reader, "bench");
	publish_offline(b->slot);
	sigring_client_init(&b->client, b->rings, publish_slot_idx(b->slot));
}

static void give_keys(struct bench *b)
{
	struct protocol_message msg;
	size_t len;
	const struct signer_key_set set = {
		.apex = apex, .live_id = {b->live_id[0], b->live_id[1]}, .keys = &b->keys};
	uint8_t *frame = protocol_set(&len, ORDER_SET, &set);
	if (frame == NULL ||
		protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN) < 0 ||
		keytab_put(b->keytab, &msg) != VERDICT_DONE)
		die("keys are refused");
	key_secret_free(frame);
}

static void start(struct bench *b, uint32_t pool_size)
{
	char err[256];
	const struct serve_options opt = {
		.reader = b->reader,
		.rings = b->rings,
		.keytab = b->keytab,
		.now_s = now_s,
		.thread_cnt = 1,
		.pool_size = pool_size,
	};
	serve_free(b->serve);
	b->serve = serve_new(&opt, 0, err);
	if (b->serve == NULL)
		die(err);
	serve_round(b->serve);
	while (serve_prepare(b->serve))
		;
}

/* ---- asking
 * -------------------------------------------------------------------------------------- */

/* A next closer name nobody has asked for. */
static uint8_t new_name(const struct bench *b, uint8_t name[static DNAME_LEN_MAX])
{
	int len = snprintf((char *)name + 1, 32, "n%" PRIx64, b->asked);
	name[0] = (uint8_t)len;
	memcpy(name + 1 + len, apex, sizeof(apex));
	return (uint8_t)(1 + (unsigned)len + sizeof(apex));
}

static bool ask(struct bench *b, enum sign_kind kind)
{
	uint8_t name[DNAME_LEN_MAX];
	struct sigring_request req = {
		.ticket = b->asked,
		.week = b->week,
		.kind = (uint8_t)kind,
		.apex = apex,
		.apex_len = sizeof(apex),
		.name = apex,
		.name_len = sizeof(apex),
	};
	if (kind == SIGN_RRSET) {
		req.type = RRTYPE_SOA;
	} else {
		req.name_len = new_name(b, name);
		req.name = name;
	}
	if (sigring_client_ask(&b->client, &req) != 0)
		return false;
	b->asked++;
	return true;
}

/* cnt requests, or as many as seconds allow. */
static uint64_t run(struct bench *b, enum sign_kind kind, uint64_t cnt, double seconds)
{
	struct sigring_response resp;
	uint64_t sent = 0, done = 0;
	double end = now() + seconds;
	while (done < cnt && (done % 1024 != 0 || now() < end)) {
		while (sent < cnt && sent - done < WINDOW && ask(b, kind))
			sent++;
		sigring_client_flush(&b->client);
		serve_round(b->serve);
		while (sigring_client_next(&b->client, &resp)) {
			b->failed += resp.status != SIGN_OK;
			done++;
		}
	}
	while (sent > done && sigring_client_next(&b->client, &resp))
		done++;
	return done;
}

static void bench_case(struct bench *b, const char *name, enum sign_kind kind, uint32_t pool_size,
	double seconds, double openssl)
{
	start(b, pool_size);
	double begin = now();
	uint64_t cnt = run(b, kind, pool_size > 0 ? pool_size : UINT64_MAX, seconds);
	print(name, cnt, now() - begin, openssl);
	if (b->failed > 0)
		die("requests were refused");
}

int main(int argc, char **argv)
{
	static struct bench b = {.live_id = {1, 2}};
	char err[256];
	struct key key = {0};
	if (argc < 2)
		die("usage: signer_bench DIR [SECONDS [BURST]]");
	double seconds = argc > 2 ? strtod(argv[2], NULL) : SECONDS_DEFAULT;
	uint32_t burst = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : BURST_DEFAULT;
	if (key_generate(&key, key_algorithm(13), KEY_FLAGS_SEP, 0, err) < 0)
		die(err);
	key.active = key.published = true;
	if (keyset_add(&b.keys, &key) < 0)
		die("out of memory");
	keyset_assign_roles(&b.keys, true);
	b.week = sig_week(now_s());
	open_memory(&b, argv[1]);
	publish(&b);
	b.keytab = keytab_new();
	give_keys(&b);
	double openssl = bench_openssl(&b, seconds);
	bench_case(&b, "new-names", SIGN_NARROW_COVER, 0, seconds, openssl);
	bench_case(&b, "burst", SIGN_NARROW_COVER, burst, seconds, openssl);
	bench_case(&b, "rrset", SIGN_RRSET, burst, seconds, openssl);
	return 0;
}
