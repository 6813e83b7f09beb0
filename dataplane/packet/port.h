/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * port: one DPDK port, brought up with one receive and one send queue per worker that polls it.
 *
 * Queues: devices whose queue count the operator sets in their arguments (af_xdp, af_packet, pcap,
 * ring) are polled in full, or frames would be lost in the queues left out; others get as many
 * queues as there are workers, spread by RSS. Queue q sends what queue q received.
 *
 * Buffers: one pool per port, on the port's NUMA node.
 */
#ifndef DATAPLANE_PACKET_PORT_H
#define DATAPLANE_PACKET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include "dataplane/packet/eal.h"

struct port {
	char name[64];
	uint16_t id; /* DPDK's */
	uint16_t queue_cnt;
	uint16_t mtu;
	unsigned tx_offload; /* enum frame_offload the port does when sending */
	struct rte_mempool *pool;
	bool up;
};

struct port_options {
	unsigned queue_cnt_max; /* workers */
	unsigned mbuf_cnt;
	/* Punt ports: as the port they serve. */
	uint16_t queue_cnt; /* exactly; 0 = by the rule above */
	uint16_t mtu;	    /* 0 = leave */
	const uint8_t *mac; /* NULL = leave */
	bool shared;	    /* frames of other pools are sent through it */
};

/* Brings up the port that eal_start has made of device. 0, or -1 with err; then port_deinit is
 * still due. */
int port_init(struct port *port, const struct eal_device *device, const struct port_options *opt,
	char err[static EAL_ERR_LEN]) __attribute__((warn_unused_result));
void port_mac(const struct port *port, uint8_t mac[static 6]);
/* Stops and closes; the zero state is safe. */
void port_deinit(struct port *port);

#endif
