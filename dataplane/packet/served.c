/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/packet/served.h"

static int add_item(struct frame_served *served, const char *item)
{
	uint8_t addr[16];
	if (inet_pton(AF_INET, item, addr) == 1)
		return frame_served_add4(served, addr);
	if (inet_pton(AF_INET6, item, addr) == 1)
		return frame_served_add6(served, addr);
	return 1;
}

int served_read(struct frame_served *served, const struct settings *s, char err[static 512])
{
	bool own = s->dataplane_address.cnt > 0;
	const struct setting_list *list = own ? &s->dataplane_address : &s->local_address;
	const char *name = own ? "dataplane-address" : "local-address";
	memset(served, 0, sizeof(*served));
	served->port_be = htons((uint16_t)s->local_port);
	for (unsigned i = 0; i < list->cnt; i++) {
		int r = add_item(served, list->item[i]);
		if (r > 0)
			snprintf(err, 512,
				"%s: '%s' is not an IPv4 or IPv6 address (DPDK ports take "
				"addresses only; the port is local-port)",
				name, list->item[i]);
		else if (r < 0)
			snprintf(err, 512, "%s: more than %u addresses of one family", name,
				SERVED_ADDRESS_MAX);
		if (r)
			return -1;
	}
	return 0;
}
