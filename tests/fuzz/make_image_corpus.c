/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes the corpus of fuzz_image: small valid images of every kind. To be run again whenever the
 * layout changes ("ninja -C build image-corpus"); test_image_check fails until that is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/zone_fixture.h"

#define SEED 42 /* as in fuzz_image.c */
#define APEX_LINES                                                                                 \
	"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ 3600 NS ns1\n@ 3600 NS ns2.other.test.\n"
#define MIXED_LINES                                                                                \
	APEX_LINES                                                                                 \
	"ns1 300 A 192.0.2.1\nns1 300 AAAA 2001:db8::1\n@ 300 MX 10 ns1\n@ 300 MX 20 mx.ns1\n"     \
	"mx.ns1 300 A 192.0.2.2\n*.wild 300 TXT w\nent.ent.ent 300 CAA 0 issue -\n"                \
	"child 300 NS ns.child\nchild 300 NS ns1\nchild 300 DS 1 13 2 aabb\n"                      \
	"ns.child 300 A 192.0.2.4\nopen 300 NS ns2.other.test.\nshare 300 NS ns2.other.test.\n"    \
	"d 300 DNAME d.test.\nhidden.d 300 A 192.0.2.5\nc 300 CNAME ns1\n"                         \
	"srv 300 SRV 1 2 3 ns1\nh 300 HTTPS 1 . -\nn 300 NAPTR 1 2 s x y ns1\n"                    \
	"rp 300 RP a.b.test. b.test.\nmi 300 MINFO a.b.test. b.test.\nx 300 TYPE65280 0102\n"

enum denial { NONE, NSEC, NSEC3, OPTOUT, NARROW, COMPACT };

static const struct {
	const char *name, *apex, *text;
	enum denial denial;
	bool live;
	unsigned more; /* names besides, so that tables get several levels */
} kinds[] = {
	{"tiny", "example.", APEX_LINES, NONE, false, 0},
	{"tiny-root", ".", APEX_LINES, NONE, false, 0},
	{"unsigned", "example.", MIXED_LINES, NONE, false, 0},
	{"nsec", "example.", MIXED_LINES, NSEC, false, 0},
	{"nsec-root", ".", MIXED_LINES, NSEC, false, 0},
	{"nsec-many", "e.", APEX_LINES, NSEC, false, 70},
	{"nsec3", "example.", MIXED_LINES, NSEC3, false, 0},
	{"nsec3-root", ".", MIXED_LINES, NSEC3, false, 0},
	{"optout", "deep.example.test.", MIXED_LINES, OPTOUT, false, 0},
	{"many", "e.", APEX_LINES, NONE, false, 100},
	{"live-nsec", "example.", MIXED_LINES, NSEC, true, 0},
	{"live-optout", "example.", MIXED_LINES, OPTOUT, true, 0},
	{"live-narrow", "example.", MIXED_LINES, NARROW, true, 0},
	{"live-narrow-root", ".", MIXED_LINES, NARROW, true, 0},
	{"live-compact", "example.", MIXED_LINES, COMPACT, true, 0},
	{"live-compact-root", ".", MIXED_LINES, COMPACT, true, 0},
};

static void add_names(char *text, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++)
		text += sprintf(text, "n%u 300 A 192.0.2.1\n", i);
}

static void write_image(const char *dir, const char *name, const struct image_header *img)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *out = fopen(path, "wb");
	if (out == NULL || fwrite(img, 1, img->size, out) != img->size || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

static void make_one(const char *dir, unsigned i)
{
	char text[8192];
	struct zone zone;
	strcpy(text, kinds[i].text);
	add_names(text + strlen(text), kinds[i].more);
	fixture_zone(&zone, kinds[i].apex, text);
	if (kinds[i].denial == NSEC)
		fixture_nsec(&zone);
	if (kinds[i].denial == NSEC3 || kinds[i].denial == OPTOUT)
		fixture_nsec3(&zone, 1, 2, "ab", kinds[i].denial == OPTOUT);
	if (kinds[i].denial == NARROW)
		fixture_narrow(&zone, 1, 2, "ab", true);
	if (kinds[i].denial == COMPACT)
		fixture_compact(&zone);
	if (kinds[i].live)
		fixture_live(&zone);
	else if (kinds[i].denial != NONE && kinds[i].more == 0)
		fixture_sign(&zone);
	struct image_header *img = fixture_image(&zone, SEED);
	write_image(dir, kinds[i].name, img);
	free(img);
	zone_deinit(&zone);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return 2;
	}
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		make_one(argv[1], i);
	return 0;
}
