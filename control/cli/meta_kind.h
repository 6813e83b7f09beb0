/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * meta_kind: the kinds of metadata PowerDNS and ensign know, and what may stand in them.
 *
 * Kinds compare without regard to case. Those that begin with X- are anybody's and may hold
 * anything, but for ensign's own.
 */
#ifndef CONTROL_CLI_META_KIND_H
#define CONTROL_CLI_META_KIND_H

#include <stdbool.h>

/* Whether it is in the table, or anybody's. */
bool meta_kind_is_known(const char *kind);
/* Whether a zone may have several values; of other kinds a second one would be ignored. */
bool meta_kind_takes_several(const char *kind);
/* 0, or -1 with err: the value means nothing for this kind. What is not known takes anything. */
int meta_kind_check(const char *kind, const char *value, char err[static 256])
	__attribute__((warn_unused_result));

#endif
