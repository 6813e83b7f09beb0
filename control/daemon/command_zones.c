/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "control/daemon/command.h"
#include "zonedb/dname.h"

#define ZONES_AT_ONCE 256 /* lines made before the loop goes round */

/* How far a listing has come: zones may come and go meanwhile. */
struct listing {
	const struct keeper *keeper;
	bool has_zone;
	bool begun;
	uint64_t cnt;
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD]; /* the last one listed, or the only one */
};

static const char *state_name(const struct zone_entry *entry)
{
	if (entry->source.origin == ZONE_FROM_NOWHERE)
		return "unsupported";
	if (entry->image.size > 0)
		return "served";
	return entry->error != NULL ? "failed" : "compiling";
}

/* The first row whose flags are all there. */
struct flag_name {
	uint32_t flags;
	const char *name;
};

static const char *name_of(const struct flag_name *row, uint32_t flags)
{
	while ((flags & row->flags) != row->flags)
		row++;
	return row->name;
}

static const char *signed_name(uint32_t flags)
{
	static const struct flag_name table[] = {
		{IMAGE_PRESIGNED, "presigned"},
		{IMAGE_SIGNED, "eager"},
		{IMAGE_LIVE, "live"},
		{0, "no"},
	};
	return name_of(table, flags);
}

static const char *denial_name(uint32_t flags)
{
	static const struct flag_name table[] = {
		{IMAGE_NARROW | IMAGE_OPTOUT, "nsec3-narrow-optout"},
		{IMAGE_NARROW, "nsec3-narrow"},
		{IMAGE_NSEC3 | IMAGE_OPTOUT, "nsec3-optout"},
		{IMAGE_NSEC3, "nsec3"},
		{IMAGE_NSEC, "nsec"},
		{IMAGE_COMPACT, "compact"},
		{0, "none"},
	};
	return name_of(table, flags);
}

static void add_image(json_t *zone, const struct publisher_image *image)
{
	json_object_update_new(zone,
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "signed",
			signed_name(image->flags), "denial", denial_name(image->flags), "serial",
			command_number(image->serial), "names", command_number(image->node_cnt),
			"rrsets", command_number(image->rrset_cnt), "image_size",
			command_number(image->size), "compiled_at",
			command_number(image->made_at_s), "resign_at",
			command_number(image->resign_at_s)));
}

static json_t *json_of_zone(const struct keeper *keeper, const struct zone_entry *entry)
{
	json_t *zone = json_pack("{s:o, s:s, s:s, s:s}", "name", command_name(entry->apex), "file",
		entry->source.place, "type", entry->type, "state", state_name(entry));
	if (entry->image.size > 0)
		add_image(zone, &entry->image);
	if (entry->image.flags & IMAGE_LIVE)
		json_object_set_new(
			zone, "signer_has_keys", json_boolean(!keeper_lacks_keys(keeper, entry)));
	if (entry->source.origin == ZONE_FROM_NOWHERE)
		json_object_set_new(zone, "error",
			json_string("ensign serves zone files of its own (type primary)"));
	else if (entry->error != NULL)
		json_object_set_new(zone, "error", json_string(entry->error));
	return json_pack("{s:o}", "zone", zone);
}

static void listing_gone(struct client *client)
{
	free(client->state);
}

static void listing_end(struct client *client)
{
	struct listing *listing = client->state;
	json_t *cnt = command_number(listing->cnt);
	if (listing->has_zone && listing->cnt == 0)
		client_send(client, json_pack("{s:b, s:s, s:o}", "ok", 0, "error",
					    "no such zone in named.conf", "zones", cnt));
	else
		client_send(client, json_pack("{s:b, s:o}", "ok", 1, "zones", cnt));
	free(listing);
	client_done(client);
}

static void list_one(struct client *client, struct listing *listing)
{
	const struct zone_entry *entry = registry_find(&listing->keeper->registry, listing->apex);
	if (entry != NULL) {
		client_send(client, json_of_zone(listing->keeper, entry));
		listing->cnt++;
	}
	listing_end(client);
}

static void listing_more(struct client *client)
{
	struct listing *listing = client->state;
	const struct registry *reg = &listing->keeper->registry;
	if (listing->has_zone)
		return list_one(client, listing);
	size_t at = registry_after(reg, listing->begun ? listing->apex : NULL);
	for (unsigned i = 0; i < ZONES_AT_ONCE && at < reg->cnt; i++, at++) {
		client_send(client, json_of_zone(listing->keeper, reg->entry[at]));
		memcpy(listing->apex, reg->entry[at]->apex, dname_len(reg->entry[at]->apex));
		listing->begun = true;
		listing->cnt++;
	}
	if (at == reg->cnt)
		listing_end(client);
}

void command_zones(struct commands *commands, struct client *client, const struct arguments *args)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	if (listing == NULL)
		return command_refuse(client, "out of memory");
	listing->keeper = commands->keeper;
	listing->has_zone = args->has_zone;
	memcpy(listing->apex, args->apex, sizeof(listing->apex));
	client->state = listing;
	client->gone = listing_gone;
	client->more = listing_more;
}
