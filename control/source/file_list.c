/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/file_list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct file_id id_of_stat(const struct stat *st)
{
	return (struct file_id){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_ns =
			(uint64_t)st->st_mtim.tv_sec * 1000000000U + (uint64_t)st->st_mtim.tv_nsec,
	};
}

struct file_id file_id_of_path(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? id_of_stat(&st) : (struct file_id){0};
}

struct file_id file_id_of_fd(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 ? id_of_stat(&st) : (struct file_id){0};
}

bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns;
}

int file_list_add(struct file_list *list, const char *path, const struct file_id *id)
{
	struct file_entry *file = reallocarray(list->file, list->cnt + 1, sizeof(*file));
	if (file == NULL)
		return -1;
	list->file = file;
	file[list->cnt] = (struct file_entry){strdup(path), *id};
	if (file[list->cnt].path == NULL)
		return -1;
	list->cnt++;
	return 0;
}

bool file_list_has_changed(const struct file_list *list)
{
	for (unsigned i = 0; i < list->cnt; i++) {
		struct file_id now = file_id_of_path(list->file[i].path);
		if (!file_id_equal(&now, &list->file[i].id))
			return true;
	}
	return false;
}

void file_list_deinit(struct file_list *list)
{
	for (unsigned i = 0; i < list->cnt; i++)
		free(list->file[i].path);
	free(list->file);
	*list = (struct file_list){0};
}
