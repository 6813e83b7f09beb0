/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a fuzz target over the files of a corpus directory: what fuzzing has found once stays found.
 * A missing or empty corpus fails.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *file_read(const char *path, size_t *len)
{
	FILE *in = fopen(path, "rb");
	if (!in)
		return NULL;
	fseek(in, 0, SEEK_END);
	long end = ftell(in);
	rewind(in);
	*len = end < 0 ? 0 : (size_t)end;
	/* exactly as long as the input: a read beyond it is one that ASan sees */
	uint8_t *data = malloc(*len ? *len : 1);
	if (data && fread(data, 1, *len, in) != *len) {
		free(data);
		data = NULL;
	}
	fclose(in);
	return data;
}

static int replay(const char *dir, const char *name)
{
	char path[4096];
	size_t len = 0;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	uint8_t *data = file_read(path, &len);
	if (!data) {
		perror(path);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY (which must exist)\n", argv[0]);
		return 2;
	}
	unsigned cnt = 0;
	int rc = 0;
	for (const struct dirent *entry; (entry = readdir(dir)) && !rc;) {
		if (entry->d_name[0] == '.')
			continue;
		rc = replay(argv[1], entry->d_name);
		cnt++;
	}
	closedir(dir);
	printf("%u inputs\n", cnt);
	return rc || !cnt;
}
