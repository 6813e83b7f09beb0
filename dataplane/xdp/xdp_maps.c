/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "dataplane/xdp/xdp_layout.h"
#include "dataplane/xdp/xdp_maps.h"
#include "dataplane/xdp/xdp_object.h"

#define PROGRAM_MAP_MAX 16 /* maps of one program we look at; ours has four */

static int __attribute__((format(printf, 2, 3))) fail(char *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(err, XDP_ERR_LEN, format, args);
	va_end(args);
	return -1;
}

/* ---- programs on the interface -------------------------------------------------------------- */

struct attached {
	__u32 id;    /* 0 = none */
	__u32 flags; /* mode, to detach it with */
	char name[BPF_OBJ_NAME_LEN];
	__u32 map_id[PROGRAM_MAP_MAX];
	__u32 map_cnt;
};

/* Name and maps of program at->id. */
static int program_look(struct attached *at)
{
	struct bpf_prog_info info = {
		.nr_map_ids = PROGRAM_MAP_MAX, .map_ids = (__u64)(uintptr_t)at->map_id};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(at->id);
	if (fd < 0)
		return -1;
	int r = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	memcpy(at->name, info.name, sizeof(at->name));
	at->map_cnt = info.nr_map_ids < PROGRAM_MAP_MAX ? info.nr_map_ids : PROGRAM_MAP_MAX;
	return r ? -1 : 0;
}

/* 0 (at->id says whether there is one), or -1 with errno. */
static int program_query(unsigned ifindex, struct attached *at)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	*at = (struct attached){0};
	if (bpf_xdp_query((int)ifindex, 0, &query))
		return -1;
	at->id = query.prog_id;
	at->flags = query.attach_mode == XDP_ATTACHED_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	return at->id ? program_look(at) : 0;
}

/* Takes off a program of ours; the claim says that its data plane is dead. */
static int program_clear(unsigned ifindex, const char *name, char err[static XDP_ERR_LEN])
{
	struct attached at;
	if (program_query(ifindex, &at))
		return fail(err, "%s: cannot look for XDP programs: %s", name, strerror(errno));
	if (!at.id)
		return 0;
	if (strcmp(at.name, XDP_PROGRAM_NAME))
		return fail(err,
			"%s: has another XDP program, '%s' (id %u); take it off with: ip link set "
			"dev %s xdp off",
			name, at.name, at.id, name);
	if (bpf_xdp_detach((int)ifindex, at.flags, NULL))
		return fail(err, "%s: cannot take off the XDP program left by an earlier run: %s",
			name, strerror(errno));
	return 0;
}

/* ---- claim and object ------------------------------------------------------------------------ */

/* Abstract names belong to the network namespace, as interface indices do. */
static int claim(unsigned ifindex)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int len = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "ensign-xdp-%u", ifindex);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int object_make(void)
{
	int fd = memfd_create("dns_redirect.bpf.o", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, xdp_object, xdp_object_len) != (ssize_t)xdp_object_len) {
		close(fd);
		return -1;
	}
	return fd;
}

static int iface_prepare(struct xdp_iface *iface, const char *name, char err[static XDP_ERR_LEN])
{
	iface->claim_fd = claim(iface->ifindex);
	if (iface->claim_fd < 0)
		return fail(
			err, "%s: another data plane answers on it (%s)", name, strerror(errno));
	if (program_clear(iface->ifindex, name, err))
		return -1;
	iface->object_fd = object_make();
	if (iface->object_fd < 0)
		return fail(err, "%s: no memory for the XDP program: %s", name, strerror(errno));
	return 0;
}

int xdp_iface_init(struct xdp_iface *iface, const char *name, char err[static XDP_ERR_LEN])
{
	*iface = (struct xdp_iface){
		.ifindex = if_nametoindex(name), .claim_fd = -1, .object_fd = -1};
	if (!iface->ifindex)
		return fail(err, "%s: no such interface", name);
	if (!iface_prepare(iface, name, err))
		return 0;
	xdp_iface_deinit(iface);
	return -1;
}

void xdp_iface_object_path(const struct xdp_iface *iface, char path[static 32])
{
	snprintf(path, 32, "/proc/self/fd/%d", iface->object_fd);
}

/* ---- maps ------------------------------------------------------------------------------------ */

/* Map of the program by name: a descriptor, or -1. */
static int map_open(const struct attached *at, const char *name)
{
	for (__u32 i = 0; i < at->map_cnt; i++) {
		struct bpf_map_info info = {0};
		__u32 len = sizeof(info);
		int fd = bpf_map_get_fd_by_id(at->map_id[i]);
		if (fd < 0)
			return -1;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name))
			return fd;
		close(fd);
	}
	errno = ENOENT;
	return -1;
}

/* Puts the non-empty slots of a table of addresses into the map. */
static int map_fill_addresses(int fd, const uint8_t *table, unsigned slot_cnt, size_t addr_len)
{
	static const uint8_t none[16];
	const __u8 value = 1;
	for (unsigned i = 0; i < slot_cnt; i++) {
		const uint8_t *addr = table + i * addr_len;
		if (memcmp(addr, none, addr_len) && bpf_map_update_elem(fd, addr, &value, BPF_ANY))
			return -1;
	}
	return 0;
}

static int fill_addresses(const struct attached *at, const char *map, const uint8_t *table,
	unsigned slot_cnt, size_t addr_len)
{
	int fd = map_open(at, map);
	if (fd < 0)
		return -1;
	int r = map_fill_addresses(fd, table, slot_cnt, addr_len);
	close(fd);
	return r;
}

static int fill_conf(const struct attached *at, const struct xdp_filter *filter)
{
	const struct xdp_conf conf = {
		.port_be = filter->port_be, .any4 = filter->any4, .any6 = filter->any6};
	const __u32 zero = 0;
	int fd = map_open(at, XDP_CONF_NAME);
	if (fd < 0)
		return -1;
	int r = bpf_map_update_elem(fd, &zero, &conf, BPF_ANY);
	close(fd);
	return r;
}

int xdp_iface_fill(
	struct xdp_iface *iface, const struct xdp_filter *filter, char err[static XDP_ERR_LEN])
{
	struct attached at;
	if (program_query(iface->ifindex, &at))
		return fail(err, "cannot look at the XDP program: %s", strerror(errno));
	if (!at.id || strcmp(at.name, XDP_PROGRAM_NAME))
		return fail(err, "the driver has not attached the XDP program");
	/* the port comes last: it switches redirection on */
	if (fill_addresses(&at, XDP_ADDR4_NAME, filter->addr4, filter->slot4_cnt, 4) ||
		fill_addresses(&at, XDP_ADDR6_NAME, filter->addr6, filter->slot6_cnt, 16) ||
		fill_conf(&at, filter))
		return fail(err, "cannot fill the XDP program's maps: %s", strerror(errno));
	return 0;
}

/* ---- end ------------------------------------------------------------------------------------- */

void xdp_iface_deinit(struct xdp_iface *iface)
{
	if (!iface->ifindex)
		return;
	if (iface->object_fd >= 0)
		close(iface->object_fd);
	if (iface->claim_fd >= 0)
		close(iface->claim_fd);
	*iface = (struct xdp_iface){0};
}
