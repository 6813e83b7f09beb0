/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_fixture: a directory of published zones for tests, and zones to put there. What fails
 * here fails the test.
 */
#ifndef TESTS_UNIT_PUBLISH_FIXTURE_H
#define TESTS_UNIT_PUBLISH_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/publish.h"

struct publish_fixture {
	char dir[64];
	char path[96]; /* of the file last named by fixture_path() */
	struct publish_writer *writer;
	struct publish_attach found;
	char err[256];
};

/* A new directory on tmpfs, or on hugetlbfs: false if there is none with free pages. No writer. */
bool publish_fixture_begin(struct publish_fixture *f, bool hugepages);
/* Closes the writer and removes the directory. */
void publish_fixture_end(struct publish_fixture *f);
/* Opens the writer: freed space is poisoned. */
void publish_fixture_open(struct publish_fixture *f);
const char *publish_fixture_path(struct publish_fixture *f, const char *name);

/* An image of a small zone, with so many names with a TXT record below the apex; not committed. */
void *publish_fixture_image(
	struct publish_fixture *f, const char *apex, uint32_t serial, unsigned txt_cnt);
/* The same, committed. */
void publish_fixture_zone(
	struct publish_fixture *f, const char *apex, uint32_t serial, unsigned txt_cnt);
/* The image served for a name, searched as the packet path does; NULL if none. */
const struct image_header *publish_fixture_find(
	const struct publish_reader *reader, const char *name);
/* True if the image is what was committed, to the last octet. */
bool publish_fixture_intact(const struct image_header *img);

#endif
