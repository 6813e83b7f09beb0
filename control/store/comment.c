/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/comment.h"

#include "control/store/store_private.h"

static const char *text_of(struct store *store, unsigned column)
{
	const char *text = db_text(store->db, column);
	return text ? text : "";
}

int store_comments(struct store *store, uint64_t domain_id, store_comment_fn *fn, void *ctx)
{
	const struct db_value value = db_from_number((int64_t)domain_id);
	int rc;
	if (store_need(store, "comments.domain_id") != 0 ||
		db_start(store->db, STATEMENT_COMMENTS, &value) != 0)
		return -1;
	while ((rc = db_step(store->db)) == 1) {
		const struct store_comment comment = {text_of(store, 0), text_of(store, 1),
			text_of(store, 2), text_of(store, 3), db_number(store->db, 4, 0)};
		if ((rc = fn(ctx, &comment)) != 0)
			break;
	}
	db_end(store->db);
	return rc;
}

int store_comment_add(struct store *store, uint64_t domain_id, const struct store_comment *comment)
{
	const struct db_value value[] = {db_from_number((int64_t)domain_id),
		db_from_text(comment->name), db_from_text(comment->type),
		db_from_number(comment->modified_at), db_from_text(comment->account),
		db_from_text(comment->text)};
	if (store_need(store, "comments.domain_id") != 0)
		return -1;
	return store_run(store, STATEMENT_COMMENT_ADD, value);
}

int store_autoprimaries(struct store *store, store_autoprimary_fn *fn, void *ctx)
{
	int rc;
	if (store_need(store, "supermasters.ip") != 0 ||
		db_start(store->db, STATEMENT_AUTOPRIMARIES, NULL) != 0)
		return -1;
	while ((rc = db_step(store->db)) == 1) {
		const struct store_autoprimary autoprimary = {
			text_of(store, 0), text_of(store, 1), text_of(store, 2)};
		if ((rc = fn(ctx, &autoprimary)) != 0)
			break;
	}
	db_end(store->db);
	return rc;
}

int store_autoprimary_add(struct store *store, const struct store_autoprimary *autoprimary)
{
	const struct db_value value[] = {db_from_text(autoprimary->ip),
		db_from_text(autoprimary->nameserver), db_from_text(autoprimary->account)};
	if (store_need(store, "supermasters.ip") != 0)
		return -1;
	return store_run(store, STATEMENT_AUTOPRIMARY_ADD, value);
}

int store_autoprimary_remove(struct store *store, const char *ip, const char *nameserver)
{
	const struct db_value value[] = {db_from_text(ip), db_from_text(nameserver)};
	if (store_need(store, "supermasters.ip") != 0)
		return -1;
	return store_run_one(store, STATEMENT_AUTOPRIMARY_REMOVE, value);
}
