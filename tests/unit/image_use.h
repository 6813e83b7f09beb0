/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_use: reads everything of an image the way the read side does, unchecked. Under ASan, an
 * image that image_check passed and this stumbles over is a hole in image_check.
 */
#ifndef TESTS_UNIT_IMAGE_USE_H
#define TESTS_UNIT_IMAGE_USE_H

#include "zonedb/image.h"

/* Aborts where the image breaks a promise of zonedb/image.h. Returns a number that depends on
 * every octet read. */
uint64_t image_use(const struct image_header *img);

#endif
