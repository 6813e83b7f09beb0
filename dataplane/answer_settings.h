/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * answer_settings: the engine's constants, from the settings file.
 */
#ifndef DATAPLANE_ANSWER_SETTINGS_H
#define DATAPLANE_ANSWER_SETTINGS_H

#include "dataplane/answer/answer.h"
#include "zonedb/settings.h"

#define ANSWER_SETTINGS_ERR_LEN 256

/* Fills cfg. Returns 0, or -1 with err: server-id or version-string does not fit. */
int answer_settings_read(struct answer_config *cfg, const struct settings *settings,
	char err[static ANSWER_SETTINGS_ERR_LEN]) __attribute__((warn_unused_result));

#endif
