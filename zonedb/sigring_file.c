/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_file: mapping the sigrings file that control has made.
 */
#include "zonedb/sigring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct sigring {
	struct sigring_file *file;
	uint64_t len; /* octets mapped */
};

struct sigring_pair *sigring_pair(struct sigring *rings, unsigned pair)
{
	assert(pair < READER_SLOT_MAX);
	return &rings->file->pair[pair];
}

bool sigring_file_fits(const struct sigring_file *file)
{
	return file->layout == SIGRING_LAYOUT && file->pair_cnt == READER_SLOT_MAX &&
	       file->request_unit_cnt == SIGRING_REQUEST_UNITS &&
	       file->response_unit_cnt == SIGRING_RESPONSE_UNITS &&
	       file->payload_max == SIG_PAYLOAD_MAX;
}

static int file_check(const struct sigring_file *file, char err[static 256])
{
	/* acquire: pairs with the last store of who made the file */
	uint64_t magic = atomic_load_explicit(&file->magic, memory_order_acquire);
	if (magic == SIGRING_MAGIC && sigring_file_fits(file))
		return 0;
	snprintf(
		err, 256, "the sigrings file has another layout: stop ensign and remove the files");
	return -1;
}

static int file_map(struct sigring *rings, int fd, char err[static 256])
{
	struct stat st;
	if (fstat(fd, &st))
		st.st_size = 0;
	rings->len = sigring_file_len(st.st_size > 0 ? (uint64_t)st.st_blksize : 1);
	if ((uint64_t)st.st_size < rings->len) {
		snprintf(err, 256, "the sigrings file is not set up: is ensignd running?");
		return -1;
	}
	void *map = mmap(NULL, rings->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		snprintf(err, 256, "cannot map the sigrings file: %s", strerror(errno));
		return -1;
	}
	rings->file = map;
	madvise(map, rings->len, MADV_DONTDUMP); /* a hint */
	return file_check(rings->file, err);
}

struct sigring *sigring_map(int fd, char err[static 256])
{
	struct sigring *rings = calloc(1, sizeof(*rings));
	if (!rings) {
		snprintf(err, 256, "out of memory");
		return NULL;
	}
	return file_map(rings, fd, err) ? sigring_close(rings) : rings;
}

struct sigring *sigring_open(const char *dir, char err[static 256])
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/" SIGRING_NAME, dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(err, 256, "cannot open the sigrings file: %s", strerror(errno));
		return NULL;
	}
	struct sigring *rings = sigring_map(fd, err);
	close(fd);
	return rings;
}

struct sigring *sigring_close(struct sigring *rings)
{
	if (rings && rings->file)
		munmap(rings->file, rings->len);
	free(rings);
	return NULL;
}
