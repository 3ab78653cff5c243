/* SPDX-License-Identifier: MIT */
#include "onnx_scope.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* FNV-1a */
static size_t hash(const char *name)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 0x100000001b3u;
	return (size_t)(value ^ value >> 32);
}

static struct onnx_value *slot_of(const struct onnx_scope *scope, const char *name)
{
	size_t mask = scope->n_slots - 1;
	size_t i = hash(name) & mask;

	while (scope->slots[i].name && strcmp(scope->slots[i].name, name))
		i = (i + 1) & mask;
	return &scope->slots[i];
}

static void grow(struct onnx_scope *scope)
{
	struct onnx_scope larger = {.parent = scope->parent,
				    .n_slots = scope->n_slots ? scope->n_slots * 2 : 64,
				    .used = scope->used};

	larger.slots = xcalloc(larger.n_slots, sizeof(*larger.slots));
	for (size_t i = 0; i < scope->n_slots; i++) {
		if (scope->slots[i].name)
			*slot_of(&larger, scope->slots[i].name) = scope->slots[i];
	}
	free(scope->slots);
	*scope = larger;
}

void onnx_scope_put(struct onnx_scope *scope, const char *name, size_t tensor, bool transposed)
{
	struct onnx_value *slot;

	if (!name || !*name)
		return;
	if (scope->used * 2 >= scope->n_slots)
		grow(scope);
	slot = slot_of(scope, name);
	if (!slot->name)
		scope->used++;
	*slot = (struct onnx_value){.name = name, .tensor = tensor, .transposed = transposed};
}

const struct onnx_value *onnx_scope_find(const struct onnx_scope *scope, const char *name)
{
	if (!name || !*name)
		return NULL;
	for (; scope; scope = scope->parent) {
		const struct onnx_value *slot;

		if (!scope->n_slots)
			continue;
		slot = slot_of(scope, name);
		if (slot->name)
			return slot;
	}
	return NULL;
}

void onnx_scope_fini(struct onnx_scope *scope)
{
	free(scope->slots);
	scope->slots = NULL;
}
