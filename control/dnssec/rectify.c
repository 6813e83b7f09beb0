/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/rectify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/chain.h"
#include "zonedb/image.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone_finish.h"

/* Stands for every type that does not matter to order and authority (RFC 6895: private use). */
#define TYPE_OTHER 65280

void rectify_init(struct rectify *r, const uint8_t *apex)
{
	*r = (struct rectify){0};
	zone_init(&r->zone, apex);
}

void rectify_deinit(struct rectify *r)
{
	free(r->has_own);
	zone_deinit(&r->zone);
}

/* ==== names without data ==================================================================== */

static int add(struct rectify *r, const uint8_t *owner, uint16_t type, size_t rdata_len)
{
	static const uint8_t zeros[22]; /* root names and numbers */
	return zone_add_rr(&r->zone, owner, type, 0, zeros, rdata_len) == ZONE_ADD_DONE ? 0 : -1;
}

int rectify_add(struct rectify *r, const uint8_t *owner, uint16_t type)
{
	if (type == RRTYPE_NS)
		return add(r, owner, RRTYPE_NS, 1);
	if (type == RRTYPE_DS)
		return add(r, owner, RRTYPE_DS, 5);
	return add(r, owner, TYPE_OTHER, 1);
}

static int finish_names(struct rectify *r, char err[static 256])
{
	/* an apex as zone_finish() wants it, whatever the rows say */
	if (add(r, r->zone.apex, RRTYPE_SOA, 22) == 0 && add(r, r->zone.apex, RRTYPE_NS, 1) == 0)
		return zone_finish(&r->zone, err);
	snprintf(err, 256, "out of memory");
	return -1;
}

/* ==== order and authority =================================================================== */

bool rectify_is_ent(const struct rectify *r, uint32_t i)
{
	return r->zone.node[i].rrset == NULL;
}

bool rectify_is_cut(const struct rectify *r, uint32_t i)
{
	return r->zone.node[i].flags & (NODE_DELEGATION | NODE_GLUE);
}

bool rectify_has_ds(const struct rectify *r, uint32_t i)
{
	return zone_node_rrset(&r->zone.node[i], RRTYPE_DS) != NULL;
}

/* Names below a node follow it: going backwards each has heard from all below it. */
static int find_own(struct rectify *r, char err[static 256])
{
	r->has_own = calloc(r->zone.node_cnt, sizeof(*r->has_own));
	if (r->has_own == NULL) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	for (uint32_t i = r->zone.node_cnt; i-- > 0;) {
		uint32_t parent = r->zone.node[i].parent;
		r->has_own[i] |= !rectify_is_ent(r, i) && !rectify_is_cut(r, i);
		if (parent != ZONE_NODE_NONE)
			r->has_own[parent] |= r->has_own[i];
	}
	return 0;
}

int rectify_finish(struct rectify *r, const struct zone_policy *policy, unsigned thread_cnt,
	char err[static 256])
{
	if (finish_names(r, err) != 0 || find_own(r, err) != 0)
		return -1;
	r->nsec3 = policy != NULL && policy->nsec3;
	r->optout = r->nsec3 && policy->nsec3_param.optout;
	r->ordered = policy != NULL && !(r->nsec3 && policy->narrow);
	if (!r->ordered)
		return 0;
	return dnssec_chain(&r->zone, r->nsec3 ? &policy->nsec3_param : NULL, thread_cnt, err);
}

uint32_t rectify_find(const struct rectify *r, const uint8_t *owner)
{
	return zone_find(&r->zone, owner);
}

static bool is_auth(const struct rectify *r, uint32_t i, uint16_t type)
{
	uint8_t flags = r->zone.node[i].flags;
	if (type != RECTIFY_ENT)
		return zone_type_authoritative(flags, type);
	return r->has_own[i] || (r->nsec3 && !r->optout && !(flags & NODE_GLUE));
}

/* A record of the chain stands at the name, and rows of this type take part in it. */
static bool has_order(const struct rectify *r, uint32_t i, uint16_t type)
{
	uint8_t flags = r->zone.node[i].flags;
	bool is_glue = flags & NODE_DELEGATION && (type == RRTYPE_A || type == RRTYPE_AAAA);
	return r->ordered && flags & NODE_DENIAL_MATCH && !is_glue;
}

/* ==== ordernames ============================================================================ */

/* The labels of owner below an apex of apex_len octets, in reverse. */
static void reverse_labels(uint8_t reversed[static DNAME_LEN_MAX], const uint8_t *owner,
	size_t owner_len, size_t apex_len)
{
	uint8_t *at = reversed + owner_len - apex_len;
	*at = 0;
	for (; at > reversed; owner += 1 + owner[0]) {
		at -= 1 + owner[0];
		memcpy(at, owner, 1U + owner[0]);
	}
}

/* "host.sub.zone." is "sub host"; dots that are no separators are escaped and stay. */
static void order_from_name(char *text, const struct zone *zone, const struct zone_node *node)
{
	uint8_t reversed[DNAME_LEN_MAX];
	reverse_labels(reversed, node->owner, node->owner_len, zone->apex_len);
	dname_to_text(text, reversed);
	char *end = text;
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\\') {
			c++;
		} else if (*c == '.') {
			*c = ' ';
			end = c;
		}
	}
	*end = '\0';
}

static void order_from_hash(char *text, const struct zone *zone, const struct zone_node *node)
{
	nsec3_to_text(text, zone->nsec3[node->denial].hash);
	text[NSEC3_LABEL_LEN] = '\0';
}

void rectify_of(const struct rectify *r, uint32_t i, uint16_t type, struct rectify_fields *fields)
{
	const struct zone_node *node = &r->zone.node[i];
	fields->auth = is_auth(r, i, type);
	fields->has_order = has_order(r, i, type);
	fields->ordername[0] = '\0';
	if (fields->has_order && r->nsec3)
		order_from_hash(fields->ordername, &r->zone, node);
	else if (fields->has_order)
		order_from_name(fields->ordername, &r->zone, node);
}
