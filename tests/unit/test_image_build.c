/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What image_build writes, read back two ways: as image_check sees it, and as a resolver would:
 * each fragment is put into a message behind a question, its fix-ups applied, and the message's
 * records expanded again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/image_build.h"
#include "zonedb/image_check.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

#define SEED	   UINT64_C(0xfeedface12345678)
#define APEX_LINES "@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ 3600 NS ns1\n"

static struct image_header *image_of(struct zone *zone)
{
	char err[256] = "";
	struct image_header *img = fixture_image(zone, SEED);
	assert_int_equal(image_check(img, img->size, SEED, err), 0);
	assert_string_equal(err, "");
	return img;
}

static const struct image_node *node_of(
	const struct image_header *img, const struct zone *zone, const char *name)
{
	struct qname q;
	struct lookup l;
	fixture_qname(&q, zone, name);
	lookup_run(&l, img, &q);
	return l.node;
}

static const struct image_rrset *rrset_of(
	const struct image_header *img, const struct zone *zone, const char *name, uint16_t type)
{
	struct rrset_ref ref = lookup_rrset(node_of(img, zone, name), type);
	assert_int_not_equal(ref.v, 0);
	return image_rrset(img, ref);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void refuses_an_rrset_that_signatures_make_too_large(void **state)
{
	struct zone zone;
	char err[256] = "";
	fixture_zone(&zone, "example.", APEX_LINES "big 1 TXT x\n");
	struct zone_rrset *txt = zone.node[1].rrset;
	uint8_t *sig = calloc(1, 2 + 65000);
	wire_put_u16(sig, 65000);
	txt->sig = sig;
	txt->sig_len = 2 + 65000;
	txt->sig_cnt = 1;
	struct image_build *build = image_build_new(&zone, SEED, err);
	assert_non_null(build);
	image_build_free(build);
	uint8_t *two = calloc(2, 2 + 65000);
	memcpy(two, sig, 2 + 65000);
	memcpy(two + 2 + 65000, sig, 2 + 65000);
	txt->sig = two;
	txt->sig_len *= 2;
	txt->sig_cnt = 2;
	assert_null(image_build_new(&zone, SEED, err));
	assert_string_equal(
		err, "big.example. TXT: RRset with signatures is larger than a message");
	free(sig);
	free(two);
	zone_deinit(&zone);
}

static void refuses_more_types_than_a_node_counts(void **state)
{
	struct zone zone;
	char err[256] = "";
	fixture_zone(&zone, "example.", APEX_LINES);
	for (uint16_t type = 1000; type < 1254; type++)
		assert_non_null(zone_rrset_add(&zone, 0, type, 1, (const uint8_t *)"\0\1x", 3, 1));
	assert_null(image_build_new(&zone, SEED, err));
	assert_string_equal(err, "example. NS: too many types at one name");
	zone_deinit(&zone);
}

/* ---- the message oracle -------------------------------------------------------------------- */

struct message {
	uint8_t wire[128 * 1024];
	size_t len;
	size_t apex; /* offset of the apex in the question */
};

/* Header and a question of this name. */
static void message_begin(struct message *m, const struct zone *zone, const uint8_t *qname)
{
	memset(m->wire, 0, MSG_HEADER_LEN);
	size_t len = dname_len(qname);
	memcpy(m->wire + MSG_HEADER_LEN, qname, len);
	m->apex = MSG_HEADER_LEN + len - zone->apex_len;
	m->len = MSG_HEADER_LEN + len + 4;
}

static void apply(struct message *m, const uint16_t *fix, unsigned cnt, size_t base, size_t plus)
{
	for (unsigned i = 0; i < cnt; i++) {
		uint8_t *at = m->wire + base + fix[i];
		size_t offset = plus + wire_get_u16(at);
		assert_in_range(offset, MSG_HEADER_LEN, MSG_POINTER_MAX);
		wire_put_u16(at, (uint16_t)(0xc000 | offset));
	}
}

/* Appends a fragment as an answer does; its records' owner is the question's name. */
static size_t message_append(struct message *m, const struct image_rrset *rrset)
{
	size_t base = m->len, len = (size_t)rrset->data_len + rrset->sig_len;
	const uint16_t *fix = image_rrset_fix(rrset);
	memcpy(m->wire + base, image_rrset_wire(rrset), len);
	apply(m, fix, rrset->owner_fix_cnt, base, MSG_HEADER_LEN);
	fix += rrset->owner_fix_cnt;
	apply(m, fix, rrset->apex_fix_cnt, base, m->apex);
	fix += rrset->apex_fix_cnt;
	apply(m, fix, rrset->self_fix_cnt, base, base);
	m->len += len;
	return base;
}

/* Expands the name at *pos, which moves behind it; pointers must go backwards. */
static size_t expand_name(const struct message *m, size_t *pos, uint8_t dst[static DNAME_LEN_MAX])
{
	size_t at = *pos, len = 0, behind = 0;
	for (;;) {
		uint8_t c = m->wire[at];
		if (c >= 0xc0) {
			size_t to = wire_get_u16(m->wire + at) & MSG_POINTER_MAX;
			if (behind == 0)
				behind = at + 2;
			assert_true(to < at);
			at = to;
			continue;
		}
		assert_true(c <= DNAME_LABEL_MAX && len + c + 1 <= DNAME_LEN_MAX);
		memcpy(dst + len, m->wire + at, c + 1U);
		len += c + 1U;
		at += c + 1U;
		if (c == 0)
			break;
	}
	*pos = behind != 0 ? behind : at;
	return len;
}

/* Expands rdata of a type at pos; octets. */
static size_t expand_rdata(const struct message *m, size_t pos, size_t len,
	const struct rrtype_info *info, uint8_t *dst)
{
	size_t out = 0, end = pos + len;
	for (const uint8_t *block = info->block;
		*block == RDATA_NAME_COMPRESS || *block >= RDATA_FIXED_1; block++) {
		size_t n = *block - RDATA_FIXED_1 + 1U;
		if (*block == RDATA_NAME_COMPRESS) {
			out += expand_name(m, &pos, dst + out);
			continue;
		}
		memcpy(dst + out, m->wire + pos, n);
		out += n;
		pos += n;
	}
	memcpy(dst + out, m->wire + pos, end - pos);
	return out + end - pos;
}

static void assert_same_nocase(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t *la = malloc(len), *lb = malloc(len);
	dname_lower(la, a, len);
	dname_lower(lb, b, len);
	assert_memory_equal(la, lb, len);
	free(la);
	free(lb);
}

/* The record at *pos is what is packed at *packed; both move on. */
static void assert_rr(const struct message *m, size_t *pos, const uint8_t *owner, uint16_t type,
	uint32_t ttl_s, const uint8_t **packed)
{
	static uint8_t rdata[128 * 1024];
	uint8_t name[DNAME_LEN_MAX];
	size_t name_len = expand_name(m, pos, name);
	assert_int_equal(name_len, dname_len(owner));
	assert_same_nocase(name, owner, name_len);
	const uint8_t *p = m->wire + *pos;
	assert_int_equal(wire_get_u16(p), type);
	assert_int_equal(wire_get_u16(p + 2), RRCLASS_IN);
	assert_int_equal(wire_get_u32(p + 4), ttl_s);
	size_t len = expand_rdata(m, *pos + 10, wire_get_u16(p + 8), rrtype_info(type), rdata);
	assert_int_equal(len, wire_get_u16(*packed));
	assert_same_nocase(rdata, *packed + 2, len);
	*pos += 10U + wire_get_u16(p + 8);
	*packed += 2 + len;
}

static void assert_fragment(const struct zone *zone, const struct image_rrset *rrset,
	const struct zone_rrset *source, const uint8_t *owner, const uint8_t *qname)
{
	static struct message m;
	const uint8_t *data = source->rdata, *sig = source->sig;
	message_begin(&m, zone, qname);
	size_t pos = message_append(&m, rrset);
	assert_int_equal(rrset->type, source->type);
	assert_int_equal(rrset->ttl_s, source->ttl_s);
	for (unsigned i = 0; i < source->rr_cnt; i++)
		assert_rr(&m, &pos, owner, source->type, source->ttl_s, &data);
	for (unsigned i = 0; i < source->sig_cnt; i++)
		assert_rr(&m, &pos, owner, RRTYPE_RRSIG, source->sig_ttl_s, &sig);
	assert_int_equal(pos, m.len);
	assert_int_equal(rrset->rr_cnt, source->rr_cnt);
	assert_int_equal(rrset->sig_cnt, source->sig_cnt);
}

/* What the image says where the zone has an index. */
static uint32_t denial_of(const struct image_header *img, uint32_t idx)
{
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	return img->nsec3_cnt == 0 || idx == IMAGE_DENIAL_NONE ? idx : record[idx].rrset.v;
}

static void assert_image_says_what_the_zone_does(
	const struct image_header *img, const struct zone *zone)
{
	uint64_t pos = 0;
	assert_int_equal(img->node_cnt, zone->node_cnt);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *source = &zone->node[i];
		if (source->flags & NODE_GLUE)
			continue;
		struct qname q;
		struct lookup l;
		assert_true(qname_read(&q, source->owner, source->owner_len) > 0);
		lookup_run(&l, img, &q);
		const struct image_node *node = l.node;
		assert_int_equal(node->label_cnt, source->label_cnt);
		assert_int_equal(node->flags, source->flags);
		assert_int_equal(node->denial, denial_of(img, source->denial));
		assert_int_equal(node->wildcard_denial, denial_of(img, source->wildcard_denial));
		assert_true((uint64_t)((const uint8_t *)node - (const uint8_t *)img) > pos);
		pos = (uint64_t)((const uint8_t *)node - (const uint8_t *)img);
		unsigned cnt = 0;
		for (const struct zone_rrset *r = source->rrset; r != NULL; r = r->next, cnt++) {
			assert_int_equal(node->rrset[cnt].type, r->type);
			assert_fragment(zone, image_rrset(img, node->rrset[cnt].rrset), r,
				source->owner, source->owner);
		}
		assert_int_equal(node->rrset_cnt, cnt);
	}
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		uint8_t owner[DNAME_LEN_MAX] = {NSEC3_LABEL_LEN}, q[DNAME_LEN_MAX] = "\1q";
		nsec3_to_text((char *)owner + 1, zone->nsec3[i].hash);
		memcpy(owner + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len);
		memcpy(q + 2, zone->apex, zone->apex_len);
		assert_fragment(
			zone, image_rrset(img, record[i].rrset), zone->nsec3[i].rrset, owner, q);
	}
}

/* Every kind of name in rdata: in the zone, above it, repeated, the root, the apex, other case. */
#define NAMES_LINES                                                                                \
	APEX_LINES                                                                                 \
	"@ 3600 NS NS2.Other.Test.\n@ 3600 NS ns3.other.test.\n@ 3600 NS OTHER.test.\n"            \
	"@ 3600 NS example.\n@ 3600 NS EXAMPLE.test.\n"                                            \
	"@ 300 MX 0 .\n@ 300 MX 10 mx\n@ 300 MX 20 mx.mx\n@ 300 MX 30 @\n"                         \
	"mx 300 A 192.0.2.1\nmx 300 AAAA 2001:db8::1\nmx.mx 300 A 192.0.2.2\n"                     \
	"ns1 300 A 192.0.2.3\nc 300 CNAME Mx\nd 300 DNAME d.other.test.\n"                         \
	"mi 300 MINFO a.b.test. c.B.test.\nrp 300 RP a.b.test. c.b.test.\n"                        \
	"srv 300 SRV 1 2 3 mx\nsrv 300 SRV 1 2 4 mx.mx\n"                                          \
	"n 300 NAPTR 1 2 s SIP+D2U re mx\nh 300 HTTPS 1 . -\nh 300 HTTPS 2 mx -\n"                 \
	"t 300 TXT text\nx 300 TYPE65280 c00c0102\n"                                               \
	"child 300 NS ns.child\nchild 300 NS ns.sister\nchild 300 DS 1 13 2 aabb\n"                \
	"ns.child 300 A 192.0.2.4\nsister 300 NS ns.child\nsister 300 NS ns.sister\n"              \
	"ns.sister 300 AAAA 2001:db8::4\nself 300 NS self\nself 300 A 192.0.2.5\n"                 \
	"*.wild 300 TXT w\na.b.c.ent 300 A 192.0.2.1\n"

static void every_fragment_expands_to_the_zone(void **state)
{
	static const char *const apexes[] = {"example.", "example.test.", "a.b.example.test.", "."};
	for (unsigned kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < sizeof(apexes) / sizeof(apexes[0]); i++) {
			struct zone zone;
			fixture_zone(&zone, apexes[i], NAMES_LINES);
			if (kind == 1)
				fixture_nsec(&zone);
			if (kind >= 2)
				fixture_nsec3(&zone, kind, 2, "ab", kind == 3);
			if (kind > 0)
				fixture_sign(&zone);
			struct image_header *img = image_of(&zone);
			assert_image_says_what_the_zone_does(img, &zone);
			free(img);
			zone_deinit(&zone);
		}
	}
}

static void compresses_as_it_should(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.test.",
		APEX_LINES "m 1 MX 1 a.b.other.test.\nm 1 MX 2 c.B.other.test.\n"
			   "m 1 MX 3 x.EXAMPLE.test.\nm 1 MX 4 .\n");
	struct image_header *img = image_of(&zone);
	const struct image_rrset *mx = rrset_of(img, &zone, "m", RRTYPE_MX);
	/* owner, type, class, TTL, rdlength, preference */
#define HEAD(rdlen, preference) "\0\0\0\17\0\1\0\0\0\1\0" rdlen "\0" preference
	static const char expected[] = HEAD("\16", "\1") "\1a\1b\5other\0\10" HEAD(
		"\6", "\2") "\1c\0\20" HEAD("\6", "\3") "\1x\0\0" HEAD("\3", "\4");
	assert_int_equal(mx->data_len, sizeof(expected));
	assert_memory_equal(image_rrset_wire(mx), expected, sizeof(expected));
	assert_int_equal(mx->owner_fix_cnt, 4);
	assert_int_equal(mx->apex_fix_cnt, 2);
	assert_int_equal(mx->self_fix_cnt, 1);
	assert_int_equal(mx->extra_cnt, 0);
	free(img);
	zone_deinit(&zone);
}

/* ---- extras -------------------------------------------------------------------------------- */

static void assert_extras(const struct image_header *img, const struct zone *zone, const char *name,
	uint16_t type, const char *expected)
{
	const struct image_rrset *rrset = rrset_of(img, zone, name, type);
	char text[200] = "", *end = text;
	for (unsigned i = 0; i < rrset->extra_cnt; i++) {
		const struct image_extra *extra = &image_rrset_extra(rrset)[i];
		const struct image_node *node = image_node(img, extra->node);
		uint8_t wire[DNAME_LEN_MAX] = {0};
		char owner[DNAME_TEXT_MAX];
		memcpy(wire, image_node_name(node), node->name_len);
		end += sprintf(
			end, "%s%s ", dname_to_text(owner, wire), extra->mandatory ? "!" : "");
	}
	assert_string_equal(text, expected);
}

static void extras_lead_to_addresses(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		NAMES_LINES "hidden.d 300 A 192.0.2.9\nhm 300 MX 1 hidden.d\nhm 300 MX 2 t\n"
			    "hm 300 MX 3 missing\nhm 300 MX 4 ns.child\n");
	struct image_header *img = image_of(&zone);
	assert_extras(img, &zone, "@", RRTYPE_NS, "ns1. ");
	assert_extras(img, &zone, "@", RRTYPE_SOA, "");
	assert_extras(img, &zone, "@", RRTYPE_MX, "mx. mx.mx. ");
	assert_extras(img, &zone, "c", RRTYPE_CNAME, "");
	assert_extras(img, &zone, "srv", RRTYPE_SRV, "mx. mx.mx. ");
	assert_extras(img, &zone, "n", RRTYPE_NAPTR, "mx. ");
	assert_extras(img, &zone, "h", RRTYPE_HTTPS, "mx. ");
	/* in-domain glue is mandatory, sibling glue is not (RFC 9471) */
	assert_extras(img, &zone, "child", RRTYPE_NS, "ns.child.! ns.sister. ");
	assert_extras(img, &zone, "sister", RRTYPE_NS, "ns.child. ns.sister.! ");
	assert_extras(img, &zone, "self", RRTYPE_NS, "self.! ");
	/* what a DNAME hides does not exist, what has no address is no extra; glue is one */
	assert_extras(img, &zone, "hm", RRTYPE_MX, "ns.child. ");
	free(img);
	zone_deinit(&zone);
}

static void a_target_twice_is_one_extra(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", APEX_LINES "m 1 MX 1 a\nm 1 MX 2 A\na 1 A 192.0.2.1\n");
	struct image_header *img = image_of(&zone);
	assert_extras(img, &zone, "m", RRTYPE_MX, "a. ");
	free(img);
	zone_deinit(&zone);
}

/* ---- sharing ------------------------------------------------------------------------------- */

static uint32_t ref_of(
	const struct image_header *img, const struct zone *zone, const char *name, uint16_t type)
{
	return lookup_rrset(node_of(img, zone, name), type).v;
}

static void equal_rrsets_are_one_fragment(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		APEX_LINES "a 300 NS ns.test.\na 300 NS ns.sister\nb 300 NS ns.test.\n"
			   "b 300 NS ns.sister\nttl 301 NS ns.test.\nttl 301 NS ns.sister\n"
			   "type 300 PTR ns.test.\ntype 300 PTR ns.sister\n"
			   "sister 300 NS ns.test.\nsister 300 NS ns.sister\n"
			   "ns.sister 300 A 192.0.2.1\n"
			   "g.a 300 A 192.0.2.1\nh 300 A 192.0.2.1\n");
	struct image_header *img = image_of(&zone);
	uint32_t a = ref_of(img, &zone, "a", RRTYPE_NS);
	assert_int_equal(ref_of(img, &zone, "b", RRTYPE_NS), a);
	assert_int_not_equal(ref_of(img, &zone, "ttl", RRTYPE_NS), a);
	assert_int_not_equal(ref_of(img, &zone, "type", RRTYPE_PTR), a);
	/* the same text, but here the glue is mandatory */
	assert_int_not_equal(ref_of(img, &zone, "sister", RRTYPE_NS), a);
	/* SOA, negative SOA, NS, NS, NS with other TTL, NS with glue, PTR, A */
	assert_int_equal(img->rrset_cnt, 8);
	assert_image_says_what_the_zone_does(img, &zone);
	free(img);
	zone_deinit(&zone);
}

static void signed_rrsets_are_not_shared(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", APEX_LINES "a 300 TXT x\nb 300 TXT x\n");
	fixture_sign(&zone);
	struct image_header *img = image_of(&zone);
	assert_int_not_equal(
		ref_of(img, &zone, "a", RRTYPE_TXT), ref_of(img, &zone, "b", RRTYPE_TXT));
	free(img);
	zone_deinit(&zone);
}

/* Enough different RRsets to double the sharing table some times. */
static void many_rrsets_share_as_few_do(void **state)
{
	char *text = malloc(1 << 20), *end = text + sprintf(text, APEX_LINES);
	struct zone zone;
	for (unsigned i = 0; i < 5000; i++)
		end += sprintf(end, "n%u 300 A 10.0.%u.%u\n", i, i % 1000 / 250, i % 250);
	fixture_zone(&zone, "example.", text);
	struct image_header *img = image_of(&zone);
	assert_int_equal(img->rrset_cnt, 3 + 1000);
	free(img);
	free(text);
	zone_deinit(&zone);
}

/* ---- the SOA of negative answers ----------------------------------------------------------- */

static void negative_soa_has_the_negative_ttl(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", APEX_LINES);
	fixture_sign(&zone);
	struct image_header *img = image_of(&zone);
	struct zone_rrset negative = *zone_node_rrset(&zone.node[0], RRTYPE_SOA);
	assert_int_not_equal(img->soa_negative.v, ref_of(img, &zone, "@", RRTYPE_SOA));
	negative.ttl_s = negative.sig_ttl_s = 300;
	assert_fragment(
		&zone, image_rrset(img, img->soa_negative), &negative, zone.apex, zone.apex);
	free(img);
	zone_deinit(&zone);
}

static void negative_soa_is_the_soa_if_ttls_are_equal(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", "@ 60 SOA ns1 host 7 1 1 1 300\n@ 3600 NS ns1\n");
	struct image_header *img = image_of(&zone);
	assert_int_equal(img->soa_negative.v, ref_of(img, &zone, "@", RRTYPE_SOA));
	free(img);
	zone_deinit(&zone);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void same_zone_same_octets(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", NAMES_LINES);
	fixture_nsec3(&zone, 0, 0, "", true);
	fixture_sign(&zone);
	struct image_build *build;
	char err[256];
	struct image_header *a = image_of(&zone);
	build = image_build_new(&zone, SEED, err);
	struct image_header *b = aligned_alloc(IMAGE_ALIGN, image_build_size(build));
	memset(b, 0xa5, image_build_size(build));
	image_build_write(build, b); /* no octet may be left as it was */
	image_build_free(build);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a, b, a->size);
	free(a);
	free(b);
	zone_deinit(&zone);
}

static void a_tiny_zone_is_below_a_kilobyte(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.org.",
		"@ 3600 SOA ns1.hoster.net. hostmaster.hoster.net. 1 7200 3600 1209600 300\n"
		"@ 3600 NS ns1.hoster.net.\n@ 3600 NS ns2.hoster.net.\n"
		"@ 3600 A 192.0.2.1\n@ 3600 MX 10 mx.hoster.net.\nwww 3600 CNAME @\n");
	struct image_header *img = image_of(&zone);
	assert_in_range(img->size, 1, 1024);
	free(img);
	zone_deinit(&zone);
}

static void flags_say_what_is_there(void **state)
{
	static const uint32_t expected[] = {0, IMAGE_NSEC | IMAGE_SIGNED,
		IMAGE_NSEC3 | IMAGE_SIGNED, IMAGE_NSEC3 | IMAGE_OPTOUT | IMAGE_SIGNED};
	for (unsigned kind = 0; kind < 4; kind++) {
		struct zone zone;
		fixture_zone(&zone, "example.", APEX_LINES "a 1 NS b.\n");
		if (kind == 1)
			fixture_nsec(&zone);
		if (kind >= 2)
			fixture_nsec3(&zone, 1, 1, "s", kind == 3);
		if (kind > 0)
			fixture_sign(&zone);
		struct image_header *img = image_of(&zone);
		assert_int_equal(img->flags, expected[kind]);
		assert_int_equal(img->serial, 7);
		free(img);
		zone_deinit(&zone);
	}
}

/* ---- live zones ---------------------------------------------------------------------------- */

#define LIVE_LINES                                                                                 \
	APEX_LINES "a 60 A 192.0.2.1\nb 60 A 192.0.2.1\nsub 60 NS ns.sub\nsub 60 DS 1 13 2 aabb\n" \
		   "ns.sub 60 A 192.0.2.1\nother 60 NS ns.sub\n"

static void live_zone(struct zone *zone, const char *more)
{
	char text[1024];
	snprintf(text, sizeof(text), "%s%s", LIVE_LINES, more);
	fixture_zone(zone, "example.", text);
	fixture_nsec3(zone, 1, 1, "s", false);
	fixture_live(zone);
}

static bool same_key(const struct image_rrset *a, const struct image_rrset *b)
{
	assert_int_equal(a->key_len, sizeof(struct sig_key));
	assert_int_equal(b->key_len, sizeof(struct sig_key));
	return memcmp(image_rrset_key(a), image_rrset_key(b), sizeof(struct sig_key)) == 0;
}

static void what_is_to_be_signed_has_a_key_of_its_own(void **state)
{
	struct zone zone;
	live_zone(&zone, "");
	struct image_header *img = image_of(&zone);
	const struct image_rrset *a = rrset_of(img, &zone, "a", RRTYPE_A);
	assert_int_equal(img->flags, IMAGE_LIVE | IMAGE_NSEC3);
	assert_memory_equal(img->live_id, zone.live_id, sizeof(img->live_id));
	assert_int_equal(img->live_sig_len, zone.live_sig_len);
	assert_false(same_key(a, rrset_of(img, &zone, "b", RRTYPE_A)));
	assert_false(same_key(
		rrset_of(img, &zone, "@", RRTYPE_SOA), image_rrset(img, img->soa_negative)));
	assert_int_equal(rrset_of(img, &zone, "sub", RRTYPE_NS)->key_len, 0);
	assert_int_equal(rrset_of(img, &zone, "other", RRTYPE_NS)->key_len, 0);
	assert_int_equal(rrset_of(img, &zone, "sub", RRTYPE_DS)->key_len, 16);
	assert_int_equal(
		image_rrset(img, (struct rrset_ref){node_of(img, &zone, "a")->denial})->key_len,
		16);
	free(img);
	zone_deinit(&zone);
}

/* A new version of the zone keeps the signatures of what did not change. */
static void keys_outlive_the_image(void **state)
{
	struct zone old_zone, new_zone;
	live_zone(&old_zone, "c 60 A 192.0.2.7\n");
	live_zone(&new_zone, "c 60 A 192.0.2.8\n");
	struct image_header *old = image_of(&old_zone), *new = image_of(&new_zone);
	assert_true(same_key(
		rrset_of(old, &old_zone, "a", RRTYPE_A), rrset_of(new, &new_zone, "a", RRTYPE_A)));
	assert_false(same_key(
		rrset_of(old, &old_zone, "c", RRTYPE_A), rrset_of(new, &new_zone, "c", RRTYPE_A)));
	free(old);
	free(new);
	new_zone.live_id[0]++;
	new = image_of(&new_zone);
	old = image_of(&old_zone);
	assert_false(same_key(
		rrset_of(old, &old_zone, "a", RRTYPE_A), rrset_of(new, &new_zone, "a", RRTYPE_A)));
	free(old);
	free(new);
	zone_deinit(&old_zone);
	zone_deinit(&new_zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_an_rrset_that_signatures_make_too_large),
		cmocka_unit_test(refuses_more_types_than_a_node_counts),
		cmocka_unit_test(every_fragment_expands_to_the_zone),
		cmocka_unit_test(compresses_as_it_should),
		cmocka_unit_test(extras_lead_to_addresses),
		cmocka_unit_test(a_target_twice_is_one_extra),
		cmocka_unit_test(equal_rrsets_are_one_fragment),
		cmocka_unit_test(signed_rrsets_are_not_shared),
		cmocka_unit_test(many_rrsets_share_as_few_do),
		cmocka_unit_test(negative_soa_has_the_negative_ttl),
		cmocka_unit_test(negative_soa_is_the_soa_if_ttls_are_equal),
		cmocka_unit_test(same_zone_same_octets),
		cmocka_unit_test(a_tiny_zone_is_below_a_kilobyte),
		cmocka_unit_test(flags_say_what_is_there),
		cmocka_unit_test(what_is_to_be_signed_has_a_key_of_its_own),
		cmocka_unit_test(keys_outlive_the_image),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
