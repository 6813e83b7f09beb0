/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any line that plain_record() takes is, to libzscanner, the same record.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/plain_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *difference;
	if (memchr(data, '\n', len) != NULL)
		return 0; /* never part of a line */
	struct plain_oracle *o = plain_oracle_new();
	FUZZ_CHECK(plain_oracle_compare(o, (const char *)data, len, &difference) >= 0);
	plain_oracle_free(o);
	return 0;
}
