/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * options: command line of ensign-dataplane, on top of the settings file.
 *
 *   ensign-dataplane [--config FILE] [--KEY=VALUE ...] [--version] [--help]
 */
#ifndef DATAPLANE_OPTIONS_H
#define DATAPLANE_OPTIONS_H

#include "zonedb/settings.h"

#define OPTIONS_ERR_LEN 512

/* What to do next. */
enum options_outcome {
	OPTIONS_RUN = 0,
	OPTIONS_DONE, /* --help or --version has been printed */
};

/* Reads the settings file, then the assignments of the command line into s. Without --config the
 * default file is read if it is there. Returns an outcome, or -1 with err. */
int options_read(struct settings *s, int argc, char **argv, char err[static OPTIONS_ERR_LEN])
	__attribute__((warn_unused_result));

#endif
