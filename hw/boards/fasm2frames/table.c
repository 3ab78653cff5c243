// SPDX-License-Identifier: MIT
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* FNV-1a. */
static uint64_t hash(const char *key)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (; *key; key++)
		sum = (sum ^ (uint8_t)*key) * 0x100000001b3u;
	return sum ^ sum >> 32;
}

/* The entry of key, or the free one where it would be; there is a free one. */
static struct table_entry *locate(const struct table *table, const char *key)
{
	size_t at = hash(key) & (table->capacity - 1);

	while (table->entries[at].key && strcmp(table->entries[at].key, key) != 0)
		at = (at + 1) & (table->capacity - 1);
	return &table->entries[at];
}

void *table_find(const struct table *table, const char *key)
{
	return table->capacity ? locate(table, key)->value : NULL;
}

static void double_size(struct table *table)
{
	struct table old = *table;
	size_t i;

	table->capacity = old.capacity ? old.capacity * 2 : 64;
	table->entries = zalloc(table->capacity, sizeof(*table->entries));
	for (i = 0; i < old.capacity; i++)
		if (old.entries[i].key)
			*locate(table, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

void table_put(struct table *table, const char *key, void *value)
{
	struct table_entry *entry;

	if (table->count * 2 >= table->capacity)
		double_size(table);
	entry = locate(table, key);
	if (!entry->key) {
		entry->key = copy_text(key);
		table->count++;
	}
	entry->value = value;
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->capacity; i++)
		free(table->entries[i].key);
	free(table->entries);
	memset(table, 0, sizeof(*table));
}
