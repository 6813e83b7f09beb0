/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * settings_powerdns: names PowerDNS has and ensign does not, for a message that helps (private to
 * settings.c). A name that becomes a setting here leaves this table.
 */
#ifndef ZONEDB_SETTINGS_POWERDNS_H
#define ZONEDB_SETTINGS_POWERDNS_H

struct settings_foreign {
	const char *name;
	const char *instead; /* what to do about it; NULL = nothing to say */
};

/* Sorted by name (bsearch). */
extern const struct settings_foreign settings_foreign[];
extern const unsigned settings_foreign_cnt;

#endif
