/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/image_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "zonedb/dname.h"
#include "zonedb/image_check_parts.h"
#include "zonedb/image_layout.h"

#define KNOWN_FLAGS                                                                                \
	(IMAGE_SIGNED | IMAGE_NSEC | IMAGE_NSEC3 | IMAGE_OPTOUT | IMAGE_PRESIGNED | IMAGE_LIVE |   \
		IMAGE_NARROW | IMAGE_COMPACT)

bool image_check_fail(struct image_check *c, const char *what, uint64_t pos, const char *cause)
{
	snprintf(c->err, 256, "%s at %llu: %s", what, (unsigned long long)pos, cause);
	return false;
}

static bool fail_header(struct image_check *c, const char *cause)
{
	return image_check_fail(c, "header", 0, cause);
}

size_t image_check_name(const struct image_check *c, uint8_t name[static DNAME_LEN_MAX],
	const struct image_node *node)
{
	memcpy(name, image_node_name(node), node->name_len);
	memcpy(name + node->name_len, image_apex(c->img), c->img->apex_len);
	return (size_t)node->name_len + c->img->apex_len;
}

/* The part that can be judged before anything else of the image is read. */
static bool check_identity(struct image_check *c, uint64_t hash_seed)
{
	const struct image_header *img = c->img;
	if (c->len < sizeof(*img) || c->len % IMAGE_ALIGN != 0 || c->len > IMAGE_LEN_MAX)
		return fail_header(c, "no image has this length");
	if (img->magic != IMAGE_MAGIC || img->layout != IMAGE_LAYOUT)
		return fail_header(c, "not an image of this layout");
	if (img->size != c->len)
		return fail_header(c, "size is not the image's length");
	if (img->hash_seed != hash_seed)
		return fail_header(c, "made for another directory");
	if (img->checksum != image_checksum(img, c->len))
		return fail_header(c, "wrong checksum");
	if (img->flags & ~KNOWN_FLAGS)
		return fail_header(c, "unknown flags");
	return true;
}

static bool is_lower(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			return false;
	return true;
}

static bool check_apex(struct image_check *c)
{
	const struct image_header *img = c->img;
	uint8_t padded[DNAME_LEN_MAX + DNAME_PAD] = {0};
	if (c->len < sizeof(*img) + img->apex_len + img->nsec3_salt_len)
		return fail_header(c, "names are cut short");
	if (dname_check(image_apex(img), img->apex_len) != img->apex_len ||
		!is_lower(image_apex(img), img->apex_len) ||
		dname_label_cnt(image_apex(img)) != img->apex_label_cnt)
		return fail_header(c, "malformed apex");
	memcpy(padded, image_apex(img), img->apex_len);
	if (dname_hash(padded, img->hash_seed) != img->apex_hash)
		return fail_header(c, "wrong hash of the apex");
	return true;
}

static bool check_counts(struct image_check *c)
{
	const struct image_header *img = c->img;
	bool nsec = img->flags & IMAGE_NSEC, nsec3 = img->flags & IMAGE_NSEC3;
	if (nsec && nsec3)
		return fail_header(c, "two kinds of denial");
	if (nsec != (img->order_cnt > 0) || nsec3 != (img->nsec3_cnt > 0) ||
		nsec3 != (img->nsec3_line_cnt > 0))
		return fail_header(c, "denial tables do not fit the flags");
	if (!nsec3 && (img->nsec3_iterations != 0 || img->nsec3_salt_len != 0))
		return fail_header(c, "NSEC3 parameters without NSEC3");
	if (img->nsec3_iterations > NSEC3_ITERATIONS_MAX)
		return fail_header(c, "too many NSEC3 iterations");
	if (img->node_cnt == 0 || img->index_bucket_cnt == 0)
		return fail_header(c, "empty zone");
	return true;
}

/* What makes a zone a live one. */
static bool check_live(struct image_check *c)
{
	const struct image_header *img = c->img;
	bool live = img->flags & IMAGE_LIVE, nsec3 = img->flags & IMAGE_NSEC3;
	bool narrow = img->flags & IMAGE_NARROW, compact = img->flags & IMAGE_COMPACT;
	if (live != ((img->live_id[0] | img->live_id[1]) != 0) || live != (img->live_sig_len > 0))
		return fail_header(c, "live zone without its id, or the reverse");
	if (!live)
		return (!narrow && !compact) || fail_header(c, "denial of a live zone in another");
	if (img->flags & (IMAGE_SIGNED | IMAGE_PRESIGNED))
		return fail_header(c, "live zone with signatures");
	if (narrow && !nsec3)
		return fail_header(c, "narrow without NSEC3");
	bool other = img->flags & (IMAGE_NSEC | IMAGE_NSEC3);
	return compact != other || fail_header(c, "live zone without denial, or with two kinds");
}

/* Every table stands where its size puts it. */
static bool check_places(struct image_check *c)
{
	const struct image_header *img = c->img;
	struct image_header placed = *img;
	if (image_place_tables(&placed) >= c->len)
		return fail_header(c, "tables are larger than the image");
	if (memcmp(&placed, img, sizeof(placed)) != 0)
		return fail_header(c, "tables stand in the wrong place");
	return true;
}

static bool check_header(struct image_check *c, uint64_t hash_seed)
{
	return check_identity(c, hash_seed) && check_apex(c) && check_counts(c) && check_live(c) &&
	       check_places(c);
}

static bool make_maps(struct image_check *c)
{
	uint64_t word_cnt = c->len / IMAGE_UNIT / 64 + 1;
	c->nodes.word = calloc(word_cnt, sizeof(uint64_t));
	c->rrsets.word = calloc(word_cnt, sizeof(uint64_t));
	c->denials.word = calloc(word_cnt, sizeof(uint64_t));
	if (c->nodes.word != NULL && c->rrsets.word != NULL && c->denials.word != NULL)
		return true;
	snprintf(c->err, 256, "out of memory");
	return false;
}

static bool check_all(struct image_check *c, uint64_t hash_seed)
{
	if (!check_header(c, hash_seed) || !make_maps(c))
		return false;
	fragment_check_init(&c->fragment, image_apex(c->img), c->img->apex_len);
	return image_check_body(c) && image_check_nsec3(c) && image_check_order(c) &&
	       image_check_live(c) && image_check_index(c);
}

int image_check(const void *base, uint64_t len, uint64_t hash_seed, char err[static 256])
{
	struct image_check *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	c->img = base;
	c->len = len;
	c->err = err;
	bool ok = check_all(c, hash_seed);
	free(c->nodes.word);
	free(c->rrsets.word);
	free(c->denials.word);
	free(c);
	return ok ? 0 : -1;
}
