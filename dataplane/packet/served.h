/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * served: the addresses and the port answered on DPDK ports, from the settings.
 *
 * Both filters are made from it: the packet path's (frame_served) and the XDP program's maps.
 */
#ifndef DATAPLANE_PACKET_SERVED_H
#define DATAPLANE_PACKET_SERVED_H

#include <stdint.h>

#include "dataplane/packet/frame.h"
#include "zonedb/settings.h"

/* Reads dataplane_address (local_address if it is empty) and local_port into *served, which is
 * cleared. 0, or -1 with err naming the item. */
int served_read(struct frame_served *served, const struct settings *s, char err[static 512])
	__attribute__((warn_unused_result));

#endif
