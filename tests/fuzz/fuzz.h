/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz: what a fuzz target is: one function that survives any input. FUZZ_CHECK is an assertion
 * that stays, whatever NDEBUG says.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FUZZ_CHECK(x)                                                                              \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
