/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/dns_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"

#define ASK_TIMEOUT_S 5
#define ASK_RETRIES   2

static ldns_pkt *fail(char err[static DNS_ASK_ERR_LEN], const char *server, const char *cause)
{
	snprintf(err, DNS_ASK_ERR_LEN, "%s: %s", server ? server : "the system's resolver", cause);
	return NULL;
}

/* Cuts the port off; NULL if there is none. Brackets go, too. */
static const char *take_port(char **host)
{
	char *bracket = **host == '[' ? strchr(*host, ']') : NULL;
	char *colon = bracket ? bracket + 1 : strchr(*host, ':');
	bool has_port = colon && *colon == ':' && (bracket || !strchr(colon + 1, ':'));
	if (bracket) {
		*bracket = '\0';
		*host += 1;
	}
	if (!has_port)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

static bool add_server(ldns_resolver *resolver, const char *server)
{
	char text[64], *host = text;
	snprintf(text, sizeof(text), "%s", server);
	const char *port = take_port(&host);
	ldns_rdf_type type = strchr(host, ':') ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A;
	ldns_rdf *address = ldns_rdf_new_frm_str(type, host);
	bool done = address && ldns_resolver_push_nameserver(resolver, address) == LDNS_STATUS_OK;
	ldns_rdf_deep_free(address);
	if (port)
		ldns_resolver_set_port(resolver, (uint16_t)strtoul(port, NULL, 10));
	return done;
}

static ldns_resolver *resolver_for(const char *server)
{
	ldns_resolver *resolver = NULL;
	if (!server)
		return ldns_resolver_new_frm_file(&resolver, NULL) == LDNS_STATUS_OK ? resolver
										     : NULL;
	resolver = ldns_resolver_new();
	if (resolver && add_server(resolver, server))
		return resolver;
	ldns_resolver_deep_free(resolver);
	return NULL;
}

static void set_options(ldns_resolver *resolver)
{
	const struct timeval timeout = {.tv_sec = ASK_TIMEOUT_S};
	ldns_resolver_set_timeout(resolver, timeout);
	ldns_resolver_set_retry(resolver, ASK_RETRIES);
	ldns_resolver_set_usevc(resolver, true);
	ldns_resolver_set_dnssec(resolver, true);
}

static ldns_pkt *query(ldns_resolver *resolver, const uint8_t *name, ldns_rr_type type)
{
	char text[DNAME_TEXT_MAX];
	ldns_pkt *packet = NULL;
	ldns_rdf *owner = ldns_dname_new_frm_str(dname_to_text(text, name));
	if (owner && ldns_resolver_query_status(&packet, resolver, owner, type, LDNS_RR_CLASS_IN,
			     LDNS_RD) != LDNS_STATUS_OK) {
		ldns_pkt_free(packet);
		packet = NULL;
	}
	ldns_rdf_deep_free(owner);
	return packet;
}

ldns_pkt *dns_ask(const char *server, const uint8_t *name, ldns_rr_type type,
	char err[static DNS_ASK_ERR_LEN])
{
	ldns_resolver *resolver = resolver_for(server);
	if (!resolver)
		return fail(err, server, "cannot be asked: no resolv.conf, or out of memory");
	set_options(resolver);
	ldns_pkt *packet = query(resolver, name, type);
	ldns_resolver_deep_free(resolver);
	if (!packet)
		return fail(err, server, "no answer");
	if (ldns_pkt_get_rcode(packet) == LDNS_RCODE_NOERROR)
		return packet;
	ldns_pkt_free(packet);
	return fail(err, server, "an error instead of an answer");
}
