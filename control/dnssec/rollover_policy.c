/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/rollover_policy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- servers -------------------------------------------------------------------------------- */

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 0;
	return port > 0 && port <= UINT16_MAX && *end == '\0';
}

/* host is spoilt. */
static bool is_server(char *host)
{
	uint8_t address[16];
	char *bracket = *host == '[' ? strchr(host, ']') : NULL;
	char *colon = bracket ? bracket + 1 : strchr(host, ':');
	if (!bracket && colon && strchr(colon + 1, ':'))
		colon = NULL; /* IPv6 without a port */
	if (colon && *colon && (*colon != ':' || !is_port(colon + 1)))
		return false;
	if (colon)
		*colon = '\0';
	if (bracket)
		*bracket = '\0';
	return (!bracket && inet_pton(AF_INET, host, address) == 1) ||
	       inet_pton(AF_INET6, host + (bracket != NULL), address) == 1;
}

/* The first len octets of text. */
static int add_server(
	struct rollover_servers *servers, const char *text, size_t len, char err[static 256])
{
	char host[ROLLOVER_SERVER_LEN];
	int host_len = snprintf(host, sizeof(host), "%.*s", (int)len, text);
	if ((size_t)host_len >= sizeof(host) || !is_server(host)) {
		snprintf(err, 256, "'%.*s' is no ADDRESS or ADDRESS:PORT", (int)(len % 128), text);
		return -1;
	}
	if (servers->cnt == ROLLOVER_SERVER_MAX) {
		snprintf(err, 256, "more than %u servers", ROLLOVER_SERVER_MAX);
		return -1;
	}
	snprintf(servers->text[servers->cnt++], ROLLOVER_SERVER_LEN, "%.*s", (int)len, text);
	return 0;
}

static int add_list(struct rollover_servers *servers, const struct setting_list *list,
	const char *setting, char err[static 256])
{
	char cause[256];
	for (unsigned i = 0; i < list->cnt; i++)
		if (add_server(servers, list->item[i], strlen(list->item[i]), cause) != 0) {
			snprintf(err, 256, "setting %s: %.200s", setting, cause);
			return -1;
		}
	return 0;
}

int rollover_policy_init(
	struct rollover_policy *policy, const struct settings *settings, char err[static 256])
{
	*policy = (struct rollover_policy){
		.zsk_lifetime_s = settings->rollover_zsk_lifetime,
		.ksk_lifetime_s = settings->rollover_ksk_lifetime,
		.propagation_s = settings->rollover_propagation,
		.parent_propagation_s = settings->rollover_parent_propagation,
		.parent_ttl_s = settings->rollover_parent_ttl,
	};
	return add_list(&policy->servers, &settings->rollover_servers, "rollover-servers", err) ||
			       add_list(&policy->parent_servers, &settings->rollover_parent_servers,
				       "rollover-parent-servers", err)
		       ? -1
		       : 0;
}

/* ---- words of a zone ------------------------------------------------------------------------ */

/* Each takes len octets of value into the field. */
static int set_seconds(void *field, const char *value, size_t len, char err[static 256])
{
	uint64_t *seconds = field;
	if (len == 0 || len > 9 || strspn(value, "0123456789") < len) {
		snprintf(err, 256, "'%.*s' is no number of seconds", (int)(len % 128), value);
		return -1;
	}
	*seconds = strtoull(value, NULL, 10);
	return 0;
}

static int set_servers(void *field, const char *value, size_t len, char err[static 256])
{
	struct rollover_servers *servers = field;
	const char *end = value + len;
	servers->cnt = 0;
	while (value < end) {
		const char *comma = memchr(value, ',', (size_t)(end - value));
		const char *stop = comma ? comma : end;
		if (add_server(servers, value, (size_t)(stop - value), err) != 0)
			return -1;
		value = stop + 1;
	}
	return 0;
}

static const struct word {
	const char *name;
	size_t offset;
	int (*set)(void *field, const char *value, size_t len, char err[static 256]);
} word_table[] = {
	{"zsk-lifetime", offsetof(struct rollover_policy, zsk_lifetime_s), set_seconds},
	{"ksk-lifetime", offsetof(struct rollover_policy, ksk_lifetime_s), set_seconds},
	{"propagation", offsetof(struct rollover_policy, propagation_s), set_seconds},
	{"parent-propagation", offsetof(struct rollover_policy, parent_propagation_s), set_seconds},
	{"parent-ttl", offsetof(struct rollover_policy, parent_ttl_s), set_seconds},
	{"servers", offsetof(struct rollover_policy, servers), set_servers},
	{"parent-servers", offsetof(struct rollover_policy, parent_servers), set_servers},
};

static const struct word *find_word(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(word_table) / sizeof(word_table[0]); i++)
		if (strlen(word_table[i].name) == len && !strncmp(text, word_table[i].name, len))
			return &word_table[i];
	return NULL;
}

static int set_word(
	struct rollover_policy *policy, const char *text, size_t len, char err[static 256])
{
	char cause[256];
	size_t name_len = strcspn(text, "= ");
	const struct word *word = text[name_len] == '=' ? find_word(text, name_len) : NULL;
	if (!word) {
		snprintf(err, 256, "%s: '%.*s' is none of its words", ROLLOVER_POLICY_META_KIND,
			(int)(len % 128), text);
		return -1;
	}
	if (word->set((char *)policy + word->offset, text + name_len + 1, len - name_len - 1,
		    cause) == 0)
		return 0;
	snprintf(err, 256, "%s, %s: %.180s", ROLLOVER_POLICY_META_KIND, word->name, cause);
	return -1;
}

int rollover_policy_set(struct rollover_policy *policy, const char *text, char err[static 256])
{
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		if (set_word(policy, text, len, err) != 0)
			return -1;
		text += len;
	}
	return 0;
}

/* ---- the age of keys ------------------------------------------------------------------------ */

int rollover_ages_add(struct rollover_ages *ages, const char *text)
{
	struct rollover_age age;
	int end = -1;
	if (ages->cnt == KEYSET_KEY_MAX || !isdigit((unsigned char)*text) ||
		sscanf(text, "%" SCNu64 " %" SCNu64 "%n", &age.id, &age.since_s, &end) != 2 ||
		text[end])
		return -1;
	ages->age[ages->cnt++] = age;
	return 0;
}

static const struct rollover_age *find_age(const struct rollover_ages *ages, uint64_t id)
{
	for (unsigned i = 0; i < ages->cnt; i++)
		if (ages->age[i].id == id)
			return &ages->age[i];
	return NULL;
}

bool rollover_ages_update(struct rollover_ages *ages, const struct keyset *keys, uint64_t now_s)
{
	struct rollover_ages before = *ages;
	unsigned known_cnt = 0;
	ages->cnt = 0;
	for (unsigned i = 0; i < keys->key_cnt; i++) {
		const struct key *key = &keys->key[i];
		const struct rollover_age *known = find_age(&before, key->id);
		if (!key->active)
			continue;
		known_cnt += known != NULL;
		ages->age[ages->cnt++] = known ? *known : (struct rollover_age){key->id, now_s};
	}
	return known_cnt != ages->cnt || known_cnt != before.cnt;
}

static bool is_due(const struct rollover_policy *policy, const struct rollover_age *age,
	enum key_role role, uint64_t now_s)
{
	uint64_t lifetime_s =
		role == KEY_ROLE_ZSK ? policy->zsk_lifetime_s : policy->ksk_lifetime_s;
	return lifetime_s != 0 && now_s >= age->since_s + lifetime_s;
}

int rollover_due(const struct rollover_policy *policy, const struct rollover_ages *ages,
	const struct keyset *keys, uint64_t now_s)
{
	static const struct {
		enum key_role role;
		enum rollover_kind kind;
	} table[] = {
		{KEY_ROLE_ZSK, ROLLOVER_ZSK},
		{KEY_ROLE_KSK, ROLLOVER_KSK},
		{KEY_ROLE_CSK, ROLLOVER_CSK},
	};
	for (size_t t = 0; t < sizeof(table) / sizeof(table[0]); t++)
		for (unsigned i = 0; i < keys->key_cnt; i++) {
			const struct key *key = &keys->key[i];
			const struct rollover_age *age = find_age(ages, key->id);
			if (age && key->role == table[t].role &&
				is_due(policy, age, key->role, now_s))
				return table[t].kind;
		}
	return -1;
}
