/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/domain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/store/store_private.h"

/* ==== kinds ================================================================================= */

static const struct {
	const char *text;
	enum store_kind kind;
} kind_table[] = {
	[STORE_NATIVE] = {"NATIVE", STORE_NATIVE},
	[STORE_MASTER] = {"MASTER", STORE_MASTER},
	[STORE_SLAVE] = {"SLAVE", STORE_SLAVE},
	[STORE_PRODUCER] = {"PRODUCER", STORE_PRODUCER},
	[STORE_CONSUMER] = {"CONSUMER", STORE_CONSUMER},
	{"PRIMARY", STORE_MASTER},
	{"SECONDARY", STORE_SLAVE},
};

int store_kind_from_text(enum store_kind *kind, const char *text)
{
	for (unsigned i = 0; i < sizeof(kind_table) / sizeof(*kind_table); i++) {
		if (strcasecmp(kind_table[i].text, text) != 0)
			continue;
		*kind = kind_table[i].kind;
		return 0;
	}
	return -1;
}

const char *store_kind_text(enum store_kind kind)
{
	return kind_table[kind].text;
}

/* What is no kind PowerDNS knows is a zone all the same. */
static enum store_kind kind_of(const char *text)
{
	enum store_kind kind;
	return text != NULL && store_kind_from_text(&kind, text) == 0 ? kind : STORE_NATIVE;
}

/* ==== reading =============================================================================== */

/* Its texts are the database's. */
static struct store_domain domain_of(struct db *db)
{
	const char *name = db_text(db, 1);
	return (struct store_domain){
		.id = (uint64_t)db_number(db, 0, 0),
		.name = (char *)(name != NULL ? name : ""),
		.kind = kind_of(db_text(db, 2)),
		.masters = (char *)db_text(db, 3),
		.account = (char *)db_text(db, 4),
		.options = (char *)db_text(db, 5),
		.catalog = (char *)db_text(db, 6),
		.notified_serial = db_number(db, 7, -1),
		.last_check = db_number(db, 8, -1),
	};
}

/* Whom zones are given to. */
struct taker {
	store_domain_fn *fn;
	void *ctx;
};

static int give_domain(struct store *store, void *taker)
{
	const struct taker *to = taker;
	struct store_domain domain = domain_of(store->db);
	return to->fn(to->ctx, &domain);
}

int store_domains(struct store *store, store_domain_fn *fn, void *ctx)
{
	struct taker to = {fn, ctx};
	return store_each(store, STATEMENT_DOMAINS, NULL, give_domain, &to);
}

static bool copy_text(char **text)
{
	return *text == NULL || (*text = strdup(*text)) != NULL;
}

static int copy_domain(struct store *store, struct store_domain *copy)
{
	struct store_domain from = domain_of(store->db);
	char **const text[] = {
		&from.name, &from.masters, &from.account, &from.options, &from.catalog};
	bool ok = true;
	for (unsigned i = 0; i < sizeof(text) / sizeof(*text); i++)
		if (!copy_text(text[i]))
			ok = false;
	*copy = from;
	return ok ? 0 : store_fail_memory(store);
}

int store_domain_find(struct store *store, const char *zone, struct store_domain *domain)
{
	char name[STORE_NAME_MAX];
	*domain = (struct store_domain){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct db_value value = db_from_text(name);
	if (db_start(store->db, STATEMENT_DOMAIN, &value) != 0)
		return -1;
	int rc = db_step(store->db);
	if (rc == 1)
		rc = copy_domain(store, domain);
	else if (rc == 0)
		rc = 1;
	db_end(store->db);
	return rc;
}

void store_domain_deinit(struct store_domain *domain)
{
	free(domain->name);
	free(domain->masters);
	free(domain->account);
	free(domain->options);
	free(domain->catalog);
	*domain = (struct store_domain){0};
}

/* ==== writing =============================================================================== */

int store_domain_add(struct store *store, const char *zone, enum store_kind kind, uint64_t *id)
{
	char name[STORE_NAME_MAX];
	struct store_domain there;
	int rc = store_domain_find(store, zone, &there);
	store_domain_deinit(&there);
	if (rc != 1)
		return rc == 0 ? 1 : -1;
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct db_value value[] = {db_from_text(name), db_from_text(store_kind_text(kind))};
	if (store_run(store, STATEMENT_DOMAIN_ADD, value) != 0)
		return -1;
	*id = store->db->inserted_id;
	return 0;
}

/* The zone last: until then triggers find out what it is called. */
static int remove_all(struct store *store, void *ctx)
{
	static const enum statement clear[] = {STATEMENT_ROWS_REMOVE, STATEMENT_DOMAIN_CLEAR_KEYS,
		STATEMENT_DOMAIN_CLEAR_META, STATEMENT_DOMAIN_CLEAR_COMMENTS};
	const struct db_value *value = ctx;
	bool has_comments = layout_has(&store->db->layout, "comments.domain_id");
	for (unsigned i = 0; i < sizeof(clear) / sizeof(*clear); i++)
		if ((clear[i] != STATEMENT_DOMAIN_CLEAR_COMMENTS || has_comments) &&
			store_run(store, clear[i], value) != 0)
			return -1;
	return store_run_one(store, STATEMENT_DOMAIN_REMOVE, value);
}

int store_domain_remove(struct store *store, uint64_t id)
{
	struct db_value value = db_from_number((int64_t)id);
	return store_as_one(store, remove_all, &value);
}

static int set_text(struct store *store, enum statement which, uint64_t id, const char *text)
{
	const struct db_value value[] = {db_from_number((int64_t)id), db_from_text(text)};
	return store_run_one(store, which, value);
}

int store_domain_set_kind(struct store *store, uint64_t id, enum store_kind kind)
{
	return set_text(store, STATEMENT_DOMAIN_KIND, id, store_kind_text(kind));
}

int store_domain_set_masters(struct store *store, uint64_t id, const char *masters)
{
	return set_text(store, STATEMENT_DOMAIN_MASTERS, id, masters);
}

int store_domain_set_account(struct store *store, uint64_t id, const char *account)
{
	return set_text(store, STATEMENT_DOMAIN_ACCOUNT, id, account);
}

int store_domain_set_options(struct store *store, uint64_t id, const char *options)
{
	if (store_need(store, "domains.options") != 0)
		return -1;
	return set_text(store, STATEMENT_DOMAIN_OPTIONS, id, options);
}

int store_domain_set_catalog(struct store *store, uint64_t id, const char *catalog)
{
	if (store_need(store, "domains.catalog") != 0)
		return -1;
	return set_text(store, STATEMENT_DOMAIN_CATALOG, id, catalog);
}

int store_domain_set_notified(struct store *store, uint64_t id, uint32_t serial)
{
	const struct db_value value[] = {db_from_number((int64_t)id), db_from_number(serial)};
	return store_run_one(store, STATEMENT_DOMAIN_NOTIFIED, value);
}
