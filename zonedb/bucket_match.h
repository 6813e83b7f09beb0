/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bucket_match: which slots of an index bucket hold a tag (private to zonedb). bucket_match_x86.h
 * where SSE2 is there for sure, bucket_match_generic.h elsewhere; tests compare the two.
 */
#ifndef ZONEDB_BUCKET_MATCH_H
#define ZONEDB_BUCKET_MATCH_H

#if defined(__SSE2__)
#	include "zonedb/bucket_match_x86.h"
#	define bucket_match bucket_match_x86
#else
#	include "zonedb/bucket_match_generic.h"
#	define bucket_match bucket_match_generic
#endif

#endif
