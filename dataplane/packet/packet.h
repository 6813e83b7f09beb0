/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * packet: DNS over UDP straight from NIC queues. Owns DPDK: no other module includes its headers.
 *
 *   port 0 queue 0 --+
 *   port 1 queue 0 --+--> worker 0 (core a):  rx burst -> frame_classify -> answer_burst
 *                                                      -> frame_reply -> tx burst -> quiesce
 *   port 0 queue 1 -----> worker 1 (core b):  the same, nothing shared
 *
 * Run to completion: a frame is answered in its own buffer by the worker that received it. Workers
 * share nothing but the published zones (zonedb/publish.h); each has its reader slot, its counters
 * and its engine state. A port that offers several queues gets one per worker, spread by RSS; the
 * single queue of any other port goes to the workers in turn.
 *
 * What is not a question for us stays with the kernel where the kernel can have it:
 *   net_af_xdp     the XDP program (dataplane/xdp) redirects only DNS/UDP to served addresses;
 *                  everything else never leaves the kernel.
 *   net_af_packet  the kernel has its own copy of every frame, so nothing is handed on. It has a
 *                  copy of the questions as well: a firewall rule must drop UDP to the DNS port of
 *                  the served addresses there (scripts/lab shows it), or the kernel answers too.
 *   PCI, others    DPDK owns the port. With a punt port (dataplane-punt: a net_tap vdev) frames go
 *                  to the kernel by that interface and come back by it; without one they are
 *                  dropped, one counter per reason (zonedb/counters.h).
 * On virtual links (veth, tap) the sender's kernel leaves checksums to hardware that is not there,
 * unless told otherwise (ethtool -K IFACE tx off): its questions count as drop-bad-udp.
 *
 * Life: packet_new (root: EAL, ports, XDP; needs hugepages unless --no-huge is among
 * dataplane-eal) -> the caller drops privileges -> packet_start -> packet_stop -> packet_join ->
 * packet_free. One struct packet per process (EAL can be initialised once). All of these are called
 * from one thread, the one that called packet_new; packet_stop also from others and from signal
 * handlers.
 *
 * Cores: workers are pinned to dataplane-cores. The calling thread, and so every thread it starts
 * later, is moved to the other cores it is allowed on, if there are any.
 */
#ifndef DATAPLANE_PACKET_PACKET_H
#define DATAPLANE_PACKET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/answer/answer.h"
#include "dataplane/sigcache/sigthread.h"
#include "zonedb/publish.h"
#include "zonedb/settings.h"

#define PACKET_ERR_LEN 512

struct packet_config {
	/* dataplane_ports, _cores, _address (else local_address), _eal, _mbufs, _punt, local_port
	 * are used; must outlive the struct packet. */
	const struct settings *settings;
	/* Engine settings; udp_size_max is lowered per port to what fits its MTU. */
	struct answer_config answer;
	struct publish_reader *reader; /* outlives the struct packet */
	/* Live zones. Of place_cnt, each worker gets no more than leaves three quarters of a port's
	 * buffers to it. */
	struct sigthread_config sigs;
	/* Workers return after this many receive calls in a row that found nothing, for ports that
	 * come to an end (net_pcap); 0 = they run until packet_stop. */
	uint32_t idle_polls_max;
};

struct packet;

/* Initialises EAL and brings the configured ports up; nothing is answered yet. Returns NULL with
 * err saying what to do about it. */
struct packet *packet_new(const struct packet_config *cfg, char err[static PACKET_ERR_LEN]);

/* Starts one worker per core: each takes a reader slot named "worker0", "worker1"... Returns 0, or
 * -1 with err. */
int packet_start(struct packet *packet, char err[static PACKET_ERR_LEN])
	__attribute__((warn_unused_result));

/* Asks the workers to return; they do within one burst. Async-signal-safe. */
void packet_stop(struct packet *packet);

/* What the workers leave to others: memory of their signature caches. A few times a second, while
 * they run. */
void packet_tick(struct packet *packet);

/* Waits until all workers have returned. Their counters can be read until packet_free, which gives
 * the reader slots back. */
void packet_join(struct packet *packet);

/* Closes the ports. The workers have been joined or never started; the reader is still attached.
 * NULL is fine; returns NULL. */
struct packet *packet_free(struct packet *packet);

/* Workers that packet_start runs; for messages. */
unsigned packet_worker_cnt(const struct packet *packet);

#endif
