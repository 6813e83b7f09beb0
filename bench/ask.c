/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask: questions for names that do not exist, at fixed rates (open loop), and what came back.
 *
 *   ask ADDRESS SECONDS FLOW...     FLOW is APEX:RATE:NAMES
 *   ask --pcap FILE COUNT FLOW...   the same questions as frames for net_pcap, in order of time
 *
 * Each flow has a socket of its own and asks RATE questions per second, DO set, for labels below
 * APEX: NAMES different ones over and over, or new ones each time (0), new in every run. Prints a
 * JSON object per flow: {"apex":...,"sent":...,"answered":...,"failed":...,"seconds":...}; answered
 * are NOERROR and NXDOMAIN, failed all other rcodes. Frames know no time: COUNT of all flows are
 * written, and rates say in which proportion.
 *
 * What other load generators cannot do: new names without end, and several sorts of questions at
 * rates of their own, told apart in what comes back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/packet/checksum.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define FLOW_MAX    8
#define BATCH_CNT   32
#define ANSWER_LEN  512 /* octets looked at: the header would do */
#define LABEL_LEN   17	/* 'n' and 16 hexadecimal digits */
#define MSG_LEN_CAP (MSG_HEADER_LEN + 1 + LABEL_LEN + DNAME_LEN_MAX + 4 + 11)
#define DRAIN_MS    300 /* after the last question */
#define SEND_BUFFER (4 << 20)

struct flow {
	const char *text; /* of the apex */
	uint8_t apex[DNAME_LEN_MAX];
	size_t apex_len;
	uint64_t rate;	   /* per second */
	uint64_t name_cnt; /* 0: new ones */
	int fd;
	uint64_t sent, answered, failed;
};

static uint64_t seed; /* of this run */

static __attribute__((noreturn)) void die(const char *what, const char *why)
{
	fprintf(stderr, "ask: %s: %s\n", what, why);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- questions ----------------------------------------------------------------------------- */

/* A bijection (splitmix64's): different numbers, different labels. */
static uint64_t scramble(uint64_t v)
{
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

/* The i-th question of a flow; returns its octets. */
static size_t make_question(uint8_t msg[static MSG_LEN_CAP], const struct flow *flow, uint64_t i)
{
	uint64_t number = flow->name_cnt > 0 ? i % flow->name_cnt : scramble(seed + i);
	char label[LABEL_LEN + 1];
	const uint8_t header[MSG_HEADER_LEN] = {(uint8_t)(i >> 8), (uint8_t)i, [5] = 1, [11] = 1};
	const uint8_t tail[] = {0, RRTYPE_A, 0, 1, 0, 0, RRTYPE_OPT, 4, 208, 0, 0, 0x80, 0, 0, 0};
	snprintf(label, sizeof(label), "n%016" PRIx64, number);
	struct wire_writer w = wire_writer_init(msg, MSG_LEN_CAP);
	wire_write(&w, header, sizeof(header));
	wire_write_u8(&w, LABEL_LEN);
	wire_write(&w, label, LABEL_LEN);
	wire_write(&w, flow->apex, flow->apex_len);
	wire_write(&w, tail, sizeof(tail));
	return wire_writer_len(&w);
}

/* ---- sockets ------------------------------------------------------------------------------- */

static void send_batch(struct flow *flow, unsigned cnt)
{
	static uint8_t msg[BATCH_CNT][MSG_LEN_CAP];
	struct iovec iov[BATCH_CNT];
	struct mmsghdr head[BATCH_CNT] = {0};
	for (unsigned i = 0; i < cnt; i++) {
		iov[i].iov_base = msg[i];
		iov[i].iov_len = make_question(msg[i], flow, flow->sent + i);
		head[i].msg_hdr.msg_iov = &iov[i];
		head[i].msg_hdr.msg_iovlen = 1;
	}
	/* what is not taken is lost: the names are not asked for again */
	(void)!sendmmsg(flow->fd, head, cnt, 0);
	flow->sent += cnt;
}

static void take_answers(struct flow *flow)
{
	static uint8_t answer[BATCH_CNT][ANSWER_LEN];
	struct iovec iov[BATCH_CNT];
	struct mmsghdr head[BATCH_CNT] = {0};
	for (unsigned i = 0; i < BATCH_CNT; i++) {
		iov[i] = (struct iovec){answer[i], ANSWER_LEN};
		head[i].msg_hdr.msg_iov = &iov[i];
		head[i].msg_hdr.msg_iovlen = 1;
	}
	int cnt = recvmmsg(flow->fd, head, BATCH_CNT, MSG_DONTWAIT, NULL);
	for (int i = 0; i < cnt; i++) {
		unsigned rcode = answer[i][3] & 0xf;
		*(rcode == 0 || rcode == 3 ? &flow->answered : &flow->failed) += 1;
	}
}

/* Asks what is due since start. */
static void serve_flow(struct flow *flow, uint64_t passed_ns)
{
	uint64_t due = (uint64_t)((double)passed_ns / 1e9 * (double)flow->rate);
	for (unsigned rounds = 0; flow->sent < due && rounds < 8; rounds++) {
		uint64_t left = due - flow->sent;
		send_batch(flow, left < BATCH_CNT ? (unsigned)left : BATCH_CNT);
		take_answers(flow);
	}
	take_answers(flow);
}

static void open_flow(struct flow *flow, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	int len = SEND_BUFFER;
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address, "no IPv4 address");
	flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (flow->fd < 0 || connect(flow->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die(address, strerror(errno));
	setsockopt(flow->fd, SOL_SOCKET, SO_SNDBUFFORCE, &len, sizeof(len));
	setsockopt(flow->fd, SOL_SOCKET, SO_RCVBUFFORCE, &len, sizeof(len));
}

/* ---- runs ---------------------------------------------------------------------------------- */

static void run(struct flow *flow, unsigned cnt, double seconds)
{
	const struct timespec nap = {.tv_nsec = 50000};
	uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
	for (uint64_t now = start; now < end; now = now_ns()) {
		for (unsigned i = 0; i < cnt; i++)
			serve_flow(&flow[i], now - start);
		nanosleep(&nap, NULL);
	}
	for (end = now_ns() + DRAIN_MS * UINT64_C(1000000); now_ns() < end; nanosleep(&nap, NULL))
		for (unsigned i = 0; i < cnt; i++)
			take_answers(&flow[i]);
}

static void set_apex(struct flow *flow, const char *text)
{
	int len = dname_from_text(flow->apex, text);
	if (len < 0)
		die(text, "no domain name");
	flow->text = text;
	flow->apex_len = (size_t)len;
}

/* APEX:RATE:NAMES */
static void parse_flow(struct flow *flow, char *text)
{
	char *rate = strchr(text, ':'), *names = rate != NULL ? strchr(rate + 1, ':') : NULL;
	if (names == NULL)
		die(text, "must be APEX:RATE:NAMES");
	*rate = *names = '\0';
	flow->rate = strtoull(rate + 1, NULL, 10);
	flow->name_cnt = strtoull(names + 1, NULL, 10);
	set_apex(flow, text);
}

static void print_flow(const struct flow *flow, double seconds)
{
	printf("{\"apex\":\"%s\",\"sent\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"failed\":%" PRIu64
	       ",\"seconds\":%.3f}\n",
		flow->text, flow->sent, flow->answered, flow->failed, seconds);
}

static int ask(const char *address, double seconds, struct flow *flow, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++)
		open_flow(&flow[i], address);
	run(flow, cnt, seconds);
	for (unsigned i = 0; i < cnt; i++)
		print_flow(&flow[i], seconds);
	return 0;
}

/* ---- frames -------------------------------------------------------------------------------- */

#define FRAME_HEAD_LEN 42 /* Ethernet, IPv4, UDP */

/* Heads of a frame to 192.0.2.53 from one of 64 k ports; no UDP checksum (RFC 768 allows that). */
static void put_heads(uint8_t *frame, size_t msg_len, uint64_t i)
{
	static const uint8_t heads[FRAME_HEAD_LEN] = {2, 'p', 'c', 'a', 'p', 0, 2, 0, 192, 0, 2, 1,
		8, 0, 0x45, [22] = 64, 17, 0, 0, 198, 51, 100, 7, 192, 0, 2, 53, [37] = 53};
	memcpy(frame, heads, sizeof(heads));
	wire_put_u16(frame + 16, (uint16_t)(28 + msg_len));
	uint16_t sum = (uint16_t)~checksum_fold(checksum_words(frame + 14, 20));
	memcpy(frame + 24, &sum, sizeof(sum));
	wire_put_u16(frame + 34, (uint16_t)(1024 + i % 60000));
	wire_put_u16(frame + 38, (uint16_t)(8 + msg_len));
}

static void write_frame(FILE *out, struct flow *flow)
{
	uint8_t frame[FRAME_HEAD_LEN + MSG_LEN_CAP];
	uint64_t i = flow->sent++;
	size_t len = make_question(frame + FRAME_HEAD_LEN, flow, i);
	uint32_t frame_len = (uint32_t)(FRAME_HEAD_LEN + len);
	const uint32_t record[] = {0, 0, frame_len, frame_len};
	put_heads(frame, len, i);
	fwrite(record, sizeof(record), 1, out);
	fwrite(frame, frame_len, 1, out);
}

/* The flow whose next question is due first. */
static struct flow *next_flow(struct flow *flow, unsigned cnt)
{
	struct flow *first = flow;
	for (unsigned i = 1; i < cnt; i++)
		if ((flow[i].sent + 1) * first->rate < (first->sent + 1) * flow[i].rate)
			first = &flow[i];
	return first;
}

static int write_pcap(const char *path, uint64_t frame_cnt, struct flow *flow, unsigned cnt)
{
	static const uint32_t head[] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1};
	FILE *out = fopen(path, "we");
	if (out == NULL || fwrite(head, sizeof(head), 1, out) != 1)
		die(path, strerror(errno));
	for (uint64_t i = 0; i < frame_cnt; i++)
		write_frame(out, next_flow(flow, cnt));
	if (ferror(out) | fclose(out))
		die(path, "cannot be written");
	return 0;
}

int main(int argc, char **argv)
{
	struct flow flow[FLOW_MAX] = {0};
	bool pcap = argc > 1 && strcmp(argv[1], "--pcap") == 0;
	int first = pcap ? 4 : 3;
	seed = now_ns();
	if (argc <= first || argc > first + FLOW_MAX)
		die("usage", "ADDRESS SECONDS APEX:RATE:NAMES... or --pcap FILE COUNT "
			     "APEX:RATE:NAMES...");
	unsigned cnt = (unsigned)(argc - first);
	for (unsigned i = 0; i < cnt; i++)
		parse_flow(&flow[i], argv[first + (int)i]);
	if (pcap)
		return write_pcap(argv[2], strtoull(argv[3], NULL, 10), flow, cnt);
	return ask(argv[1], atof(argv[2]), flow, cnt);
}
