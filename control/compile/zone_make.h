/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_make: one zone, from its source to how it is to be served, in memory.
 *
 *   zone_read -> zone_finish -> soa_edit_zone               parse, order
 *     unsigned:    -                                        (DNSSEC records of the source dropped)
 *     signed here: apex records -> chain -> signatures      chain, sign
 *     signed live: apex records -> chain                    chain
 *     pre-signed:  the source's own adopted                 chain
 *
 * ensignd publishes the result (compile.h), the command line checks and prints it: both see the
 * same zone and the same faults.
 *
 *   struct zone zone = {0};
 *   struct zone_make_result result;
 *   if (zone_make(&zone, &opt, &result) == 0)
 *           ... zone ...
 *   ... result.report ...
 *   zone_make_result_deinit(&result);
 *   zone_deinit(&zone);
 *
 * Threads: any number at once, each with a store of its own.
 */
#ifndef CONTROL_COMPILE_ZONE_MAKE_H
#define CONTROL_COMPILE_ZONE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/compile/progress.h"
#include "control/compile/remote.h"
#include "control/compile/signing.h"
#include "control/compile/fingerprint.h"
#include "control/source/report.h"
#include "zonedb/zone.h"

struct settings;
struct store;

struct zone_make_options {
	const uint8_t *apex;		  /* wire, lower case */
	const struct zone_source *source; /* never ZONE_FROM_NOWHERE */
	uint64_t now_s;
	unsigned thread_cnt; /* for chain and signatures; 0 = one per core */
	struct store *store; /* NULL = there is no database */
	const struct settings *settings;
	struct progress *progress;	    /* started */
	uint64_t hash_seed;		    /* of the directory the image of a live zone is for */
	const struct remote_signer *remote; /* makes the signatures; NULL: they are made here */
	bool eager;		 /* sign here and now, whatever the policy says: to print */
	bool without_signatures; /* all but those made here, which take most of the time: to check
				  */
};

struct zone_make_result {
	struct source_state read; /* also of a zone that failed */
	struct report report;	  /* "FILE:LINE: cause"; a failure has at least one error */
	bool may_pass;		/* it failed for want of memory or the database, not for the zone */
	struct signing signing; /* of a zone that has been made: what it is to be signed with */
};

/* Makes zone (the zero state before), complete but for what the image adds, with its fingerprint
 * and time. Overwrites result. Both are to be deinited after a failure, too. 0, or -1. */
int zone_make(struct zone *zone, const struct zone_make_options *opt,
	struct zone_make_result *result) __attribute__((warn_unused_result));
void zone_make_result_deinit(struct zone_make_result *result); /* the zero state is safe */

/* Reports something about the zone as a whole: "PLACE: zone NAME: text". */
void zone_make_say(const struct zone_make_options *opt, struct zone_make_result *result,
	enum report_severity severity, const char *text);

#endif
