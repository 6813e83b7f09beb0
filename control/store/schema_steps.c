/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the tables of PowerDNS 3.0 and later to those of 4.7: what its own scripts of SQL do, as
 * far as it matters to what is read and written.
 */
#include <stddef.h>

#include "control/store/schema_text.h"

/* clang-format off */
const struct schema_step schema_steps[] = {
	{"records.ordername", "records.id", "column ordername of records", {
		"ALTER TABLE records ADD COLUMN ordername VARCHAR(255);"
		"CREATE INDEX records_order_idx ON records(domain_id, ordername);",
		"ALTER TABLE records ADD COLUMN ordername VARCHAR(255);"
		"CREATE INDEX recordorder ON records (domain_id, ordername text_pattern_ops);",
		"ALTER TABLE records ADD COLUMN ordername VARCHAR(255) BINARY DEFAULT NULL;"
		"CREATE INDEX ordername ON records (ordername);"}},
	{"records.auth", "records.id", "column auth of records", {
		"ALTER TABLE records ADD COLUMN auth BOOL DEFAULT 1;",
		"ALTER TABLE records ADD COLUMN auth BOOL DEFAULT 't';",
		"ALTER TABLE records ADD COLUMN auth TINYINT(1) DEFAULT 1;"}},
	{"records.disabled", "records.id", "column disabled of records, and room for longer content", {
		"ALTER TABLE records ADD COLUMN disabled BOOLEAN DEFAULT 0;",
		"ALTER TABLE records ADD COLUMN disabled BOOL DEFAULT 'f';"
		"ALTER TABLE records ALTER COLUMN content TYPE VARCHAR(65535), ALTER COLUMN type TYPE VARCHAR(10);",
		"ALTER TABLE records ADD COLUMN disabled TINYINT(1) DEFAULT 0,"
		" MODIFY content VARCHAR(64000) DEFAULT NULL, MODIFY type VARCHAR(10) DEFAULT NULL;"}},
	{"domainmetadata.id", "domains.id", "table domainmetadata", {
		"CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain_id INT NOT NULL,"
		" kind VARCHAR(32) COLLATE NOCASE, content TEXT,"
		" FOREIGN KEY(domain_id) REFERENCES domains(id) ON DELETE CASCADE ON UPDATE CASCADE);"
		"CREATE INDEX domainmetaidindex ON domainmetadata(domain_id);",
		"CREATE TABLE domainmetadata (id SERIAL PRIMARY KEY,"
		" domain_id INT REFERENCES domains(id) ON DELETE CASCADE, kind VARCHAR(32), content TEXT);"
		"CREATE INDEX domainidmetaindex ON domainmetadata(domain_id);",
		"CREATE TABLE domainmetadata (id INT AUTO_INCREMENT, domain_id INT NOT NULL, kind VARCHAR(32),"
		" content TEXT, PRIMARY KEY (id)) Engine=InnoDB CHARACTER SET 'latin1';"
		"CREATE INDEX domainmetadata_idx ON domainmetadata (domain_id, kind);"}},
	{"cryptokeys.id", "domains.id", "table cryptokeys", {
		"CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain_id INT NOT NULL, flags INT NOT NULL,"
		" active BOOL, published BOOL DEFAULT 1, content TEXT,"
		" FOREIGN KEY(domain_id) REFERENCES domains(id) ON DELETE CASCADE ON UPDATE CASCADE);"
		"CREATE INDEX domainidindex ON cryptokeys(domain_id);",
		"CREATE TABLE cryptokeys (id SERIAL PRIMARY KEY,"
		" domain_id INT REFERENCES domains(id) ON DELETE CASCADE, flags INT NOT NULL, active BOOL,"
		" published BOOL DEFAULT TRUE, content TEXT);"
		"CREATE INDEX domainidindex ON cryptokeys(domain_id);",
		"CREATE TABLE cryptokeys (id INT AUTO_INCREMENT, domain_id INT NOT NULL, flags INT NOT NULL,"
		" active BOOL, published BOOL DEFAULT 1, content TEXT, PRIMARY KEY(id)) Engine=InnoDB CHARACTER SET 'latin1';"
		"CREATE INDEX domainidindex ON cryptokeys(domain_id);"}},
	{"cryptokeys.published", "cryptokeys.id", "column published of cryptokeys", {
		"ALTER TABLE cryptokeys ADD COLUMN published BOOL DEFAULT 1;",
		"ALTER TABLE cryptokeys ADD COLUMN published BOOL DEFAULT TRUE, ALTER COLUMN content TYPE TEXT;",
		"ALTER TABLE cryptokeys ADD COLUMN published BOOL NULL DEFAULT 1 AFTER active;"}},
	{"tsigkeys.name", NULL, "table tsigkeys", {
		"CREATE TABLE tsigkeys (id INTEGER PRIMARY KEY, name VARCHAR(255) COLLATE NOCASE,"
		" algorithm VARCHAR(50) COLLATE NOCASE, secret VARCHAR(255));"
		"CREATE UNIQUE INDEX namealgoindex ON tsigkeys(name, algorithm);",
		"CREATE TABLE tsigkeys (id SERIAL PRIMARY KEY, name VARCHAR(255), algorithm VARCHAR(50),"
		" secret VARCHAR(255), CONSTRAINT c_lowercase_name CHECK (((name)::TEXT = LOWER((name)::TEXT))));"
		"CREATE UNIQUE INDEX namealgoindex ON tsigkeys(name, algorithm);",
		"CREATE TABLE tsigkeys (id INT AUTO_INCREMENT, name VARCHAR(255), algorithm VARCHAR(50),"
		" secret VARCHAR(255), PRIMARY KEY (id)) Engine=InnoDB CHARACTER SET 'latin1';"
		"CREATE UNIQUE INDEX namealgoindex ON tsigkeys(name, algorithm);"}},
	{"comments.domain_id", "domains.id", "table comments", {
		"CREATE TABLE comments (id INTEGER PRIMARY KEY, domain_id INTEGER NOT NULL, name VARCHAR(255) NOT NULL,"
		" type VARCHAR(10) NOT NULL, modified_at INT NOT NULL, account VARCHAR(40) DEFAULT NULL,"
		" comment VARCHAR(65535) NOT NULL,"
		" FOREIGN KEY(domain_id) REFERENCES domains(id) ON DELETE CASCADE ON UPDATE CASCADE);"
		"CREATE INDEX comments_idx ON comments(domain_id, name, type);"
		"CREATE INDEX comments_order_idx ON comments (domain_id, modified_at);",
		"CREATE TABLE comments (id SERIAL PRIMARY KEY, domain_id INT NOT NULL, name VARCHAR(255) NOT NULL,"
		" type VARCHAR(10) NOT NULL, modified_at INT NOT NULL, account VARCHAR(40) DEFAULT NULL,"
		" comment VARCHAR(65535) NOT NULL, CONSTRAINT domain_exists FOREIGN KEY(domain_id)"
		" REFERENCES domains(id) ON DELETE CASCADE,"
		" CONSTRAINT c_lowercase_name CHECK (((name)::TEXT = LOWER((name)::TEXT))));"
		"CREATE INDEX comments_domain_id_idx ON comments (domain_id);"
		"CREATE INDEX comments_name_type_idx ON comments (name, type);"
		"CREATE INDEX comments_order_idx ON comments (domain_id, modified_at);",
		"CREATE TABLE comments (id INT AUTO_INCREMENT, domain_id INT NOT NULL, name VARCHAR(255) NOT NULL,"
		" type VARCHAR(10) NOT NULL, modified_at INT NOT NULL,"
		" account VARCHAR(40) CHARACTER SET 'utf8' DEFAULT NULL, comment TEXT CHARACTER SET 'utf8' NOT NULL,"
		" PRIMARY KEY (id)) Engine=InnoDB CHARACTER SET 'latin1';"
		"CREATE INDEX comments_name_type_idx ON comments (name, type);"
		"CREATE INDEX comments_order_idx ON comments (domain_id, modified_at);"}},
	{"domains.options", "domains.id", "column options of domains", {
		"ALTER TABLE domains ADD COLUMN options VARCHAR(65535) DEFAULT NULL;",
		"ALTER TABLE domains ADD COLUMN options TEXT DEFAULT NULL,"
		" ALTER COLUMN type TYPE TEXT, ALTER COLUMN notified_serial TYPE BIGINT;",
		"ALTER TABLE domains ADD COLUMN options VARCHAR(64000) DEFAULT NULL, MODIFY type VARCHAR(8) NOT NULL,"
		" MODIFY notified_serial INT UNSIGNED DEFAULT NULL;"}},
	{"domains.catalog", "domains.id", "column catalog of domains", {
		"ALTER TABLE domains ADD COLUMN catalog VARCHAR(255) DEFAULT NULL;"
		"CREATE INDEX catalog_idx ON domains(catalog);",
		"ALTER TABLE domains ADD COLUMN catalog TEXT DEFAULT NULL;"
		"CREATE INDEX catalog_idx ON domains(catalog);",
		"ALTER TABLE domains ADD COLUMN catalog VARCHAR(255) DEFAULT NULL;"
		"CREATE INDEX catalog_idx ON domains(catalog);"}},
};
/* clang-format on */

const unsigned schema_step_cnt = sizeof(schema_steps) / sizeof(*schema_steps);
