/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/parent_ds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "zonedb/dname.h"

#define ASK_TIMEOUT_S 5
#define ASK_RETRIES   2

static int fail(char err[static PARENT_DS_ERR_LEN], const char *server, const char *cause)
{
	snprintf(err, PARENT_DS_ERR_LEN, "DS of the parent, from %s: %s",
		server != NULL ? server : "the system's resolver", cause);
	return -1;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"; false if it is none. */
static bool add_server(ldns_resolver *resolver, const char *text)
{
	char address[64];
	const char *port = NULL;
	snprintf(address, sizeof(address), "%s", text[0] == '[' ? text + 1 : text);
	char *end = text[0] == '[' ? strchr(address, ']') : NULL;
	char *colon = strchr(address, ':');
	if (end != NULL)
		port = end[1] == ':' ? end + 2 : NULL;
	else if (colon != NULL && strchr(colon + 1, ':') == NULL)
		end = colon, port = colon + 1;
	if (end != NULL)
		*end = '\0';
	ldns_rdf *rdf = ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, address);
	if (rdf == NULL)
		rdf = ldns_rdf_new_frm_str(LDNS_RDF_TYPE_AAAA, address);
	bool done = rdf != NULL && ldns_resolver_push_nameserver(resolver, rdf) == LDNS_STATUS_OK;
	ldns_rdf_deep_free(rdf);
	if (port != NULL)
		ldns_resolver_set_port(resolver, (uint16_t)strtoul(port, NULL, 10));
	return done;
}

static ldns_resolver *resolver_for(const char *server)
{
	ldns_resolver *resolver = NULL;
	if (server == NULL)
		return ldns_resolver_new_frm_file(&resolver, NULL) == LDNS_STATUS_OK ? resolver
										     : NULL;
	resolver = ldns_resolver_new();
	if (resolver != NULL && !add_server(resolver, server)) {
		ldns_resolver_deep_free(resolver);
		return NULL;
	}
	return resolver;
}

/* Whether rr is a DS of the key. */
static bool is_ds_of(const ldns_rr *rr, const uint8_t *apex, const struct key *key)
{
	uint8_t ds[KEY_DS_MAX];
	if (ldns_rr_rd_count(rr) != 4)
		return false;
	unsigned digest = ldns_rdf2native_int8(ldns_rr_rdf(rr, 2));
	int len = key_ds_rdata(ds, apex, key->dnskey, key->dnskey_len, digest);
	const ldns_rdf *theirs = ldns_rr_rdf(rr, 3);
	return len > 4 && ldns_rdf_size(theirs) == (size_t)len - 4 &&
	       memcmp(ldns_rdf_data(theirs), ds + 4, (size_t)len - 4) == 0;
}

static bool list_has(const ldns_rr_list *list, const uint8_t *apex, const struct key *key)
{
	for (size_t i = 0; list != NULL && i < ldns_rr_list_rr_count(list); i++)
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
	for (size_t i = 0; list != NULL && i < ldns_rr_list_rr_count(list); i++) {
		uint32_t ttl_s = ldns_rr_ttl(ldns_rr_list_rr(list, i));
		ds->ttl_s = ttl_s > ds->ttl_s ? ttl_s : ds->ttl_s;
	}
}

static ldns_pkt *query(ldns_resolver *resolver, const uint8_t *apex)
{
	const struct timeval timeout = {.tv_sec = ASK_TIMEOUT_S};
	char text[DNAME_TEXT_MAX];
	ldns_pkt *packet = NULL;
	ldns_rdf *name = ldns_dname_new_frm_str(dname_to_text(text, apex));
	ldns_resolver_set_timeout(resolver, timeout);
	ldns_resolver_set_retry(resolver, ASK_RETRIES);
	if (name == NULL || ldns_resolver_query_status(&packet, resolver, name, LDNS_RR_TYPE_DS,
				    LDNS_RR_CLASS_IN, LDNS_RD) != LDNS_STATUS_OK) {
		ldns_pkt_free(packet);
		packet = NULL;
	}
	ldns_rdf_deep_free(name);
	return packet;
}

static int ask_one(struct parent_ds *ds, const uint8_t *apex, const char *server,
	const struct parent_ds_keys *new_keys, const struct parent_ds_keys *old_keys,
	char err[static PARENT_DS_ERR_LEN])
{
	ldns_resolver *resolver = resolver_for(server);
	if (resolver == NULL)
		return fail(err, server, "no such address, or out of memory");
	ldns_pkt *packet = query(resolver, apex);
	ldns_resolver_deep_free(resolver);
	if (packet == NULL)
		return fail(err, server, "no answer");
	bool good = ldns_pkt_get_rcode(packet) == LDNS_RCODE_NOERROR;
	if (good) {
		ldns_rr_list *list =
			ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_DS, LDNS_SECTION_ANSWER);
		take(ds, list, apex, new_keys, old_keys);
		ldns_rr_list_deep_free(list);
	}
	ldns_pkt_free(packet);
	return good ? 0 : fail(err, server, "an error instead of an answer");
}

int parent_ds_ask(struct parent_ds *ds, const uint8_t *apex, char *const *server,
	unsigned server_cnt, const struct parent_ds_keys *new_keys,
	const struct parent_ds_keys *old_keys, char err[static PARENT_DS_ERR_LEN])
{
	*ds = (struct parent_ds){.has_new = true};
	if (server_cnt == 0)
		return ask_one(ds, apex, NULL, new_keys, old_keys, err);
	for (unsigned i = 0; i < server_cnt; i++)
		if (ask_one(ds, apex, server[i], new_keys, old_keys, err) != 0)
			return -1;
	return 0;
}
