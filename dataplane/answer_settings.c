/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer_settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Copies value to dst and its length to len. */
static int text_set(char *dst, size_t dst_len, uint8_t *len, const char *name, const char *value,
	char err[static ANSWER_SETTINGS_ERR_LEN])
{
	size_t value_len = strlen(value);
	if (value_len > dst_len || value_len > UINT8_MAX) {
		snprintf(err, ANSWER_SETTINGS_ERR_LEN, "%s: longer than %zu octets", name, dst_len);
		return -1;
	}
	memcpy(dst, value, value_len);
	*len = (uint8_t)value_len;
	return 0;
}

static int nsid_set(
	struct answer_config *cfg, const char *server_id, char err[static ANSWER_SETTINGS_ERR_LEN])
{
	char host[sizeof(cfg->nsid) + 1] = "";
	if (!*server_id && gethostname(host, sizeof(host) - 1) == 0)
		server_id = host;
	else if (!strcmp(server_id, "disabled"))
		server_id = "";
	return text_set(cfg->nsid, sizeof(cfg->nsid), &cfg->nsid_len, "server-id", server_id, err);
}

static int version_set(struct answer_config *cfg, const char *version_string,
	char err[static ANSWER_SETTINGS_ERR_LEN])
{
	if (!strcmp(version_string, "full"))
		version_string = "ensign " ENSIGN_VERSION;
	else if (!strcmp(version_string, "anonymous"))
		version_string = "";
	return text_set(cfg->version, sizeof(cfg->version), &cfg->version_len, "version-string",
		version_string, err);
}

int answer_settings_read(struct answer_config *cfg, const struct settings *settings,
	char err[static ANSWER_SETTINGS_ERR_LEN])
{
	*cfg = (struct answer_config){
		.udp_size_max = (uint16_t)settings->udp_truncation_threshold,
		.any_to_tcp = settings->any_to_tcp,
		.any_minimal = settings->any_minimal,
		.minimal_responses = settings->minimal_responses,
	};
	if (nsid_set(cfg, settings->server_id, err) < 0)
		return -1;
	return version_set(cfg, settings->version_string, err);
}
