/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/zone_fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/image_build.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/synth.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

#define LINE_LEN_MAX 4096

static void require(bool ok, const char *what, const char *detail)
{
	if (ok)
		return;
	fprintf(stderr, "zone_fixture: %s: %s\n", what, detail);
	abort();
}

/* ---- text ---------------------------------------------------------------------------------- */

/* Fields of rdata: n name, 1 2 4 number of octets, a IPv4, 6 IPv6, t character-string, x hex. */
static const struct {
	uint16_t type;
	const char *fields;
} formats[] = {
	{RRTYPE_A, "a"},
	{RRTYPE_AAAA, "6"},
	{RRTYPE_NS, "n"},
	{RRTYPE_CNAME, "n"},
	{RRTYPE_DNAME, "n"},
	{RRTYPE_PTR, "n"},
	{RRTYPE_SOA, "nn44444"},
	{RRTYPE_MX, "2n"},
	{RRTYPE_KX, "2n"},
	{RRTYPE_SRV, "222n"},
	{RRTYPE_RP, "nn"},
	{RRTYPE_MINFO, "nn"},
	{RRTYPE_NAPTR, "22tttn"},
	{RRTYPE_SVCB, "2nx"},
	{RRTYPE_HTTPS, "2nx"},
	{RRTYPE_TXT, "t"},
	{RRTYPE_CAA, "1tx"},
	{RRTYPE_DS, "211x"},
	{RRTYPE_DNSKEY, "211x"},
	{RRTYPE_NSEC3PARAM, "112x"},
	{RRTYPE_NSEC3, "112x"},
	{RRTYPE_RRSIG, "2114442nx"},
};

static const char *fields_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].type == type)
			return formats[i].fields;
	return "x";
}

static void read_name(uint8_t dst[static DNAME_LEN_MAX], const struct zone *zone, const char *text)
{
	size_t len = strlen(text);
	int name_len = -1;
	if (strcmp(text, "@") == 0) {
		memcpy(dst, zone->apex, zone->apex_len);
		return;
	}
	if (len > 0 && text[len - 1] == '.') {
		require(dname_from_text(dst, text) > 0, "bad name", text);
		return;
	}
	name_len = dname_from_text(dst, text);
	require(name_len > 0 && name_len - 1 + zone->apex_len <= DNAME_LEN_MAX, "bad name", text);
	memcpy(dst + name_len - 1, zone->apex, zone->apex_len);
}

static void put_hex(struct wire_writer *w, const char *text)
{
	unsigned octet;
	if (strcmp(text, "-") == 0)
		return;
	for (; sscanf(text, "%2x", &octet) == 1; text += 2)
		wire_write_u8(w, (uint8_t)octet);
}

static void put_field(struct wire_writer *w, const struct zone *zone, char field, const char *text)
{
	uint8_t buf[DNAME_LEN_MAX];
	unsigned long number = strtoul(text, NULL, 10);
	if (field == 'n') {
		read_name(buf, zone, text);
		wire_write(w, buf, dname_len(buf));
	} else if (field == 'a' || field == '6') {
		require(inet_pton(field == 'a' ? AF_INET : AF_INET6, text, buf) == 1, "bad address",
			text);
		wire_write(w, buf, field == 'a' ? 4 : 16);
	} else if (field == 't') {
		wire_write_u8(w, (uint8_t)strlen(text));
		wire_write(w, text, strlen(text));
	} else if (field == 'x') {
		put_hex(w, text);
	} else if (field == '1') {
		wire_write_u8(w, (uint8_t)number);
	} else if (field == '2') {
		wire_write_u16(w, (uint16_t)number);
	} else {
		wire_write_u32(w, (uint32_t)number);
	}
}

static void add_line(struct zone *zone, char *line)
{
	uint8_t owner[DNAME_LEN_MAX], rdata[LINE_LEN_MAX];
	char *save, *name = strtok_r(line, " ", &save), *ttl = strtok_r(NULL, " ", &save);
	char *mnemonic = strtok_r(NULL, " ", &save), *text;
	uint16_t type = 0;
	struct wire_writer w = wire_writer_init(rdata, sizeof(rdata));
	if (name == NULL)
		return;
	require(mnemonic != NULL && rrtype_from_text(&type, mnemonic) == 0, "bad line", name);
	read_name(owner, zone, name);
	for (const char *field = fields_of(type); *field != '\0'; field++) {
		text = strtok_r(NULL, " ", &save);
		require(text != NULL, "too few fields", name);
		put_field(&w, zone, *field, text);
	}
	require(wire_writer_ok(&w), "rdata too long", name);
	enum zone_add outcome = zone_add_rr(
		zone, owner, type, (uint32_t)strtoul(ttl, NULL, 10), rdata, wire_writer_len(&w));
	require(outcome == ZONE_ADD_DONE, zone_add_text(outcome), name);
}

void fixture_add(struct zone *zone, const char *text)
{
	char line[LINE_LEN_MAX];
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		require(len < sizeof(line), "line too long", text);
		memcpy(line, text, len);
		line[len] = '\0';
		add_line(zone, line);
		text += len + (text[len] == '\n');
	}
}

void fixture_zone(struct zone *zone, const char *apex, const char *text)
{
	uint8_t name[DNAME_LEN_MAX];
	char err[256];
	require(dname_from_text(name, apex) > 0, "bad apex", apex);
	zone_init(zone, name);
	fixture_add(zone, text);
	require(zone_finish(zone, err) == 0, "zone_finish", err);
}

void fixture_qname(struct qname *q, const struct zone *zone, const char *name)
{
	uint8_t wire[DNAME_LEN_MAX];
	read_name(wire, zone, name);
	require(qname_read(q, wire, dname_len(wire)) > 0, "bad question", name);
}

/* ---- denial -------------------------------------------------------------------------------- */

static void *arena_room(struct zone *zone, size_t len)
{
	void *room = zone_arena_alloc(&zone->arena, len);
	require(room != NULL, "out of memory", "");
	return room;
}

/* Packs one rdata into the zone. */
static const uint8_t *pack(struct zone *zone, const uint8_t *rdata, size_t len)
{
	uint8_t *packed = arena_room(zone, 2 + len);
	wire_put_u16(packed, (uint16_t)len);
	memcpy(packed + 2, rdata, len);
	return packed;
}

/* Type bitmap of a node and what comes to it; a delegation shows NS, DS and the chain's own. */
static void put_bitmap(struct wire_writer *w, const struct zone_node *node, const uint16_t *more,
	unsigned more_cnt)
{
	uint8_t bits[256][32] = {{0}};
	for (const struct zone_rrset *r = node->rrset; r != NULL; r = r->next)
		if (r->authoritative || r->type == RRTYPE_NS)
			bits[r->type >> 8][(r->type & 0xff) / 8] |= (uint8_t)(0x80 >> r->type % 8);
	for (unsigned i = 0; i < more_cnt; i++)
		bits[more[i] >> 8][(more[i] & 0xff) / 8] |= (uint8_t)(0x80 >> more[i] % 8);
	for (unsigned window = 0; window < 256; window++) {
		unsigned len = 32;
		while (len > 0 && bits[window][len - 1] == 0)
			len--;
		if (len == 0)
			continue;
		wire_write_u8(w, (uint8_t)window);
		wire_write_u8(w, (uint8_t)len);
		wire_write(w, bits[window], len);
	}
}

static void add_nsec(struct zone *zone, uint32_t idx, const uint8_t *next, size_t next_len)
{
	static const uint16_t more[] = {RRTYPE_RRSIG, RRTYPE_NSEC};
	uint8_t rdata[DNAME_LEN_MAX + 256 * 34];
	struct wire_writer w = wire_writer_init(rdata, sizeof(rdata));
	wire_write(&w, next, next_len);
	put_bitmap(&w, &zone->node[idx], more, 2);
	size_t len = wire_writer_len(&w);
	require(zone_rrset_add(zone, idx, RRTYPE_NSEC, zone->negative_ttl_s, pack(zone, rdata, len),
			(uint32_t)len + 2, 1) != NULL,
		"out of memory", "NSEC");
}

/* "*." + owner; 0 if that is too long. */
static size_t wildcard_name(uint8_t dst[static DNAME_LEN_MAX], const struct zone_node *node)
{
	if (node->owner_len + 2 > DNAME_LEN_MAX)
		return 0;
	dst[0] = 1;
	dst[1] = '*';
	memcpy(dst + 2, node->owner, node->owner_len);
	return node->owner_len + 2U;
}

/* Sets the denial of "*." + name as (index, whether it matches) says; cuts and glue have none. */
static void set_denial(
	struct zone_node *node, uint32_t own, bool own_match, uint32_t wild, bool wild_match)
{
	node->denial = own;
	node->flags |= own_match ? NODE_DENIAL_MATCH : 0;
	if (node->flags & NODE_DELEGATION)
		return;
	node->wildcard_denial = wild;
	node->flags |= wild_match ? NODE_WILDCARD_DENIAL_MATCH : 0;
}

/* Index into .order of the last owner at or before name. */
static uint32_t order_at(const struct zone *zone, const uint8_t *name, bool *match)
{
	uint32_t at = 0;
	for (uint32_t low = 0, high = zone->order_cnt; low < high;) {
		uint32_t mid = low + (high - low) / 2;
		if (dname_cmp(zone->node[zone->order[mid]].owner, name) <= 0) {
			at = mid;
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	*match = dname_cmp(zone->node[zone->order[at]].owner, name) == 0;
	return at;
}

void fixture_nsec(struct zone *zone)
{
	zone->order = malloc(zone->node_cnt * sizeof(*zone->order));
	require(zone->order != NULL, "out of memory", "order");
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (!(zone->node[i].flags & NODE_GLUE) && zone->node[i].rrset != NULL)
			zone->order[zone->order_cnt++] = i;
	for (uint32_t i = 0; i < zone->order_cnt; i++) {
		const struct zone_node *next = &zone->node[zone->order[(i + 1) % zone->order_cnt]];
		add_nsec(zone, zone->order[i], next->owner, next->owner_len);
	}
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		uint8_t wild[DNAME_LEN_MAX];
		bool own_match, wild_match = false;
		if (node->flags & NODE_GLUE)
			continue;
		uint32_t own = order_at(zone, node->owner, &own_match), wild_at = IMAGE_DENIAL_NONE;
		if (wildcard_name(wild, node) > 0)
			wild_at = order_at(zone, wild, &wild_match);
		set_denial(node, own, own_match, wild_at, wild_match);
	}
}

static int hash_cmp(const void *a, const void *b)
{
	return memcmp(((const struct zone_nsec3 *)a)->hash, ((const struct zone_nsec3 *)b)->hash,
		NSEC3_HASH_LEN);
}

static void hash_name(const struct zone *zone, uint8_t *hash, const uint8_t *name, size_t len)
{
	const struct zone_nsec3_param *p = &zone->nsec3_param;
	nsec3_hash(hash, name, len, p->salt, p->salt_len, p->iterations);
}

static uint32_t nsec3_at(const struct zone *zone, const uint8_t *name, size_t len, bool *match)
{
	uint8_t hash[NSEC3_HASH_LEN];
	uint32_t at = zone->nsec3_cnt - 1;
	hash_name(zone, hash, name, len);
	for (uint32_t low = 0, high = zone->nsec3_cnt; low < high;) {
		uint32_t mid = low + (high - low) / 2;
		if (memcmp(zone->nsec3[mid].hash, hash, NSEC3_HASH_LEN) <= 0) {
			at = mid;
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	*match = memcmp(zone->nsec3[at].hash, hash, NSEC3_HASH_LEN) == 0;
	return at;
}

/* Which nodes have an NSEC3: what opt-out leaves out, its empty non-terminals lose, too. */
static bool *nsec3_owners(const struct zone *zone)
{
	bool *has = calloc(zone->node_cnt, sizeof(*has));
	require(has != NULL, "out of memory", "NSEC3");
	for (uint32_t i = zone->node_cnt; i-- > 0;) {
		const struct zone_node *node = &zone->node[i];
		bool insecure =
			(node->flags & NODE_DELEGATION) && zone_node_rrset(node, RRTYPE_DS) == NULL;
		if (node->flags & NODE_GLUE)
			continue;
		if (node->rrset != NULL && !(insecure && zone->nsec3_param.optout))
			has[i] = true;
		if (has[i] && node->parent != ZONE_NODE_NONE)
			has[node->parent] = true;
	}
	return has;
}

/* The NSEC3 of a node, its next hash still that of its own. */
static struct zone_nsec3 make_nsec3(struct zone *zone, const struct zone_node *node)
{
	static const uint16_t more[] = {RRTYPE_RRSIG};
	const struct zone_nsec3_param *p = &zone->nsec3_param;
	bool insecure = (node->flags & NODE_DELEGATION) && zone_node_rrset(node, RRTYPE_DS) == NULL;
	uint8_t rdata[5 + NSEC3_SALT_MAX + 1 + NSEC3_HASH_LEN + 256 * 34];
	struct wire_writer w = wire_writer_init(rdata, sizeof(rdata));
	struct zone_nsec3 nsec3;
	hash_name(zone, nsec3.hash, node->owner, node->owner_len);
	wire_write_u8(&w, 1);
	wire_write_u8(&w, p->optout ? NSEC3_FLAG_OPTOUT : 0);
	wire_write_u16(&w, p->iterations);
	wire_write_u8(&w, p->salt_len);
	wire_write(&w, p->salt, p->salt_len);
	wire_write_u8(&w, NSEC3_HASH_LEN);
	wire_write(&w, nsec3.hash, NSEC3_HASH_LEN);
	put_bitmap(&w, node, more, node->rrset != NULL && !insecure);
	size_t len = wire_writer_len(&w);
	nsec3.rrset = arena_room(zone, sizeof(*nsec3.rrset));
	*nsec3.rrset = (struct zone_rrset){
		.rdata = pack(zone, rdata, len),
		.rdata_len = (uint32_t)len + 2,
		.ttl_s = zone->negative_ttl_s,
		.type = RRTYPE_NSEC3,
		.rr_cnt = 1,
		.authoritative = true,
	};
	return nsec3;
}

static void add_nsec3param(struct zone *zone)
{
	const struct zone_nsec3_param *p = &zone->nsec3_param;
	uint8_t rdata[5 + NSEC3_SALT_MAX] = {
		1, 0, (uint8_t)(p->iterations >> 8), (uint8_t)p->iterations, p->salt_len};
	memcpy(rdata + 5, p->salt, p->salt_len);
	require(zone_rrset_add(zone, 0, RRTYPE_NSEC3PARAM, 0, pack(zone, rdata, 5U + p->salt_len),
			7U + p->salt_len, 1) != NULL,
		"out of memory", "NSEC3PARAM");
}

static uint8_t *next_hash_of(const struct zone *zone, struct zone_nsec3 *nsec3)
{
	/* our own arena's */
	return (uint8_t *)nsec3->rrset->rdata + 2 + 5 + zone->nsec3_param.salt_len + 1;
}

static void link_nsec3(struct zone *zone)
{
	qsort(zone->nsec3, zone->nsec3_cnt, sizeof(*zone->nsec3), hash_cmp);
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++)
		memcpy(next_hash_of(zone, &zone->nsec3[i]),
			zone->nsec3[(i + 1) % zone->nsec3_cnt].hash, NSEC3_HASH_LEN);
}

/* Parameters, and room for two records a name. */
static void begin_nsec3(
	struct zone *zone, uint16_t iterations, uint8_t salt_len, const char *salt, bool optout)
{
	zone->nsec3_param = (struct zone_nsec3_param){
		.iterations = iterations, .salt_len = salt_len, .optout = optout};
	memcpy(zone->nsec3_param.salt, salt, salt_len);
	add_nsec3param(zone);
	zone->nsec3 = malloc(2 * zone->node_cnt * sizeof(*zone->nsec3));
	require(zone->nsec3 != NULL, "out of memory", "NSEC3");
}

void fixture_nsec3(
	struct zone *zone, uint16_t iterations, uint8_t salt_len, const char *salt, bool optout)
{
	begin_nsec3(zone, iterations, salt_len, salt, optout);
	bool *has = nsec3_owners(zone);
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (has[i])
			zone->nsec3[zone->nsec3_cnt++] = make_nsec3(zone, &zone->node[i]);
	free(has);
	link_nsec3(zone);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		uint8_t wild[DNAME_LEN_MAX];
		bool own_match, wild_match = false;
		if (node->flags & NODE_GLUE)
			continue;
		uint32_t own = nsec3_at(zone, node->owner, node->owner_len, &own_match);
		uint32_t wild_at = IMAGE_DENIAL_NONE;
		size_t wild_len = wildcard_name(wild, node);
		if (wild_len > 0)
			wild_at = nsec3_at(zone, wild, wild_len, &wild_match);
		set_denial(node, own, own_match, wild_at, wild_match);
	}
}

/* ---- denial of live zones ------------------------------------------------------------------- */

/* Whether "*." + name is to be denied: it does not exist, and names may lie below name. */
static bool denies_wildcard(const struct zone_node *node)
{
	uint8_t wild[DNAME_LEN_MAX];
	return !(node->flags & (NODE_DELEGATION | NODE_GLUE)) && node->wildcard == ZONE_NODE_NONE &&
	       wildcard_name(wild, node) > 0;
}

static void add_match(struct zone *zone, const struct zone_node *node)
{
	struct zone_nsec3 nsec3 = make_nsec3(zone, node);
	synth_hash_after(next_hash_of(zone, &nsec3), nsec3.hash);
	zone->nsec3[zone->nsec3_cnt++] = nsec3;
}

static void add_cover(struct zone *zone, const struct zone_node *node)
{
	uint8_t wild[DNAME_LEN_MAX];
	struct zone_node missing = {.owner = wild};
	missing.owner_len = (uint8_t)wildcard_name(wild, node);
	struct zone_nsec3 nsec3 = make_nsec3(zone, &missing);
	synth_hash_after(next_hash_of(zone, &nsec3), nsec3.hash);
	synth_hash_before(nsec3.hash, nsec3.hash);
	zone->nsec3[zone->nsec3_cnt++] = nsec3;
}

/* Index of the record whose owner is the hash of name, or the one before. */
static uint32_t narrow_at(const struct zone *zone, const uint8_t *name, size_t len, bool cover)
{
	struct zone_nsec3 wanted;
	hash_name(zone, wanted.hash, name, len);
	if (cover)
		synth_hash_before(wanted.hash, wanted.hash);
	const struct zone_nsec3 *found =
		bsearch(&wanted, zone->nsec3, zone->nsec3_cnt, sizeof(wanted), hash_cmp);
	require(found != NULL, "no NSEC3", "narrow");
	return (uint32_t)(found - zone->nsec3);
}

void fixture_narrow(
	struct zone *zone, uint16_t iterations, uint8_t salt_len, const char *salt, bool optout)
{
	begin_nsec3(zone, iterations, salt_len, salt, optout);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		if (!(zone->node[i].flags & NODE_GLUE))
			add_match(zone, &zone->node[i]);
		if (denies_wildcard(&zone->node[i]))
			add_cover(zone, &zone->node[i]);
	}
	qsort(zone->nsec3, zone->nsec3_cnt, sizeof(*zone->nsec3), hash_cmp);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		uint8_t wild[DNAME_LEN_MAX];
		uint32_t wild_at = IMAGE_DENIAL_NONE;
		bool exists = node->wildcard != ZONE_NODE_NONE;
		if (node->flags & NODE_GLUE)
			continue;
		if (exists || denies_wildcard(node))
			wild_at = narrow_at(zone, wild, wildcard_name(wild, node), !exists);
		set_denial(node, narrow_at(zone, node->owner, node->owner_len, false), true,
			wild_at, exists);
	}
	zone->flags |= IMAGE_NARROW;
}

void fixture_compact(struct zone *zone)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		uint8_t next[DNAME_LEN_MAX];
		if (node->flags & NODE_GLUE)
			continue;
		add_nsec(zone, i, next,
			synth_next_name(next, node->owner, node->owner_len, zone->apex_len));
	}
	zone->flags |= IMAGE_COMPACT;
}

/* ---- signatures ---------------------------------------------------------------------------- */

static void sign_rrset(
	struct zone *zone, struct zone_rrset *rrset, unsigned label_cnt, const uint8_t *owner)
{
	uint8_t rdata[18 + DNAME_LEN_MAX + 64];
	struct wire_writer w = wire_writer_init(rdata, sizeof(rdata));
	wire_write_u16(&w, rrset->type);
	wire_write_u8(&w, 13);
	wire_write_u8(&w, (uint8_t)label_cnt);
	wire_write_u32(&w, rrset->ttl_s);
	wire_write_u32(&w, 1800000000);
	wire_write_u32(&w, 1700000000);
	wire_write_u16(&w, 12345);
	wire_write(&w, zone->apex, zone->apex_len);
	/* some octets that differ from one RRset to the next */
	for (unsigned i = 0; i < 64; i++)
		wire_write_u8(&w, (uint8_t)(owner[i % dname_len(owner)] * 7 + rrset->type + i));
	size_t len = wire_writer_len(&w);
	rrset->sig = pack(zone, rdata, len);
	rrset->sig_len = (uint32_t)len + 2;
	rrset->sig_cnt = 1;
	rrset->sig_ttl_s = rrset->ttl_s;
}

void fixture_sign(struct zone *zone)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		unsigned labels =
			dname_label_cnt(node->owner) - (node->flags & NODE_WILDCARD ? 1 : 0);
		for (struct zone_rrset *r = node->rrset; r != NULL; r = r->next)
			if (r->authoritative)
				sign_rrset(zone, r, labels, node->owner);
	}
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		uint8_t owner[1 + NSEC3_LABEL_LEN + 1] = {NSEC3_LABEL_LEN};
		nsec3_to_text((char *)owner + 1, zone->nsec3[i].hash);
		sign_rrset(zone, zone->nsec3[i].rrset, zone->apex_label_cnt + 1U, owner);
	}
	zone->flags |= IMAGE_SIGNED;
}

void fixture_live(struct zone *zone)
{
	zone->flags |= IMAGE_LIVE;
	zone->live_id[0] = UINT64_C(0x0123456789abcdef);
	zone->live_id[1] = zone->apex_len;
	zone->live_sig_len = (uint16_t)(30 + zone->apex_len + 64);
}

/* ---- image --------------------------------------------------------------------------------- */

struct image_header *fixture_image(const struct zone *zone, uint64_t hash_seed)
{
	char err[256];
	struct image_build *build = image_build_new(zone, hash_seed, err);
	require(build != NULL, "image_build", err);
	struct image_header *img = aligned_alloc(IMAGE_ALIGN, image_build_size(build));
	require(img != NULL, "out of memory", "image");
	image_build_write(build, img);
	image_build_free(build);
	return img;
}
