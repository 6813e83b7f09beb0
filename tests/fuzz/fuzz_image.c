/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Images: the validator against any octets, and what it lets through against the read side. What
 * mutation cannot guess is put right first: identity, length, hash of the apex, checksum.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/unit/image_use.h"
#include "zonedb/dname.h"
#include "zonedb/image_check.h"

#define SEED 42 /* the corpus is made with this one */

static void put_right(struct image_header *img, uint64_t len)
{
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD] = {0};
	img->magic = IMAGE_MAGIC;
	img->layout = IMAGE_LAYOUT;
	img->size = len;
	img->hash_seed = SEED;
	uint64_t room = len - sizeof(*img);
	if (dname_check(image_apex(img), room) == img->apex_len) {
		memcpy(apex, image_apex(img), img->apex_len);
		img->apex_hash = dname_hash(apex, SEED);
	}
	img->checksum = image_checksum(img, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char err[256];
	uint64_t img_len = image_round_up(len, IMAGE_ALIGN);
	if (len < sizeof(struct image_header))
		return 0;
	struct image_header *img = aligned_alloc(IMAGE_ALIGN, img_len);
	FUZZ_CHECK(img != NULL);
	memset(img, 0, img_len);
	memcpy(img, data, len);
	put_right(img, img_len);
	if (image_check(img, img_len, SEED, err) == 0) {
		volatile uint64_t used = image_use(img);
		(void)used;
	}
	free(img);
	return 0;
}
