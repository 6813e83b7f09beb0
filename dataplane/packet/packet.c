/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>

#include "dataplane/packet/eal.h"
#include "dataplane/packet/packet.h"
#include "dataplane/packet/port.h"
#include "dataplane/packet/served.h"
#include "dataplane/packet/worker.h"
#include "dataplane/xdp/xdp_maps.h"

static_assert(PACKET_ERR_LEN == EAL_ERR_LEN && PACKET_ERR_LEN == XDP_ERR_LEN, "one buffer");

/* A configured port with what belongs to it. */
struct packet_port {
	struct port port;
	struct port punt;     /* .up = false: none */
	struct xdp_iface xdp; /* of AF_XDP ports that run our program */
};

struct packet {
	struct packet_config cfg;
	struct eal_cores cores;
	struct eal_devices ports;
	struct eal_devices punts;
	struct eal_args args;
	struct frame_served served;
	struct packet_port port[EAL_DEVICE_MAX];
	struct worker *worker[EAL_WORKER_MAX]; /* on their cores' NUMA nodes */
	bool eal_up;
	int stop; /* one writer at a time sets it to 1; workers read it */
};

static int fail(char err[static PACKET_ERR_LEN], const char *text)
{
	snprintf(err, PACKET_ERR_LEN, "%s", text);
	return -1;
}

/* ---- configuration --------------------------------------------------------------------------- */

static int read_settings(struct packet *p, char err[static PACKET_ERR_LEN])
{
	const struct settings *s = p->cfg.settings;
	cpu_set_t allowed;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return fail(err, "more cores than cpu_set_t holds");
	if (eal_cores_read(&p->cores, &s->dataplane_cores, &allowed, err) ||
		eal_devices_read(&p->ports, &s->dataplane_ports, "dataplane-ports", err) ||
		eal_devices_read(&p->punts, &s->dataplane_punt, "dataplane-punt", err))
		return -1;
	if (!p->ports.cnt)
		return fail(err, "dataplane-ports is empty");
	if (p->punts.cnt > p->ports.cnt)
		return fail(err, "dataplane-punt: more ports than dataplane-ports");
	return served_read(&p->served, s, err);
}

/* Gives an AF_XDP port our program, unless the operator has named another. */
static int prepare_xdp(
	struct xdp_iface *xdp, struct eal_device *device, char err[static PACKET_ERR_LEN])
{
	char name[64], path[32];
	if (!eal_device_is(device, "net_af_xdp") ||
		eal_device_arg(device, "xdp_prog", name, sizeof(name)))
		return 0;
	if (!eal_device_arg(device, "iface", name, sizeof(name)))
		return fail(err, "dataplane-ports: net_af_xdp needs iface=NAME");
	if (xdp_iface_init(xdp, name, err))
		return -1;
	xdp_iface_object_path(xdp, path);
	return eal_device_add_arg(device, "xdp_prog", path)
		       ? fail(err, "dataplane-ports: net_af_xdp has too many arguments")
		       : 0;
}

static int start_eal(struct packet *p, char err[static PACKET_ERR_LEN])
{
	for (unsigned i = 0; i < p->ports.cnt; i++)
		if (prepare_xdp(&p->port[i].xdp, &p->ports.device[i], err))
			return -1;
	if (eal_args_make(&p->args, &p->cores, &p->ports, &p->punts,
		    &p->cfg.settings->dataplane_eal, err) ||
		eal_start(&p->args, err))
		return -1;
	p->eal_up = true;
	return 0;
}

/* ---- ports ----------------------------------------------------------------------------------- */

static int fill_xdp(struct packet_port *port, const struct frame_served *served,
	char err[static PACKET_ERR_LEN])
{
	const struct xdp_filter filter = {
		.port_be = served->port_be,
		.any4 = served->any4,
		.any6 = served->any6,
		.addr4 = (const uint8_t *)served->addr4_be,
		.addr6 = served->addr6[0],
		.slot4_cnt = SERVED_ADDRESS_MAX * 2,
		.slot6_cnt = SERVED_ADDRESS_MAX * 2,
	};
	return port->xdp.ifindex ? xdp_iface_fill(&port->xdp, &filter, err) : 0;
}

static int open_punt(struct packet *p, unsigned i, char err[static PACKET_ERR_LEN])
{
	struct packet_port *port = &p->port[i];
	uint8_t mac[6];
	port_mac(&port->port, mac);
	const struct port_options opt = {
		.mbuf_cnt = (unsigned)p->cfg.settings->dataplane_mbufs,
		.queue_cnt = port->port.queue_cnt,
		.mtu = port->port.mtu,
		.mac = mac,
		.shared = true,
	};
	return port_init(&port->punt, &p->punts.device[i], &opt, err);
}

static int open_ports(struct packet *p, char err[static PACKET_ERR_LEN])
{
	for (unsigned i = 0; i < p->ports.cnt; i++) {
		const struct port_options opt = {
			.queue_cnt_max = p->cores.worker_cnt,
			.mbuf_cnt = (unsigned)p->cfg.settings->dataplane_mbufs,
			.shared = i < p->punts.cnt,
		};
		if (port_init(&p->port[i].port, &p->ports.device[i], &opt, err) ||
			fill_xdp(&p->port[i], &p->served, err) ||
			(i < p->punts.cnt && open_punt(p, i, err)))
			return -1;
	}
	return 0;
}

/* ---- workers --------------------------------------------------------------------------------- */

/* Largest answer that fits every port, whatever the family. */
static uint16_t answer_len_max(const struct packet *p)
{
	uint16_t len = p->cfg.answer.udp_size_max;
	for (unsigned i = 0; i < p->ports.cnt; i++) {
		uint16_t room = p->port[i].port.mtu - FRAME_IPV6_LEN - FRAME_UDP_LEN;
		len = room < len ? room : len;
	}
	return len;
}

/* Questions a worker may keep in their buffers. */
static uint32_t place_cnt(const struct packet *p)
{
	uint64_t spare = p->cfg.settings->dataplane_mbufs / 4 / p->cores.worker_cnt;
	uint32_t cnt = p->cfg.sigs.place_cnt;
	if (spare < cnt)
		cnt = (uint32_t)spare;
	return cnt ? cnt : 1;
}

static int make_workers(struct packet *p, char err[static PACKET_ERR_LEN])
{
	p->cfg.answer.udp_size_max = answer_len_max(p);
	p->cfg.sigs.place_cnt = place_cnt(p);
	for (unsigned i = 0; i < p->cores.worker_cnt; i++) {
		unsigned node = rte_lcore_to_socket_id(i + 1);
		struct worker *w =
			rte_zmalloc_socket("worker", sizeof(*w), RTE_CACHE_LINE_SIZE, (int)node);
		void *engine =
			rte_zmalloc_socket("answer", answer_size(), RTE_CACHE_LINE_SIZE, (int)node);
		void *parked = rte_zmalloc_socket("parked",
			SIGWAIT_NUMBER_CNT(p->cfg.sigs.place_cnt) * sizeof(struct worker_parked),
			RTE_CACHE_LINE_SIZE, (int)node);
		p->worker[i] = w;
		if (!w || !engine || !parked) {
			rte_free(engine);
			rte_free(parked);
			return fail(err, "no memory for the workers");
		}
		w->answer = engine; /* initialised by packet_start, which knows its counters */
		w->parked = parked;
		w->served = &p->served;
		w->stop = &p->stop;
		w->idle_polls_max = p->cfg.idle_polls_max;
	}
	return 0;
}

static void add_queue(struct worker *w, const struct port *port, uint16_t queue, uint16_t punt_port,
	uint16_t from_kernel)
{
	w->queue[w->queue_cnt++] = (struct worker_queue){
		.port = port->id,
		.queue = queue,
		.punt_port = punt_port,
		.from_kernel = from_kernel,
		.mtu = port->mtu,
		.tx_offload = (uint8_t)port->tx_offload,
	};
}

/* Deals all queues out to the workers in turn. */
static int deal_queues(struct packet *p, char err[static PACKET_ERR_LEN])
{
	unsigned next = 0;
	for (unsigned i = 0; i < p->ports.cnt; i++) {
		const struct packet_port *port = &p->port[i];
		for (uint16_t q = 0; q < port->port.queue_cnt; q++) {
			struct worker *w = p->worker[next++ % p->cores.worker_cnt];
			if (w->queue_cnt + 2 > WORKER_QUEUE_MAX)
				return fail(err, "more queues than a worker polls; add cores");
			add_queue(w, &port->port, q, port->punt.up ? port->punt.id : WORKER_NO_PORT,
				WORKER_NO_PORT);
			if (port->punt.up)
				add_queue(w, &port->punt, q, WORKER_NO_PORT, port->port.id);
		}
	}
	return 0;
}

static int run(void *arg)
{
	worker_run(arg);
	return 0;
}

static int take_slots(struct packet *p, char err[static PACKET_ERR_LEN])
{
	for (unsigned i = 0; i < p->cores.worker_cnt; i++) {
		struct worker *w = p->worker[i];
		char name[16];
		snprintf(name, sizeof(name), "worker%u", i);
		w->slot = publish_slot_take(p->cfg.reader, name);
		if (!w->slot)
			return fail(err, "all reader slots of the zone memory are taken");
		w->counters = publish_slot_counters(w->slot);
		w->answer = answer_init(w->answer, &p->cfg.answer, p->cfg.reader, w->counters);
		if (sigthread_init(&w->sigs, &p->cfg.sigs, publish_slot_idx(w->slot),
			    rte_get_tsc_hz(), w->counters, err))
			return -1;
		answer_set_live(w->answer, &w->sigs);
	}
	return 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

struct packet *packet_new(const struct packet_config *cfg, char err[static PACKET_ERR_LEN])
{
	struct packet *p = calloc(1, sizeof(*p));
	if (!p) {
		fail(err, "out of memory");
		return NULL;
	}
	p->cfg = *cfg;
	if (read_settings(p, err) || start_eal(p, err) || open_ports(p, err) ||
		make_workers(p, err) || deal_queues(p, err))
		return packet_free(p);
	return p;
}

int packet_start(struct packet *packet, char err[static PACKET_ERR_LEN])
{
	if (take_slots(packet, err))
		return -1;
	for (unsigned i = 0; i < packet->cores.worker_cnt; i++) {
		int r = rte_eal_remote_launch(run, packet->worker[i], i + 1);
		if (r) {
			packet_stop(packet);
			packet_join(packet);
			return fail(err, "a worker did not start");
		}
	}
	return 0;
}

void packet_stop(struct packet *packet)
{
	/* relaxed: see worker_run */
	__atomic_store_n(&packet->stop, 1, __ATOMIC_RELAXED);
}

void packet_tick(struct packet *packet)
{
	for (unsigned i = 0; i < packet->cores.worker_cnt; i++)
		sigthread_populate(&packet->worker[i]->sigs);
}

void packet_join(struct packet *packet)
{
	for (unsigned i = 0; i < packet->cores.worker_cnt; i++)
		rte_eal_wait_lcore(i + 1);
}

static void free_workers(struct packet *p)
{
	for (unsigned i = 0; i < EAL_WORKER_MAX && p->worker[i]; i++) {
		sigthread_deinit(&p->worker[i]->sigs);
		publish_slot_give(p->worker[i]->slot);
		rte_free(p->worker[i]->parked);
		rte_free(p->worker[i]->answer);
		rte_free(p->worker[i]);
	}
}

static void close_ports(struct packet *p)
{
	/* Without privileges the driver cannot take the XDP program off, and says so; left behind
	 * it does no harm (dataplane/xdp/xdp_maps.h). */
	rte_log_set_level_pattern("pmd.net.af_xdp", RTE_LOG_CRIT);
	for (unsigned i = 0; i < p->ports.cnt; i++) {
		port_deinit(&p->port[i].punt);
		port_deinit(&p->port[i].port);
		xdp_iface_deinit(&p->port[i].xdp);
	}
}

struct packet *packet_free(struct packet *packet)
{
	if (!packet)
		return NULL;
	free_workers(packet);
	close_ports(packet);
	if (packet->eal_up)
		(void)rte_eal_cleanup();
	eal_args_deinit(&packet->args);
	eal_devices_deinit(&packet->ports);
	eal_devices_deinit(&packet->punts);
	free(packet);
	return NULL;
}

unsigned packet_worker_cnt(const struct packet *packet)
{
	return packet->cores.worker_cnt;
}
