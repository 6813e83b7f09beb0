/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * replay: the packet path over frames from a file, without control, root or hugepages.
 *
 *   replay IN.pcap OUT.pcap [refuses]
 *
 * Publishes the zones of tests/unit/answer_fixture.h, the live ones with a signer in a thread of
 * its own (tests/unit/live_fixture.h; refuses: one that signs nothing), and "big.test." (one RRset
 * larger than an answer may be), answers every frame of IN to OUT, ends when IN is read, and prints
 * the worker's counters, "NAME VALUE" a line. Everything from the port on is what ensign-dataplane
 * runs.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/packet/packet.h"
#include "tests/unit/live_fixture.h"
#include "tests/unit/zone_fixture.h"

#define IDLE_POLLS_MAX 64 /* net_pcap never finds nothing before its end; this is to spare */

static void fail(const char *what, const char *cause)
{
	fprintf(stderr, "replay: %s: %s\n", what, cause);
	exit(EXIT_FAILURE);
}

static void publish_big(struct answer_fixture *f)
{
	char text[8192] = "@ 3600 SOA ns host 1 7200 3600 1209600 300\n@ 3600 NS ns\n";
	struct zone zone;
	size_t used = strlen(text);
	for (int i = 0; i < 40; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"big 3600 TXT number-%02d-of-forty-texts-of-the-same-length-that-fill-it\n",
			i);
	fixture_zone(&zone, "big.test.", text);
	answer_fixture_publish(f, &zone);
	zone_deinit(&zone);
}

static void settings_make(struct settings *s, const char *in, const char *out)
{
	char text[2048], err[512];
	int len = snprintf(text, sizeof(text),
		"dataplane-ports=net_pcap0,rx_pcap=%s,tx_pcap=%s\n"
		"dataplane-address=192.0.2.53, 2001:db8::53\n"
		"dataplane-eal=--no-huge -m 64\n"
		"dataplane-mbufs=2048\n",
		in, out);
	if (len < 0 || len >= (int)sizeof(text))
		fail("settings", "paths are too long");
	if (settings_parse(s, text, (size_t)len, "replay", err))
		fail("settings", err);
}

static int print_slot(void *ctx, const struct publish_slot_info *info)
{
	for (unsigned i = 0; i < COUNTER_CNT; i++)
		printf("%s %lu\n", counter_info[i].name,
			(unsigned long)counter_get(info->counters, i));
	return 0;
}

static int stop; /* the signer's thread */

static void *sign(void *fixture)
{
	const struct timespec nap = {.tv_nsec = 50000};
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		live_fixture_sign(fixture);
		nanosleep(&nap, NULL);
	}
	return NULL;
}

static void run(const struct settings *s, struct live_fixture *live)
{
	char err[PACKET_ERR_LEN] = "";
	struct answer_fixture *f = &live->answer;
	pthread_t signer;
	const struct packet_config cfg = {
		.settings = s,
		.answer = f->cfg,
		.reader = f->reader,
		.sigs = {live->rings, &live->clock, UINT64_C(1) << 20, 256},
		.idle_polls_max = IDLE_POLLS_MAX,
	};
	struct packet *packet = packet_new(&cfg, err);
	if (!packet || packet_start(packet, err))
		fail("packet", err);
	if (pthread_create(&signer, NULL, sign, live))
		fail("pthread_create", "signer");
	packet_join(packet);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(signer, NULL);
	publish_reader_each_slot(f->reader, print_slot, NULL);
	packet_free(packet);
}

int main(int argc, char **argv)
{
	static struct live_fixture live;
	struct answer_fixture *f = &live.answer;
	struct settings settings;
	if (argc < 3)
		fail("usage", "replay IN.pcap OUT.pcap [refuses]");
	settings_make(&settings, argv[1], argv[2]);
	live_fixture_init(&live);
	if (argc > 3)
		live.signer = LIVE_SIGNER_REFUSES;
	answer_fixture_zones(f);
	answer_fixture_live_zones(f);
	publish_big(f);
	answer_fixture_start(f);
	run(&settings, &live);
	answer_fixture_deinit(f);
	sigring_close(live.rings);
	settings_deinit(&settings);
	return EXIT_SUCCESS;
}
