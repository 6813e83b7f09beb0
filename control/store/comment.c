/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/comment.h"

#include "control/store/store_private.h"

static const char *text_of(struct store *store, unsigned column)
{
	const char *text = db_text(store->db, column);
	return text ? text : "";
}

/* Whom rows are given to. */
struct taker {
	union {
		store_comment_fn *comment;
		store_autoprimary_fn *autoprimary;
	};
	void *ctx;
};

static int give_comment(struct store *store, void *taker)
{
	const struct taker *to = taker;
	const struct store_comment comment = {text_of(store, 0), text_of(store, 1),
		text_of(store, 2), text_of(store, 3), db_number(store->db, 4, 0)};
	return to->comment(to->ctx, &comment);
}

int store_comments(struct store *store, uint64_t domain_id, store_comment_fn *fn, void *ctx)
{
	const struct db_value value = db_from_number((int64_t)domain_id);
	struct taker to = {.comment = fn, .ctx = ctx};
	if (store_need(store, "comments.domain_id") != 0)
		return -1;
	return store_each(store, STATEMENT_COMMENTS, &value, give_comment, &to);
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

static int give_autoprimary(struct store *store, void *taker)
{
	const struct taker *to = taker;
	const struct store_autoprimary autoprimary = {
		text_of(store, 0), text_of(store, 1), text_of(store, 2)};
	return to->autoprimary(to->ctx, &autoprimary);
}

int store_autoprimaries(struct store *store, store_autoprimary_fn *fn, void *ctx)
{
	struct taker to = {.autoprimary = fn, .ctx = ctx};
	if (store_need(store, "supermasters.ip") != 0)
		return -1;
	return store_each(store, STATEMENT_AUTOPRIMARIES, NULL, give_autoprimary, &to);
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
