/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_file: the mapping of the sigrings file (private to sigring*.c).
 */
#ifndef ZONEDB_SIGRING_FILE_H
#define ZONEDB_SIGRING_FILE_H

#include "zonedb/sigring_layout.h"

/* The pair of a mapping; pair below READER_SLOT_MAX. */
struct sigring_pair *sigring_pair(struct sigring *rings, unsigned pair);
/* Whether the header is of this program's layout. */
bool sigring_file_fits(const struct sigring_file *file);

#endif
