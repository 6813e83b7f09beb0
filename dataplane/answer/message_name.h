/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * message_name: names inside an answer being composed (private to dataplane/answer).
 *
 * The engine wrote these names, or has checked them (the question), so they are well-formed and
 * their pointers lead backwards. Used off the common path only: chains, and answers above 16 KiB.
 */
#ifndef DATAPLANE_ANSWER_MESSAGE_NAME_H
#define DATAPLANE_ANSWER_MESSAGE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/limits.h"

/* Offset behind the name at off (its pointer included, not followed). */
uint32_t message_name_end(const uint8_t *msg, uint32_t off);
/* Offset of the name at off without its first skip_cnt labels; pointers are followed, so the result
 * is that of a label's length octet. */
uint32_t message_name_suffix(const uint8_t *msg, uint32_t off, unsigned skip_cnt);
/* Copies the name at off uncompressed, case kept; returns its octets. */
unsigned message_name_read(uint8_t dst[static DNAME_LEN_MAX], const uint8_t *msg, uint32_t off);
/* True if the name at off is free of pointers. */
bool message_name_flat(const uint8_t *msg, uint32_t off);
/* True if two names are equal, case aside. */
bool message_name_equal(const uint8_t *msg, uint32_t a_off, uint32_t b_off);

#endif
