/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/rows.h"

#include <stdio.h>

#include "control/store/domain.h"
#include "control/store/store.h"
#include "zonedb/dname.h"

struct reading {
	struct digest digest;
	store_row_fn *fn;
	void *ctx;
	int result; /* fn's */
};

static void add_text(struct digest *digest, const char *text)
{
	digest_number(digest, text == NULL);
	digest_text(digest, text != NULL ? text : "");
}

static int take_row(void *ctx, const struct store_row *row)
{
	struct reading *r = ctx;
	if (row->disabled)
		return 0;
	add_text(&r->digest, row->name);
	add_text(&r->digest, row->type);
	add_text(&r->digest, row->content);
	digest_number(&r->digest, row->ttl_s);
	digest_number(&r->digest, (uint64_t)row->prio);
	if (r->fn != NULL)
		r->result = r->fn(r->ctx, row);
	return r->result;
}

static int fail(char err[static 256], const char *text)
{
	snprintf(err, 256, "%.255s", text);
	return -1;
}

static int read_domain(
	struct reading *r, struct store *store, const uint8_t *apex, char err[static 256])
{
	char name[DNAME_TEXT_MAX];
	struct store_domain domain;
	int found = store_domain_find(store, dname_to_text(name, apex), &domain);
	if (found > 0)
		return fail(err, "the database has no such zone any more");
	if (found == 0) {
		uint64_t id = domain.id;
		store_domain_deinit(&domain);
		found = store_rows(store, id, take_row, r);
	}
	if (r->result != 0)
		return r->result;
	return found < 0 ? fail(err, store_error(store)) : 0;
}

int rows_read(struct store *store, const uint8_t *apex, store_row_fn *fn, void *ctx,
	uint8_t digest[static DIGEST_LEN], char err[static 256])
{
	struct reading r = {.fn = fn, .ctx = ctx};
	digest_begin(&r.digest);
	int result = read_domain(&r, store, apex, err);
	if (digest_end(&r.digest, digest) < 0 && result == 0)
		return fail(err, "out of memory");
	return result;
}
