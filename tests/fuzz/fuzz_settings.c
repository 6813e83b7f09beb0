/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any settings text is either refused with a message or prints as one that reads back to the same.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "zonedb/settings.h"

static char *printed(const struct settings *s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	FUZZ_CHECK(out);
	settings_print(s, out);
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct settings first, second;
	char err[512] = "";
	if (settings_parse(&first, (const char *)data, len, "fuzz", err)) {
		FUZZ_CHECK(!strncmp(err, "fuzz:", 5));
		return 0;
	}
	char *once = printed(&first);
	FUZZ_CHECK(!settings_parse(&second, once, strlen(once), "printed", err));
	char *twice = printed(&second);
	FUZZ_CHECK(!strcmp(once, twice));
	settings_deinit(&first);
	settings_deinit(&second);
	free(once);
	free(twice);
	return 0;
}
