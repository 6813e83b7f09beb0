/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/packet/frame.h"
#include "dataplane/packet/port.h"

#define RX_DESC_CNT 1024 /* 1 ms at 1 M questions/s; the buffers of a full ring fit in L2 */
#define TX_DESC_CNT 1024
#define POOL_CACHE  256 /* buffers a worker keeps without touching the shared ring: 8 bursts */

/* Devices that are polled in all the queues they have. */
static const char *const fixed_queues[] = {
	"net_af_xdp", "net_af_packet", "net_pcap", "net_ring", NULL};

static int __attribute__((format(printf, 3, 4)))
fail(const struct port *port, char *err, const char *format, ...)
{
	char cause[EAL_ERR_LEN - 80];
	va_list args;
	va_start(args, format);
	vsnprintf(cause, sizeof(cause), format, args);
	va_end(args);
	snprintf(err, EAL_ERR_LEN, "port %s: %s", port->name, cause);
	return -1;
}

/* EAL knows PCI devices by their full address only. */
static int find_port(struct port *port, const struct eal_device *device)
{
	char full[sizeof(port->name) + 8];
	eal_device_name(device, port->name, sizeof(port->name));
	if (!rte_eth_dev_get_port_by_name(port->name, &port->id))
		return 0;
	snprintf(full, sizeof(full), "0000:%s", port->name);
	return rte_eth_dev_get_port_by_name(full, &port->id);
}

static bool has_fixed_queues(const struct eal_device *device)
{
	for (const char *const *driver = fixed_queues; *driver; driver++)
		if (eal_device_is(device, *driver))
			return true;
	return false;
}

static uint16_t choose_queue_cnt(const struct eal_device *device, const struct port_options *opt,
	const struct rte_eth_dev_info *info)
{
	if (opt->queue_cnt)
		return opt->queue_cnt;
	if (has_fixed_queues(device))
		return info->max_rx_queues;
	uint16_t max = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	return RTE_MIN(max, opt->queue_cnt_max);
}

static int make_pool(struct port *port, const struct port_options *opt, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	snprintf(name, sizeof(name), "port%u", port->id);
	port->pool = rte_pktmbuf_pool_create(
		name, opt->mbuf_cnt, POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, socket);
	return port->pool ? 0 : -1;
}

static unsigned offloads_for_sending(const struct rte_eth_dev_info *info)
{
	unsigned offload = 0;
	if (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM)
		offload |= FRAME_IP_SUM;
	if (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
		offload |= FRAME_UDP_SUM;
	return offload;
}

static int configure(
	struct port *port, const struct port_options *opt, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {0};
	conf.rxmode.offloads = info->rx_offload_capa &
			       (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM);
	conf.txmode.offloads = info->tx_offload_capa &
			       (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
				       RTE_ETH_TX_OFFLOAD_VLAN_INSERT);
	if (!opt->shared) /* all buffers of a send queue come from the port's pool */
		conf.txmode.offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	conf.rx_adv_conf.rss_conf.rss_hf =
		info->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	if (port->queue_cnt > 1 && conf.rx_adv_conf.rss_conf.rss_hf)
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	port->tx_offload = offloads_for_sending(info);
	return rte_eth_dev_configure(port->id, port->queue_cnt, port->queue_cnt, &conf);
}

static int setup_queues(struct port *port, int socket)
{
	uint16_t rx_cnt = RX_DESC_CNT, tx_cnt = TX_DESC_CNT;
	int r = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_cnt, &tx_cnt);
	for (uint16_t q = 0; !r && q < port->queue_cnt; q++) {
		r = rte_eth_rx_queue_setup(port->id, q, rx_cnt, (unsigned)socket, NULL, port->pool);
		if (!r)
			r = rte_eth_tx_queue_setup(port->id, q, tx_cnt, (unsigned)socket, NULL);
	}
	return r;
}

/* Before start: some drivers cannot change them later. */
static int set_identity(struct port *port, const struct port_options *opt)
{
	struct rte_ether_addr mac;
	if (opt->mac) {
		memcpy(mac.addr_bytes, opt->mac, sizeof(mac.addr_bytes));
		if (rte_eth_dev_default_mac_addr_set(port->id, &mac))
			return -1;
	}
	return opt->mtu ? rte_eth_dev_set_mtu(port->id, opt->mtu) : 0;
}

/* The least MTU leaves room for the least DNS message in an IPv6 packet. */
#define MTU_MIN (FRAME_IPV6_LEN + FRAME_UDP_LEN + MSG_UDP_LEN_MIN)

static int read_mtu(struct port *port, char err[static EAL_ERR_LEN])
{
	int r = rte_eth_dev_get_mtu(port->id, &port->mtu);
	if (r)
		return fail(port, err, "no MTU: %s", rte_strerror(-r));
	if (port->mtu < MTU_MIN)
		return fail(port, err, "its MTU %u is below %u", port->mtu, MTU_MIN);
	return 0;
}

static int bring_up(struct port *port, const struct eal_device *device,
	const struct port_options *opt, char err[static EAL_ERR_LEN])
{
	struct rte_eth_dev_info info;
	int socket = rte_eth_dev_socket_id(port->id);
	int r = rte_eth_dev_info_get(port->id, &info);
	if (r)
		return fail(port, err, "no device information: %s", rte_strerror(-r));
	port->queue_cnt = choose_queue_cnt(device, opt, &info);
	if (make_pool(port, opt, socket))
		return fail(port, err,
			"no memory for dataplane-mbufs=%u buffers: %s; free hugepages, or fewer "
			"buffers",
			opt->mbuf_cnt, rte_strerror(rte_errno));
	r = configure(port, opt, &info);
	if (r)
		return fail(port, err, "does not take %u queues: %s", port->queue_cnt,
			rte_strerror(-r));
	r = setup_queues(port, socket);
	if (r)
		return fail(port, err, "queues were not set up: %s (is another process using it?)",
			rte_strerror(-r));
	if (set_identity(port, opt))
		return fail(port, err, "its MAC address or MTU cannot be set");
	r = rte_eth_dev_start(port->id);
	return r ? fail(port, err, "does not start: %s", rte_strerror(-r)) : read_mtu(port, err);
}

int port_init(struct port *port, const struct eal_device *device, const struct port_options *opt,
	char err[static EAL_ERR_LEN])
{
	*port = (struct port){0};
	if (find_port(port, device))
		return fail(port, err,
			"DPDK did not make this device; its messages are above (wrong arguments, "
			"driver not installed, PCI device not bound to vfio-pci, or no "
			"permission)");
	port->up = true;
	return bring_up(port, device, opt, err);
}

void port_mac(const struct port *port, uint8_t mac[static 6])
{
	struct rte_ether_addr addr = {0};
	(void)rte_eth_macaddr_get(port->id, &addr);
	memcpy(mac, addr.addr_bytes, sizeof(addr.addr_bytes));
}

void port_deinit(struct port *port)
{
	if (port->up) {
		(void)rte_eth_dev_stop(port->id);
		(void)rte_eth_dev_close(port->id);
	}
	rte_mempool_free(port->pool);
	*port = (struct port){0};
}
