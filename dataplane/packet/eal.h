/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * eal: from settings to a running DPDK environment: which ports, which cores, which arguments.
 *
 * dataplane-ports and dataplane-punt are lists of devices as DPDK's --vdev and --allow take them,
 * arguments behind commas:
 *     dataplane-ports = net_af_xdp0,iface=eth0,queue_count=2 0000:3b:00.1
 */
#ifndef DATAPLANE_PACKET_EAL_H
#define DATAPLANE_PACKET_EAL_H

#include <sched.h>
#include <stdbool.h>

#include "zonedb/settings.h"

#define EAL_DEVICE_MAX 32   /* ports and their punt ports: what one machine holds */
#define EAL_DEVICE_LEN 4400 /* octets of a device string: xdp_prog may be a path of PATH_MAX */
#define EAL_WORKER_MAX 64   /* leaves half of READER_SLOT_MAX to stream threads */
#define EAL_ARG_MAX    192
#define EAL_ERR_LEN    512

struct eal_device {
	char text[EAL_DEVICE_LEN]; /* NAME[,KEY=VALUE]... */
};

struct eal_devices {
	struct eal_device *device; /* [cnt] */
	unsigned cnt;
};

/* Takes each item of list as a device; name is the setting's, for messages. 0, or -1 with err. */
int eal_devices_read(struct eal_devices *devices, const struct setting_list *list, const char *name,
	char err[static EAL_ERR_LEN]) __attribute__((warn_unused_result));
void eal_devices_deinit(struct eal_devices *devices);

/* "net_af_xdp0", "0000:3b:00.1": the text up to its first comma. */
void eal_device_name(const struct eal_device *device, char *name, size_t name_len);
/* True for vdevs of the driver ("net_af_xdp"), whatever their number. */
bool eal_device_is(const struct eal_device *device, const char *driver);
/* Value of key, or false. */
bool eal_device_arg(
	const struct eal_device *device, const char *key, char *value, size_t value_len);
/* Appends ",key=value". 0, or -1 if it does not fit. */
int eal_device_add_arg(struct eal_device *device, const char *key, const char *value)
	__attribute__((warn_unused_result));

/* Cores of the workers, and those left to all other threads (never empty: a single core is shared).
 */
struct eal_cores {
	unsigned worker[EAL_WORKER_MAX];
	unsigned worker_cnt;
	cpu_set_t others;
};

/* Reads dataplane-cores, within allowed; empty = the last allowed core. 0, or -1 with err. */
int eal_cores_read(struct eal_cores *cores, const struct setting_list *list,
	const cpu_set_t *allowed, char err[static EAL_ERR_LEN]) __attribute__((warn_unused_result));

/* Argument vector for rte_eal_init. lcore 0 is the calling thread on cores.others, lcore 1 + i
 * worker i. */
struct eal_args {
	char *arg[EAL_ARG_MAX + 1]; /* NULL-terminated */
	int cnt;
};

/* extra: dataplane-eal, last, so it overrides. 0, or -1 with err. */
int eal_args_make(struct eal_args *args, const struct eal_cores *cores,
	const struct eal_devices *ports, const struct eal_devices *punts,
	const struct setting_list *extra, char err[static EAL_ERR_LEN])
	__attribute__((warn_unused_result));
void eal_args_deinit(struct eal_args *args);

/* Runs rte_eal_init. 0, or -1 with err saying what is missing. */
int eal_start(struct eal_args *args, char err[static EAL_ERR_LEN])
	__attribute__((warn_unused_result));

#endif
