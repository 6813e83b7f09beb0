/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * worker: the poll loop of one core.
 *
 * A worker's memory is its own: nothing here is shared but *served and *stop, which it only reads,
 * and its reader slot (zonedb/publish.h), of which it is the single writer. On the path from
 * receive to send there is no lock, allocation, system call or log, the port drivers' own doings
 * excepted (tests/check_hot_path holds the objects to it).
 *
 * Questions about live zones that lack signatures stay in their buffers, which the port does
 * without meanwhile; they are answered in bursts of their own when the signatures have come.
 */
#ifndef DATAPLANE_PACKET_WORKER_H
#define DATAPLANE_PACKET_WORKER_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/answer/answer.h"
#include "dataplane/packet/eal.h"
#include "dataplane/packet/frame.h"
#include "dataplane/sigcache/sigthread.h"
#include "zonedb/publish.h"

#define WORKER_QUEUE_MAX (EAL_DEVICE_MAX * 2) /* a queue of every port, and of its punt port */
#define WORKER_NO_PORT	 UINT16_MAX

/* One queue the worker polls. */
struct worker_queue {
	uint16_t port;
	uint16_t queue;
	uint16_t punt_port;   /* takes what is not a question, on the same queue number; or none */
	uint16_t from_kernel; /* this is a punt port: all it gives goes out by this port; or none */
	uint16_t mtu;
	uint8_t tx_offload; /* enum frame_offload of the port */
};

/* A question that waits for signatures, in the buffer it came in. */
struct worker_parked {
	struct rte_mbuf *mbuf;
	struct frame frame;
	uint16_t msg_len;
	uint8_t queue; /* of the worker's, by which it came and its answer goes */
	uint8_t round;
};

struct worker {
	const struct frame_served *served;
	const int *stop; /* non-zero ends the loop; written by packet_stop */
	struct answer *answer;
	struct publish_slot *slot;
	struct counters *counters;
	struct sigthread sigs;
	unsigned rounds_since_poll;   /* of sigs, full ones */
	struct worker_parked *parked; /* by number: SIGWAIT_NUMBER_CNT() */
	uint32_t idle_polls_max;      /* 0 = no end */
	unsigned queue_cnt;
	struct worker_queue queue[WORKER_QUEUE_MAX];
};

/* Runs until *stop, or idle_polls_max rounds in a row that received nothing and had nobody waiting
 * for signatures. */
void worker_run(struct worker *w);

#endif
