/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * file_list: files something was read from, and whether they are still the ones that were read.
 *
 * A file is told by device, inode, size and modification time to the nanosecond: whoever rewrites
 * it changes one of these, whoever puts another in its place changes the inode.
 */
#ifndef CONTROL_SOURCE_FILE_LIST_H
#define CONTROL_SOURCE_FILE_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct file_id {
	uint64_t device;
	uint64_t inode;
	uint64_t size; /* octets */
	uint64_t mtime_ns;
}; /* all zero: there is no such file */

struct file_entry {
	char *path;
	struct file_id id; /* when it was read */
};

struct file_list {
	struct file_entry *file; /* in the order they were read */
	unsigned cnt;
};

/* What is at path now; all zero if nothing that can be read is. */
struct file_id file_id_of_path(const char *path);
struct file_id file_id_of_fd(int fd);
bool file_id_equal(const struct file_id *a, const struct file_id *b);

/* Appends; path is copied. -1: out of memory. */
int file_list_add(struct file_list *list, const char *path, const struct file_id *id)
	__attribute__((warn_unused_result));
/* True if a file of the list is not the one that was read. */
bool file_list_has_changed(const struct file_list *list);
void file_list_deinit(struct file_list *list); /* the zero state is safe */

#endif
