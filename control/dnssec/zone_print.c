/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Presentation of rdata is libknot's.
 */
#include "control/dnssec/zone_print.h"

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "control/dnssec/records.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

#define TEXT_LEN_MAX (4 * RDATA_LEN_MAX + 1024) /* every octet as \DDD, and some white space */

/* Everything a record's line is made with. */
struct printer {
	FILE *out;
	char *text; /* TEXT_LEN_MAX octets */
	char owner[DNAME_TEXT_MAX];
};

int rdata_to_text(char *dst, size_t dst_size, uint16_t type, const uint8_t *rdata, size_t rdata_len)
{
	uint8_t none = 0;
	if (rdata_len > RDATA_LEN_MAX)
		return -1;
	knot_rdata_t *copy = malloc(knot_rdata_size((uint16_t)rdata_len));
	if (!copy)
		return -1;
	knot_rdata_init(copy, (uint16_t)rdata_len, rdata_len ? rdata : &none);
	knot_rrset_t rrset;
	knot_rrset_init(&rrset, NULL, type, KNOT_CLASS_IN, 0);
	rrset.rrs = (knot_rdataset_t){
		.count = 1, .size = (uint32_t)knot_rdata_size(copy->len), .rdata = copy};
	knot_dump_style_t style = KNOT_DUMP_STYLE_DEFAULT;
	style.human_timestamp = true;
	int len = knot_rrset_txt_dump_data(&rrset, 0, dst, dst_size, &style);
	free(copy);
	return len < 0 ? -1 : len;
}

static int print_rrs(struct printer *p, uint16_t type, uint32_t ttl_s, const uint8_t *packed,
	uint32_t packed_len)
{
	const uint8_t *end = packed + packed_len;
	struct packed_rr rr;
	char type_text[12];
	rrtype_to_text(type_text, type);
	while (records_next(&packed, end, &rr)) {
		if (rdata_to_text(p->text, TEXT_LEN_MAX, type, rr.rdata, rr.len) < 0 ||
			fprintf(p->out, "%s\t%u\tIN\t%s\t%s\n", p->owner, ttl_s, type_text,
				p->text) < 0)
			return -1;
	}
	return 0;
}

static int print_rrset(struct printer *p, const struct zone_rrset *rrset)
{
	if (print_rrs(p, rrset->type, rrset->ttl_s, rrset->rdata, rrset->rdata_len))
		return -1;
	return rrset->sig ? print_rrs(p, RRTYPE_RRSIG, rrset->sig_ttl_s, rrset->sig, rrset->sig_len)
			  : 0;
}

static int print_node(struct printer *p, const struct zone_node *node)
{
	const struct zone_rrset *soa = zone_node_rrset(node, RRTYPE_SOA);
	dname_to_text(p->owner, node->owner);
	if (soa && print_rrset(p, soa))
		return -1;
	for (const struct zone_rrset *r = node->rrset; r; r = r->next)
		if (r != soa && print_rrset(p, r))
			return -1;
	return 0;
}

static int print_nsec3(struct printer *p, const struct zone *zone, const struct zone_nsec3 *nsec3)
{
	uint8_t owner[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX] = {NSEC3_LABEL_LEN};
	nsec3_to_text((char *)owner + 1, nsec3->hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len);
	dname_to_text(p->owner, owner);
	return print_rrset(p, nsec3->rrset);
}

int zone_print(const struct zone *zone, FILE *out)
{
	struct printer p = {.out = out, .text = malloc(TEXT_LEN_MAX)};
	int result = p.text ? 0 : -1;
	for (uint32_t i = 0; !result && i < zone->node_cnt; i++)
		result = print_node(&p, &zone->node[i]);
	for (uint32_t i = 0; !result && i < zone->nsec3_cnt; i++)
		result = print_nsec3(&p, zone, &zone->nsec3[i]);
	free(p.text);
	return result ? -1 : ferror(out) ? -1 : 0;
}
