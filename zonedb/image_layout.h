/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_layout: where the tables of an image stand (build side): one function for the builder, who
 * follows it, and the checker, who compares.
 */
#ifndef ZONEDB_IMAGE_LAYOUT_H
#define ZONEDB_IMAGE_LAYOUT_H

#include "zonedb/image.h"

/* Sets header_len and every offset of head from its counts, apex_len and salt length. Returns
 * where the body starts, in octets; the offsets mean something only if that is no more than
 * IMAGE_LEN_MAX. */
uint64_t image_place_tables(struct image_header *head);

#endif
