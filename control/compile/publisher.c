/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/publisher.h"

#include <pthread.h>
#include <stdlib.h>

struct publisher {
	struct publish_writer *writer;
	pthread_mutex_t mutex;
};

struct publisher *publisher_new(struct publish_writer *writer)
{
	struct publisher *publisher = malloc(sizeof(*publisher));
	if (publisher != NULL)
		*publisher = (struct publisher){writer, PTHREAD_MUTEX_INITIALIZER};
	return publisher;
}

struct publisher *publisher_free(struct publisher *publisher)
{
	if (publisher == NULL)
		return NULL;
	publish_writer_free(publisher->writer);
	pthread_mutex_destroy(&publisher->mutex);
	free(publisher);
	return NULL;
}

uint64_t publisher_seed(const struct publisher *publisher)
{
	return publish_writer_seed(publisher->writer);
}

static struct publisher_image summary(const struct image_header *img)
{
	return (struct publisher_image){
		.fingerprint = {img->fingerprint[0], img->fingerprint[1]},
		.size = img->size,
		.made_at_s = img->made_at_s,
		.resign_at_s = img->resign_at_s,
		.serial = img->serial,
		.flags = img->flags,
		.node_cnt = img->node_cnt,
		.rrset_cnt = img->rrset_cnt,
		.negative_ttl_s = image_rrset(img, img->soa_negative)->ttl_s,
		.live_id = {img->live_id[0], img->live_id[1]},
	};
}

void *publisher_alloc(struct publisher *publisher, uint64_t len)
{
	pthread_mutex_lock(&publisher->mutex);
	void *image = publish_alloc(publisher->writer, len);
	pthread_mutex_unlock(&publisher->mutex);
	return image;
}

void publisher_abort(struct publisher *publisher, void *image)
{
	pthread_mutex_lock(&publisher->mutex);
	publish_abort(publisher->writer, image);
	pthread_mutex_unlock(&publisher->mutex);
}

int publisher_commit(struct publisher *publisher, void *image, struct publisher_image *published,
	char err[static 256])
{
	pthread_mutex_lock(&publisher->mutex);
	int r = publish_commit(publisher->writer, image, err);
	if (r == 0)
		*published = summary(image);
	pthread_mutex_unlock(&publisher->mutex);
	return r;
}

int publisher_remove(struct publisher *publisher, const uint8_t *apex)
{
	pthread_mutex_lock(&publisher->mutex);
	int r = publish_remove(publisher->writer, apex);
	pthread_mutex_unlock(&publisher->mutex);
	return r;
}

struct each {
	publisher_each_fn *fn;
	void *ctx;
};

static int each_image(void *ctx, const struct image_header *img)
{
	const struct each *each = ctx;
	struct publisher_image image = summary(img);
	return each->fn(each->ctx, image_apex(img), &image);
}

int publisher_each(struct publisher *publisher, publisher_each_fn *fn, void *ctx)
{
	struct each each = {fn, ctx};
	pthread_mutex_lock(&publisher->mutex);
	int r = publish_each(publisher->writer, each_image, &each);
	pthread_mutex_unlock(&publisher->mutex);
	return r;
}

bool publisher_try_reclaim(struct publisher *publisher, uint64_t *waiting, uint64_t *used)
{
	if (pthread_mutex_trylock(&publisher->mutex) != 0)
		return false;
	*waiting = publish_reclaim(publisher->writer);
	*used = publish_used(publisher->writer);
	pthread_mutex_unlock(&publisher->mutex);
	return true;
}

void publisher_each_slot(struct publisher *publisher, publish_slot_fn *fn, void *ctx)
{
	publish_writer_each_slot(publisher->writer, fn, ctx);
}
