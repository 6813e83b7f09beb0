/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_create: control's side of sigring.h: the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zonedb/sigring_file.h"

static int fail(char err[static 256], const char *what)
{
	snprintf(err, 256, "%s: %s", what, strerror(errno));
	return -1;
}

static void header_write(struct sigring_file *file)
{
	file->layout = SIGRING_LAYOUT;
	file->pair_cnt = READER_SLOT_MAX;
	file->request_unit_cnt = SIGRING_REQUEST_UNITS;
	file->response_unit_cnt = SIGRING_RESPONSE_UNITS;
	file->payload_max = SIG_PAYLOAD_MAX;
	/* release: who sees the magic sees the header */
	atomic_store_explicit(&file->magic, SIGRING_MAGIC, memory_order_release);
}

static int header_set(struct sigring_file *file, char err[static 256])
{
	uint64_t magic = atomic_load_explicit(&file->magic, memory_order_acquire);
	if (!magic)
		header_write(file);
	else if (magic != SIGRING_MAGIC || !sigring_file_fits(file)) {
		snprintf(err, 256,
			"the sigrings file has another layout: stop ensign and remove the files");
		return -1;
	}
	return 0;
}

/* All of it is allocated here: where memory is missing, this fails, and nothing later. */
static int file_fill(int fd, char err[static 256])
{
	struct stat st;
	if (fstat(fd, &st))
		return fail(err, "cannot look at the sigrings file");
	uint64_t len = sigring_file_len((uint64_t)st.st_blksize);
	if ((uint64_t)st.st_size < len && ftruncate(fd, (off_t)len))
		return fail(err, "cannot size the sigrings file");
	if (fallocate(fd, 0, 0, (off_t)len))
		return fail(err, "no memory for the sigrings file (vm.nr_hugepages?)");
	struct sigring_file *file = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return fail(err, "cannot map the sigrings file");
	int rc = header_set(file, err);
	munmap(file, len);
	return rc;
}

static int file_give(int fd, uint32_t uid, uint32_t gid, char err[static 256])
{
	if (fchown(fd, uid, gid) || fchmod(fd, 0660))
		return fail(err, "cannot set owner and mode of the sigrings file");
	return 0;
}

int sigring_create(const char *dir, uint32_t uid, uint32_t gid, char err[static 256])
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/" SIGRING_NAME, dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(err, "cannot open the sigrings file");
	if (!file_fill(fd, err) && !file_give(fd, uid, gid, err))
		return fd;
	close(fd);
	return -1;
}
