/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * comment: what the generic schema keeps beside records: comments on RRsets, and autoprimaries,
 * from whom zones may be taken that are not there yet.
 *
 *   comments       id, domain_id, name, type, modified_at, account, comment
 *   supermasters   ip, nameserver, account
 *
 * Results: 0 done, 1 no such, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_COMMENT_H
#define CONTROL_STORE_COMMENT_H

#include <stdint.h>

struct store;

/* Texts are valid during the call, of either. */
struct store_comment {
	const char *name; /* of a record, without final dot */
	const char *type;
	const char *account;
	const char *text;
	int64_t modified_at; /* seconds of Unix time */
};

struct store_autoprimary {
	const char *ip;
	const char *nameserver;
	const char *account;
};

/* Told of each, until it returns non-zero, which is returned. It does not call the store. */
typedef int store_comment_fn(void *ctx, const struct store_comment *comment);
typedef int store_autoprimary_fn(void *ctx, const struct store_autoprimary *autoprimary);

/* Those of a zone, by name and type. */
int store_comments(struct store *store, uint64_t domain_id, store_comment_fn *fn, void *ctx)
	__attribute__((warn_unused_result));
int store_comment_add(struct store *store, uint64_t domain_id, const struct store_comment *comment)
	__attribute__((warn_unused_result));

int store_autoprimaries(struct store *store, store_autoprimary_fn *fn, void *ctx)
	__attribute__((warn_unused_result));
int store_autoprimary_add(struct store *store, const struct store_autoprimary *autoprimary)
	__attribute__((warn_unused_result));
int store_autoprimary_remove(struct store *store, const char *ip, const char *nameserver)
	__attribute__((warn_unused_result));

#endif
