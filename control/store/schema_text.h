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

/* What a later version of PowerDNS added. */
struct schema_step {
	const char *lacks;  /* TABLE.COLUMN whose absence is the reason */
	const char *has;    /* TABLE.COLUMN without which the step is another's; NULL: none */
	const char *what;   /* as for a list of what is done */
	const char *sql[3]; /* by enum store_database */
};

extern const struct schema_step schema_steps[];
extern const unsigned schema_step_cnt;

#endif
