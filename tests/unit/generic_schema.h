/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * generic_schema: what PowerDNS 4.7's schema.sqlite3.sql makes, as far as it is read here.
 */
#ifndef TESTS_UNIT_GENERIC_SCHEMA_H
#define TESTS_UNIT_GENERIC_SCHEMA_H

static const char generic_schema[] =
	"CREATE TABLE domains (id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL COLLATE NOCASE,"
	" master VARCHAR(128) DEFAULT NULL, last_check INTEGER DEFAULT NULL,"
	" type VARCHAR(8) NOT NULL, notified_serial INTEGER DEFAULT NULL,"
	" account VARCHAR(40) DEFAULT NULL, options VARCHAR(65535) DEFAULT NULL,"
	" catalog VARCHAR(255) DEFAULT NULL);"
	"CREATE UNIQUE INDEX name_index ON domains(name);"
	"CREATE TABLE records (id INTEGER PRIMARY KEY, domain_id INTEGER DEFAULT NULL,"
	" name VARCHAR(255) DEFAULT NULL, type VARCHAR(10) DEFAULT NULL,"
	" content VARCHAR(65535) DEFAULT NULL, ttl INTEGER DEFAULT NULL,"
	" prio INTEGER DEFAULT NULL, disabled BOOLEAN DEFAULT 0, ordername VARCHAR(255),"
	" auth BOOL DEFAULT 1,"
	" FOREIGN KEY(domain_id) REFERENCES domains(id) ON DELETE CASCADE ON UPDATE CASCADE);"
	"CREATE INDEX records_lookup_id_idx ON records(domain_id, name, type);"
	"CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain_id INT NOT NULL,"
	" kind VARCHAR(32) COLLATE NOCASE, content TEXT);"
	"CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain_id INT NOT NULL,"
	" flags INT NOT NULL, active BOOL, published BOOL DEFAULT 1, content TEXT);";

#endif
