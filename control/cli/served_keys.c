/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/served_keys.h"

#include <stdio.h>
#include <string.h>

/* What one server says. */
struct view {
	ldns_pkt *dnskey, *soa;
};

static bool is_key(const ldns_rr *rr, const struct key *key)
{
	const ldns_rdf *octets = ldns_rr_rd_count(rr) == 4 ? ldns_rr_rdf(rr, 3) : NULL;
	return octets && ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY &&
	       ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)) == key->flags &&
	       ldns_rdf2native_int8(ldns_rr_rdf(rr, 2)) == key->algorithm &&
	       ldns_rdf_size(octets) == key->dnskey_len - 4U &&
	       memcmp(ldns_rdf_data(octets), key->dnskey + 4, key->dnskey_len - 4U) == 0;
}

static bool is_signature(const ldns_rr *rr, const struct key *key)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG && ldns_rr_rd_count(rr) == 9 &&
	       ldns_rdf2native_int16(ldns_rr_rrsig_keytag(rr)) == key->tag &&
	       ldns_rdf2native_int8(ldns_rr_rrsig_algorithm(rr)) == key->algorithm;
}

static bool answer_has(const ldns_pkt *packet, bool (*is)(const ldns_rr *, const struct key *),
	const struct key *key)
{
	const ldns_rr_list *list = ldns_pkt_answer(packet);
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		if (is(ldns_rr_list_rr(list, i), key))
			return true;
	return false;
}

/* KSKs sign DNSKEY only, ZSKs the SOA. */
static bool is_as_meant(const struct view *view, const struct served_key *key)
{
	bool is_shown = answer_has(view->dnskey, is_key, key->key);
	bool signs = answer_has(view->dnskey, is_signature, key->key) ||
		     answer_has(view->soa, is_signature, key->key);
	return is_shown == !!(key->state & ROLLOVER_SHOWN) &&
	       signs == !!(key->state & ROLLOVER_SIGNS);
}

static int look(const struct view *view, const char *server, const struct served_keys *keys,
	char err[static DNS_ASK_ERR_LEN])
{
	for (unsigned i = 0; i < keys->cnt; i++)
		if (!is_as_meant(view, &keys->key[i])) {
			snprintf(err, DNS_ASK_ERR_LEN, "%s does not serve key %lu so yet", server,
				(unsigned long)keys->key[i].key->id);
			return 1;
		}
	return 0;
}

static int ask_one(const uint8_t *apex, const char *server, const struct served_keys *keys,
	char err[static DNS_ASK_ERR_LEN])
{
	struct view view = {.dnskey = dns_ask(server, apex, LDNS_RR_TYPE_DNSKEY, err)};
	if (!view.dnskey)
		return -1;
	view.soa = dns_ask(server, apex, LDNS_RR_TYPE_SOA, err);
	int rc = view.soa ? look(&view, server, keys, err) : -1;
	ldns_pkt_free(view.dnskey);
	ldns_pkt_free(view.soa);
	return rc;
}

int served_keys_ask(const uint8_t *apex, const struct rollover_servers *servers,
	const struct served_keys *keys, char err[static DNS_ASK_ERR_LEN])
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < servers->cnt; i++)
		rc = ask_one(apex, servers->text[i], keys, err);
	return rc;
}
