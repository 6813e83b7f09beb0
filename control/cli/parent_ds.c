/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/parent_ds.h"

#include <string.h>

/* Whether rr is a DS of the key. */
static bool is_ds_of(const ldns_rr *rr, const uint8_t *apex, const struct key *key)
{
	uint8_t ds[KEY_DS_MAX];
	if (ldns_rr_rd_count(rr) != 4)
		return false;
	unsigned digest = ldns_rdf2native_int8(ldns_rr_rdf(rr, 2));
	int len = key_ds_rdata(ds, apex, key->dnskey, key->dnskey_len, digest);
	const ldns_rdf *theirs = ldns_rr_rdf(rr, 3);
	return len > 4 && ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)) == key->tag &&
	       ldns_rdf2native_int8(ldns_rr_rdf(rr, 1)) == key->algorithm &&
	       ldns_rdf_size(theirs) == (size_t)len - 4 &&
	       memcmp(ldns_rdf_data(theirs), ds + 4, (size_t)len - 4) == 0;
}

static bool list_has(const ldns_rr_list *list, const uint8_t *apex, const struct key *key)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		if (is_ds_of(ldns_rr_list_rr(list, i), apex, key))
			return true;
	return false;
}

/* Takes one server's DS into ds. */
static void take(struct parent_ds *ds, const ldns_rr_list *list, const uint8_t *apex,
	const struct parent_ds_keys *new_keys, const struct parent_ds_keys *old_keys)
{
	for (unsigned i = 0; i < new_keys->cnt; i++)
		ds->has_new &= list_has(list, apex, new_keys->key[i]);
	for (unsigned i = 0; i < old_keys->cnt; i++)
		ds->has_old |= list_has(list, apex, old_keys->key[i]);
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		uint32_t ttl_s = ldns_rr_ttl(ldns_rr_list_rr(list, i));
		ds->ttl_s = ttl_s > ds->ttl_s ? ttl_s : ds->ttl_s;
	}
}

static int ask_one(struct parent_ds *ds, const uint8_t *apex, const char *server,
	const struct parent_ds_keys *new_keys, const struct parent_ds_keys *old_keys,
	char err[static DNS_ASK_ERR_LEN])
{
	ldns_pkt *packet = dns_ask(server, apex, LDNS_RR_TYPE_DS, err);
	if (!packet)
		return -1;
	ldns_rr_list *list = ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_DS, LDNS_SECTION_ANSWER);
	take(ds, list, apex, new_keys, old_keys);
	ldns_rr_list_deep_free(list);
	ldns_pkt_free(packet);
	return 0;
}

int parent_ds_ask(struct parent_ds *ds, const uint8_t *apex, const struct rollover_servers *servers,
	const struct parent_ds_keys *new_keys, const struct parent_ds_keys *old_keys,
	char err[static DNS_ASK_ERR_LEN])
{
	int rc = 0;
	*ds = (struct parent_ds){.has_new = true};
	if (servers->cnt == 0)
		return ask_one(ds, apex, NULL, new_keys, old_keys, err);
	for (unsigned i = 0; rc == 0 && i < servers->cnt; i++)
		rc = ask_one(ds, apex, servers->text[i], new_keys, old_keys, err);
	return rc;
}
