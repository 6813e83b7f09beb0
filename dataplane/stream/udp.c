/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "zonedb/limits.h"

union udp_control {
	struct cmsghdr align;
	char in[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char in6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* A question that waits for signatures. */
struct udp_parked {
	bool used;
	uint8_t round;
	uint16_t msg_len;
	int fd;
	socklen_t peer_len;
	uint32_t control_len;
	struct sockaddr_storage peer;
	union udp_control control;
	uint8_t msg[ANSWER_PARKED_LEN_MAX];
};

struct udp {
	struct stream_engine engine;
	struct counters *counters;
	struct udp_parked *parked; /* by place; those of TCP are not .used */
	uint32_t buffer_len;	   /* octets of each message buffer */
	struct mmsghdr in[ANSWER_BURST_MAX];
	struct mmsghdr out[ANSWER_BURST_MAX]; /* of those that are answered */
	struct iovec iov[ANSWER_BURST_MAX];
	struct sockaddr_storage peer[ANSWER_BURST_MAX];
	union udp_control control[ANSWER_BURST_MAX];
	struct answer_job job[ANSWER_BURST_MAX];
	uint8_t buffer[]; /* ANSWER_BURST_MAX of buffer_len */
};

struct udp *udp_new(struct stream_engine engine, struct counters *counters, uint16_t udp_size_max,
	uint32_t place_cnt)
{
	uint32_t buffer_len = udp_size_max > UDP_QUERY_MAX ? udp_size_max : UDP_QUERY_MAX;
	struct udp *udp = calloc(1, sizeof(*udp) + (size_t)buffer_len * ANSWER_BURST_MAX);
	if (!udp)
		return NULL;
	udp->engine = engine;
	udp->counters = counters;
	udp->buffer_len = buffer_len;
	udp->parked = calloc(SIGWAIT_NUMBER_CNT(place_cnt) + 1,
		sizeof(*udp->parked)); /* touched where it is used */
	return udp->parked ? udp : udp_free(udp);
}

struct udp *udp_free(struct udp *udp)
{
	if (udp)
		free(udp->parked);
	free(udp);
	return NULL;
}

uint16_t udp_truncate(uint8_t *msg, uint16_t len)
{
	uint32_t end = MSG_HEADER_LEN;
	while (end < len && msg[end])
		end += 1U + msg[end];
	end += 1 + 4; /* root label, type, class */
	if (end > len || !(msg[4] | msg[5]))
		end = MSG_HEADER_LEN;
	msg[2] |= 0x02;		   /* TC */
	memset(msg + 6, 0, 3 * 2); /* answer, authority and additional counts */
	msg[5] = end > MSG_HEADER_LEN;
	return (uint16_t)end;
}

/* Hands a buffer to recvmmsg anew; the kernel has overwritten the lengths. */
static void slot_reset(struct udp *udp, unsigned i)
{
	udp->iov[i].iov_base = udp->buffer + (size_t)i * udp->buffer_len;
	udp->iov[i].iov_len = UDP_QUERY_MAX;
	udp->in[i].msg_hdr = (struct msghdr){
		.msg_name = &udp->peer[i],
		.msg_namelen = sizeof(udp->peer[i]),
		.msg_iov = &udp->iov[i],
		.msg_iovlen = 1,
		.msg_control = &udp->control[i],
		.msg_controllen = sizeof(udp->control[i]),
	};
}

/* Makes what came with a question fit to be sent with its answer: source address as asked, way out
 * by the routing table, but where the address means nothing without its interface. */
static void control_reply(struct msghdr *hdr)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
	if (!c) {
		hdr->msg_controllen = 0;
	} else if (c->cmsg_level == IPPROTO_IP) {
		((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
	} else {
		struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);
		if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
			info->ipi6_ifindex = 0;
	}
}

static void jobs_fill(struct udp *udp, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		udp->job[i] = (struct answer_job){
			.msg = udp->iov[i].iov_base,
			.msg_len = (uint16_t)udp->in[i].msg_len,
			.out_cap = (uint16_t)udp->buffer_len,
		};
}

/* Gathers the answers in out[]; returns how many. */
static unsigned replies_gather(struct udp *udp, unsigned n)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < n; i++) {
		if (udp->job[i].verdict != ANSWER_SEND)
			continue;
		struct mmsghdr *out = &udp->out[cnt++];
		out->msg_hdr = udp->in[i].msg_hdr;
		out->msg_hdr.msg_flags = 0;
		udp->iov[i].iov_len = udp->job[i].out_len;
		control_reply(&out->msg_hdr);
	}
	return cnt;
}

/* The socket did not take out: tries again without what may be to blame. */
static bool reply_retry(int fd, struct msghdr *hdr)
{
	if (errno != EMSGSIZE)
		return false;
	struct iovec *iov = hdr->msg_iov;
	iov->iov_len = udp_truncate(iov->iov_base, (uint16_t)iov->iov_len);
	return sendmsg(fd, hdr, MSG_DONTWAIT) >= 0;
}

static void replies_send(struct udp *udp, int fd, unsigned n)
{
	for (unsigned sent = 0; sent < n;) {
		int done = sendmmsg(fd, udp->out + sent, n - sent, MSG_DONTWAIT);
		if (done > 0) {
			sent += (unsigned)done;
			continue;
		}
		if (errno == EINTR)
			continue;
		/* The first of the rest cannot be sent (its peer's address is unusable, or the
		 * socket is full); the others are still worth trying. */
		if (!reply_retry(fd, &udp->out[sent].msg_hdr))
			counter_add(udp->counters, COUNTER_TX_FULL, 1);
		sent++;
	}
}

/* ---- questions that wait --------------------------------------------------------------------- */

static void question_park(struct udp *udp, int fd, unsigned i)
{
	const struct answer_job *job = &udp->job[i];
	const struct msghdr *hdr = &udp->in[i].msg_hdr;
	struct udp_parked *p = &udp->parked[job->place];
	p->used = true;
	p->round = job->round;
	p->msg_len = job->msg_len;
	p->fd = fd;
	p->peer_len = hdr->msg_namelen;
	p->control_len = (uint32_t)hdr->msg_controllen;
	p->peer = udp->peer[i];
	p->control = udp->control[i];
	memcpy(p->msg, job->msg, job->msg_len);
}

/* Puts a question that has waited into slot i, as if it had just come. */
static void question_load(struct udp *udp, unsigned i, struct udp_parked *p)
{
	slot_reset(udp, i);
	udp->peer[i] = p->peer;
	udp->control[i] = p->control;
	udp->in[i].msg_hdr.msg_namelen = p->peer_len;
	udp->in[i].msg_hdr.msg_controllen = p->control_len;
	memcpy(udp->iov[i].iov_base, p->msg, p->msg_len);
	udp->job[i] = (struct answer_job){
		.msg = udp->iov[i].iov_base,
		.msg_len = p->msg_len,
		.out_cap = (uint16_t)udp->buffer_len,
		.round = (uint8_t)(p->round + 1),
	};
	p->used = false;
}

/* The first n jobs have been through the engine. */
static void jobs_settle(struct udp *udp, int fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (udp->job[i].verdict == ANSWER_PARKED)
			question_park(udp, fd, i);
	replies_send(udp, fd, replies_gather(udp, n));
}

static void jobs_answer(struct udp *udp, int fd, unsigned n, enum sigwait_outcome outcome)
{
	if (outcome == SIGWAIT_READY)
		udp->engine.burst(udp->engine.ctx, udp->job, n);
	else
		for (unsigned i = 0; i < n; i++)
			udp->engine.unsign(udp->engine.ctx, &udp->job[i], outcome);
	jobs_settle(udp, fd, n);
}

void udp_resume(struct udp *udp, const struct sigwait_done *done, unsigned n)
{
	unsigned cnt = 0;
	int fd = -1;
	enum sigwait_outcome outcome = SIGWAIT_READY;
	for (unsigned i = 0; i < n; i++) {
		struct udp_parked *p = &udp->parked[done[i].place];
		if (!p->used)
			continue;
		if (cnt && (p->fd != fd || done[i].outcome != outcome)) {
			jobs_answer(udp, fd, cnt, outcome);
			cnt = 0;
		}
		fd = p->fd;
		outcome = done[i].outcome;
		question_load(udp, cnt++, p);
	}
	if (cnt)
		jobs_answer(udp, fd, cnt, outcome);
}

unsigned udp_serve(struct udp *udp, int fd)
{
	unsigned total = 0;
	for (unsigned round = 0; round < UDP_BURSTS_MAX; round++) {
		for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
			slot_reset(udp, i);
		int n = recvmmsg(fd, udp->in, ANSWER_BURST_MAX, MSG_DONTWAIT, NULL);
		if (n <= 0)
			break;
		jobs_fill(udp, (unsigned)n);
		jobs_answer(udp, fd, (unsigned)n, SIGWAIT_READY);
		total += (unsigned)n;
		if (n < ANSWER_BURST_MAX)
			break;
	}
	return total;
}
