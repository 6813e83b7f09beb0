/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * schema_text: the tables of PowerDNS' schemas, as SQL (private to control/store).
 */
#ifndef CONTROL_STORE_SCHEMA_TEXT_H
#define CONTROL_STORE_SCHEMA_TEXT_H

/* That of bind-dnssec-db. */
extern const char schema_bind[];
/* The generic one, by enum store_database. */
extern const char *const schema_generic[];

#endif
