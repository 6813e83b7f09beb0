/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keeper: keeps what is published in line with named.conf, zone files, databases and clock.
 *
 *              config job            look job                 compile job
 *   request --> reads --> registry --> unchanged? --changed--> compile_zone --> settled: the
 *   change  --> named.conf, of zones    (fingerprint)                            requests that wait
 *   clock   --> domains                     \---------------------------------->  for it are told
 *
 * Each zone goes round on its own; what comes while it is on its way makes it go round once more.
 * Requests carry numbers: a zone remembers the newest one before it set out, and a request is done
 * when all its zones have come back with its number or a later one.
 *
 * Live zones' keys are handed to whoever signs: before a new image is served, by the compile job;
 * and when they have been lost, by a look job, for the image that is served.
 *
 * Threads: everything here is called in the main thread. Config and look jobs run in a pool of one
 * thread, in order; compile jobs in a pool with a thread per core. Jobs read of the keeper only
 * .settings, .databases, .publisher, .live_keys and .now_s, and of a zone what a pin protects
 * (registry.h).
 */
#ifndef CONTROL_DAEMON_KEEPER_H
#define CONTROL_DAEMON_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "control/daemon/path_index.h"
#include "control/daemon/registry.h"
#include "control/daemon/worker.h"
#include "control/source/report.h"

struct pool;
struct watch;

#define KEEPER_RETRY_S 60 /* after a failure that may pass by itself: memory, a busy database */

/* A wish to have all zones, or one, brought up to date. Made by the caller, the keeper's until
 * done() is called. */
struct request {
	/* the caller's */
	const uint8_t *apex;		       /* lower case; NULL = all; lives as long */
	bool forced;			       /* compile unchanged zones, too */
	void (*done)(struct request *request); /* gets the request back */

	/* the outcome */
	unsigned long compiled_cnt;
	unsigned long unchanged_cnt;
	unsigned long failed_cnt;
	unsigned long removed_cnt;
	bool unknown_zone;    /* apex is no zone of named.conf */
	bool config_failed;   /* named.conf has errors: nothing was done */
	struct report report; /* "ZONE error" lines, or named.conf's */

	/* the keeper's */
	struct request *next;
	uint64_t seq;
	size_t left; /* zones not yet settled */
	bool started;
};

/* How a zone came back. */
enum outcome { OUTCOME_UNCHANGED, OUTCOME_COMPILED, OUTCOME_FAILED, OUTCOME_REMOVED };

struct keeper_stats {
	uint64_t looks;
	uint64_t compiled;
	uint64_t failed;
	uint64_t removed;
	uint64_t config_reads;
};

struct keeper {
	const struct settings *settings;
	const struct databases *databases; /* that the settings name */
	struct publisher *publisher;
	const struct remote_signer *remote; /* signs eager zones; NULL: compile jobs do */
	const struct live_keys *live_keys;  /* who signs live zones; NULL = nobody */
	struct pool *look_pool;		    /* one thread */
	struct pool *compile_pool;	    /* its size: */
	unsigned core_cnt;
	struct watch *watch;	 /* NULL = changes are found by sweeps alone */
	uint64_t (*now_s)(void); /* Unix time; any thread */

	struct registry registry;
	struct path_index paths;
	struct file_list config_files;
	char *config_error; /* of the last time; NULL = none */
	bool attached;	    /* images of an earlier process have been taken into account */
	bool running;	    /* every zone has been settled once */

	struct request *request; /* under way, oldest first */
	struct request first_request;
	uint64_t seq;
	uint64_t keys_seq;     /* goes up whenever keys handed over before are lost; from 1 */
	struct look_job *look; /* being filled; NULL = none */
	struct keeper_stats stats;

	uint64_t due_s;	      /* earliest .due_s of all zones; 0 = none */
	unsigned config_jobs; /* under way */
	uint64_t config_hash; /* of its files when a sweep found them changed; 0 = not */
	uint64_t polled_ms;
	uint64_t swept_ms;
	bool polling;
	bool polled_rows;   /* once at least */
	bool rows_unknown;  /* the SQL database could not be asked for its zones */
	bool database_away; /* nor, last time, for changes */
	bool sweeping;
	bool sweep_started;
	uint8_t sweep_apex[DNAME_LEN_MAX + DNAME_PAD]; /* how far it has come */
};

/* Everything but .settings, .databases, .publisher, pools, .core_cnt, .watch and .now_s is zero
 * before. Reads what lists zones and brings all zones up to date. */
void keeper_start(struct keeper *keeper);
void keeper_request(struct keeper *keeper, struct request *request);
/* Several times a second: polls databases, sweeps over files, re-signs. */
void keeper_tick(struct keeper *keeper);
/* Whoever signs live zones has come up, and has no keys. */
void keeper_keys_lost(struct keeper *keeper);
/* Whether a zone is signed live, and the signer has not been given its keys. */
bool keeper_lacks_keys(const struct keeper *keeper, const struct zone_entry *entry);
/* Something at path has changed. */
void keeper_file_changed(struct keeper *keeper, const char *path);
/* After the pools have ended. */
void keeper_deinit(struct keeper *keeper);

#endif
