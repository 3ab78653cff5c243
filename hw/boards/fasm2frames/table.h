/* SPDX-License-Identifier: MIT */
/* A map from texts to pointers. */
#ifndef FASM2FRAMES_TABLE_H
#define FASM2FRAMES_TABLE_H

#include <stddef.h>

struct table_entry {
	char *key; /* NULL: free */
	void *value;
};

struct table {
	struct table_entry *entries;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* The value of key, or NULL. */
void *table_find(const struct table *table, const char *key);

/* Set the value of key, which is copied. */
void table_put(struct table *table, const char *key, void *value);

/* Free keys and entries; the values are the caller's. */
void table_free(struct table *table);

#endif /* FASM2FRAMES_TABLE_H */
