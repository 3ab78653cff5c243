// SPDX-License-Identifier: MIT
#include "xrt/registry.h"

#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t removed = PTHREAD_COND_INITIALIZER;
static struct nmaccel_xrt_entry *entries;

void nmaccel_xrt_registry_lock(void)
{
	pthread_mutex_lock(&lock);
}

void nmaccel_xrt_registry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static struct nmaccel_xrt_entry *find(uint32_t index)
{
	struct nmaccel_xrt_entry *entry = entries;

	while (entry && entry->index != index)
		entry = entry->next;
	return entry;
}

struct nmaccel_xrt_entry *nmaccel_xrt_registry_get(uint32_t index)
{
	struct nmaccel_xrt_entry *entry;

	while ((entry = find(index)) && !entry->refs)
		pthread_cond_wait(&removed, &lock);
	if (entry)
		entry->refs++;
	return entry;
}

void nmaccel_xrt_registry_add(struct nmaccel_xrt_entry *entry)
{
	entry->refs = 1;
	entry->next = entries;
	entries = entry;
}

bool nmaccel_xrt_registry_put(struct nmaccel_xrt_entry *entry)
{
	bool last;

	pthread_mutex_lock(&lock);
	last = --entry->refs == 0;
	pthread_mutex_unlock(&lock);
	return last;
}

void nmaccel_xrt_registry_remove(struct nmaccel_xrt_entry *entry)
{
	struct nmaccel_xrt_entry **at;

	pthread_mutex_lock(&lock);
	for (at = &entries; *at; at = &(*at)->next) {
		if (*at != entry)
			continue;
		*at = entry->next;
		break;
	}
	pthread_cond_broadcast(&removed);
	pthread_mutex_unlock(&lock);
}
