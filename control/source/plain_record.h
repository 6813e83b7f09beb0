/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain_record: reads, without libzscanner, the lines that make up nearly all of a large zone:
 *
 *     [OWNER] [TTL] [IN] TYPE RDATA [;COMMENT]      TYPE: NS CNAME DNAME PTR A AAAA DS
 *
 * on one line, names of letters, digits, "-", "_" and "*" or "@", plain numbers. All else -
 * escapes, parentheses, directives, units of time, other types, anything faulty - is left to
 * libzscanner, which gives the same records for these lines (a test and a fuzzer compare them),
 * only a fifth as fast.
 */
#ifndef CONTROL_SOURCE_PLAIN_RECORD_H
#define CONTROL_SOURCE_PLAIN_RECORD_H

#include <libzscanner/scanner.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads the line of len octets, without its newline, with the scanner's origin, default TTL and
 * previous owner. True: the scanner's r_* fields are as after parsing it (r_owner in lower case).
 * False: the line is not a plain one; of the scanner, at most r_data has changed. */
bool plain_record(zs_scanner_t *scanner, const char *line, size_t len);

#endif
