/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * udp: questions over UDP kernel sockets, a burst at a time.
 *
 *   recvmmsg -> engine (in place) -> sendmmsg, from the address that was asked
 *
 * An answer the interface cannot take in one piece is replaced by an empty one with TC. An answer
 * the socket does not take is dropped: the client asks again, the thread never waits. A question
 * that waits for signatures is kept, with where it came from, under its place. One thread.
 */
#ifndef DATAPLANE_STREAM_UDP_H
#define DATAPLANE_STREAM_UDP_H

#include "dataplane/answer/answer.h"
#include "dataplane/stream/engine.h"
#include "zonedb/counters.h"

struct udp; /* buffers of one burst */

/* udp_size_max: octets of the largest answer; place_cnt: of questions that may wait for signatures.
 * NULL when memory is out. */
struct udp *udp_new(struct stream_engine engine, struct counters *counters, uint16_t udp_size_max,
	uint32_t place_cnt);
struct udp *udp_free(struct udp *udp);

/* Serves what waits at fd, UDP_BURSTS_MAX bursts at most. Returns the messages received. */
unsigned udp_serve(struct udp *udp, int fd);

/* Answers those of n (<= ANSWER_BURST_MAX) questions that have waited that are datagrams. */
void udp_resume(struct udp *udp, const struct sigwait_done *done, unsigned n);

/* Cuts the answer at msg down to header and question, with TC. Returns its octets. */
uint16_t udp_truncate(uint8_t *msg, uint16_t len);

#endif
