/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keeper_jobs: what the files of the keeper (keeper*.c) have of each other, and nobody else.
 */
#ifndef CONTROL_DAEMON_KEEPER_JOBS_H
#define CONTROL_DAEMON_KEEPER_JOBS_H

#include "control/daemon/keeper.h"

struct store_domain;

/* ---- keeper.c ------------------------------------------------------------------------------ */

/* The zone is to be looked at: now if it is idle, else once more when it is. */
void keeper_want(struct keeper *keeper, struct zone_entry *entry);
/* The zone is idle: unpins it, and sends it on its way again if that is wanted. */
void keeper_release(struct keeper *keeper, struct zone_entry *entry);
/* The zone has come back: tells the requests, and releases it. error: what failed it. */
void keeper_settle(
	struct keeper *keeper, struct zone_entry *entry, enum outcome outcome, const char *error);
/* Told by the registry of a zone that leaves. ctx is the keeper. */
void keeper_entry_removed(void *ctx, struct zone_entry *entry);
/* Has the zone looked at again at that time at the latest; 0 = no need. */
void keeper_set_due(struct keeper *keeper, struct zone_entry *entry, uint64_t due_s);
/* The same for a zone whose image is what it should be: when its signatures end, or, if the signer
 * has not taken its keys, before that. */
void keeper_set_next_due(struct keeper *keeper, struct zone_entry *entry);
/* A zone is no longer signed live. */
void keeper_forget_keys(struct keeper *keeper, struct zone_entry *entry);
/* named.conf has been read (config_error says how); request may be NULL. */
void keeper_config_done(struct keeper *keeper, struct request *request);
/* Logs a report about files, and how many lines it has not kept. */
void keeper_log_report(const struct report *report);

/* ---- keeper_config.c ----------------------------------------------------------------------- */

/* Reads named.conf, applies it to the registry, calls keeper_config_done(). */
void keeper_read_config(struct keeper *keeper, struct request *request);
/* True if path is named.conf or a file it includes. */
bool keeper_is_config_file(const struct keeper *keeper, const char *path);
/* A zone that the SQL database lists, for a zone_list; its apex is item's already. Any thread. */
void keeper_item_of_domain(
	const struct keeper *keeper, struct zone_item *item, const struct store_domain *domain);
/* Takes the zone off the air, in order with looks. */
void keeper_unpublish(struct keeper *keeper, const uint8_t *apex);

/* ---- keeper_look.c ------------------------------------------------------------------------- */

/* Adds a zone (pinned, ZONE_LOOKING) to the batch; it comes back through keeper_settle() or
 * keeper_compile(). */
void keeper_look(struct keeper *keeper, struct zone_entry *entry);
/* Sends the batch off. Whoever may have called keeper_look() calls it at the end. */
void keeper_look_flush(struct keeper *keeper);

/* ---- keeper_compile.c ---------------------------------------------------------------------- */

/* What has been read for the zone; takes files over. */
void keeper_take_files(struct keeper *keeper, struct zone_entry *entry, struct file_list *files);
/* Compiles a pinned zone; it comes back through keeper_settle(). */
void keeper_compile(struct keeper *keeper, struct zone_entry *entry);

/* ---- keeper_sweep.c ------------------------------------------------------------------------ */

/* Notices changes of files that inotify does not tell of. at_ms: a clock that never goes back. */
void keeper_sweep_tick(struct keeper *keeper, uint64_t at_ms);

/* ---- keeper_poll.c ------------------------------------------------------------------------- */

/* Looks what has changed in the databases, and then at the zones concerned. */
void keeper_poll(struct keeper *keeper);
/* The same, if it is time. */
void keeper_poll_tick(struct keeper *keeper, uint64_t at_ms);

#endif
