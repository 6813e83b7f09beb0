/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/domain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/store/store_private.h"

bool store_has_records(const struct store *store)
{
	return store->con.schema == SCHEMA_GENERIC;
}

/* What is no kind PowerDNS knows is a zone all the same. */
static enum store_kind kind_of(const char *type)
{
	static const char *const word[] = {
		[STORE_NATIVE] = "NATIVE",
		[STORE_MASTER] = "MASTER",
		[STORE_SLAVE] = "SLAVE",
		[STORE_PRODUCER] = "PRODUCER",
		[STORE_CONSUMER] = "CONSUMER",
	};
	for (unsigned i = 0; type != NULL && i < sizeof(word) / sizeof(*word); i++)
		if (strcasecmp(word[i], type) == 0)
			return (enum store_kind)i;
	return STORE_NATIVE;
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

/* Its name is the statement's. */
static struct store_domain domain_of(sqlite3_stmt *stmt)
{
	const char *name = text_of(stmt, 1);
	return (struct store_domain){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.name = (char *)(name != NULL ? name : ""),
		.kind = kind_of(text_of(stmt, 2)),
	};
}

int store_domains(struct store *store, store_domain_fn *fn, void *ctx)
{
	sqlite3_stmt *stmt = statement_begin(store, STATEMENT_DOMAINS, NULL, 0);
	int rc;
	if (stmt == NULL)
		return -1;
	while ((rc = statement_step(store, STATEMENT_DOMAINS, stmt)) == 1) {
		struct store_domain domain = domain_of(stmt);
		if ((rc = fn(ctx, &domain)) != 0)
			break;
	}
	statement_end(stmt);
	return rc;
}

static int copy_domain(struct store *store, struct store_domain *copy, sqlite3_stmt *stmt)
{
	*copy = domain_of(stmt);
	copy->name = strdup(copy->name);
	return copy->name != NULL ? 0 : store_fail_text(store, "out of memory");
}

int store_domain_find(struct store *store, const char *zone, struct store_domain *domain)
{
	char name[STORE_NAME_MAX];
	*domain = (struct store_domain){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct param param = {.text = name};
	sqlite3_stmt *stmt = statement_begin(store, STATEMENT_DOMAIN, &param, 1);
	if (stmt == NULL)
		return -1;
	int rc = statement_step(store, STATEMENT_DOMAIN, stmt);
	if (rc == 1)
		rc = copy_domain(store, domain, stmt);
	else if (rc == 0)
		rc = 1;
	statement_end(stmt);
	return rc;
}

void store_domain_deinit(struct store_domain *domain)
{
	free(domain->name);
	*domain = (struct store_domain){0};
}

/* ---- records -------------------------------------------------------------------------------- */

/* A column that is NULL, or of no sense as what it is to be, is as if it were the largest. */
static uint32_t ttl_of(sqlite3_stmt *stmt, int column)
{
	int64_t ttl = sqlite3_column_int64(stmt, column);
	return ttl >= 0 && ttl <= UINT32_MAX ? (uint32_t)ttl : UINT32_MAX;
}

static int prio_of(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL ? -1
								: sqlite3_column_int(stmt, column);
}

static struct store_row row_of(sqlite3_stmt *stmt)
{
	return (struct store_row){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.name = text_of(stmt, 1),
		.type = text_of(stmt, 2),
		.content = text_of(stmt, 3),
		.ttl_s = ttl_of(stmt, 4),
		.prio = prio_of(stmt, 5),
		.disabled = sqlite3_column_int(stmt, 6) != 0,
		.ordername = text_of(stmt, 7),
		.auth = sqlite3_column_int(stmt, 8) != 0,
	};
}

int store_rows(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
{
	enum statement which = store->con.has_disabled ? STATEMENT_ROWS : STATEMENT_ROWS_OLD;
	const struct param param = {.number = (int64_t)domain_id};
	sqlite3_stmt *stmt = statement_begin(store, which, &param, 1);
	int rc;
	if (stmt == NULL)
		return -1;
	while ((rc = statement_step(store, which, stmt)) == 1) {
		struct store_row row = row_of(stmt);
		if ((rc = fn(ctx, &row)) != 0)
			break;
	}
	statement_end(stmt);
	return rc;
}
