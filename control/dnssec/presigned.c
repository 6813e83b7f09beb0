/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/presigned_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"

/* ---- telling --------------------------------------------------------------------------------- */

static const char *const note_text[NOTE_CNT] = {
	[NOTE_UNSIGNED] = "no signature",
	[NOTE_EXPIRED] = "signature has expired",
	[NOTE_EARLY] = "signature is not valid yet",
	[NOTE_SIGNER] = "signature is by another zone",
	[NOTE_KEY] = "signature is by a key that is not in the DNSKEY set",
	[NOTE_BITMAP] = "types listed are not those at the name",
};

void presigned_say(const struct adoption *a, const char *format, ...)
{
	char text[DNAME_TEXT_MAX + 128];
	va_list args;
	if (!a->opt->note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	a->opt->note(a->opt->note_ctx, text);
}

void presigned_note(
	struct adoption *a, enum presigned_note kind, const uint8_t *owner, uint16_t type)
{
	char name[DNAME_TEXT_MAX], type_text[12];
	if (a->note_cnt[kind]++ < PRESIGNED_NOTE_MAX)
		presigned_say(a, "%s %s: %s", dname_to_text(name, owner),
			rrtype_to_text(type_text, type), note_text[kind]);
}

static void say_rest(const struct adoption *a)
{
	for (unsigned kind = 0; kind < NOTE_CNT; kind++)
		if (a->note_cnt[kind] > PRESIGNED_NOTE_MAX)
			presigned_say(a, "%s: %u more of these", note_text[kind],
				a->note_cnt[kind] - PRESIGNED_NOTE_MAX);
	if (a->zone->sig_orphan_cnt)
		presigned_say(a, "%u signatures cover no RRset and are left out",
			a->zone->sig_orphan_cnt);
}

int presigned_fail(const struct adoption *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(a->err, 256, format, args);
	va_end(args);
	return -1;
}

/* ---- the zone -------------------------------------------------------------------------------- */

/* Without these no validator accepts anything of the zone. */
static int check_apex(const struct adoption *a)
{
	static const uint16_t needed[] = {RRTYPE_SOA, RRTYPE_DNSKEY};
	char type[12];
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct zone_rrset *rrset = zone_node_rrset(&a->zone->node[0], needed[i]);
		if (!rrset || !rrset->sig)
			return presigned_fail(a, "pre-signed zone without %s%s at the apex",
				rrset ? "signature over " : "", rrtype_to_text(type, needed[i]));
	}
	return 0;
}

int presigned_adopt(struct zone *zone, const struct presigned_options *opt, char err[static 256])
{
	struct adoption a = {.zone = zone, .opt = opt, .err = err};
	if (check_apex(&a) || presigned_choose_chain(&a))
		return -1;
	presigned_check_sigs(&a);
	say_rest(&a);
	zone->flags |= IMAGE_SIGNED | IMAGE_PRESIGNED;
	return 0;
}
