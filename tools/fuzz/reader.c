/* SPDX-License-Identifier: MIT */
#include "fuzz_reader.h"

#include "layer.h"

/* Files of a few bytes cannot hold more; shapes such as [0, 10^9] may claim it. */
#define MAX_LAYER_ELEMENTS (1u << 20)

int fuzz_reader(const struct tensor_format *format, const uint8_t *data, size_t size)
{
	static const struct layer_hints no_hints;
	struct tensor_source *src;

	if (source_open_memory(format, "fuzz", data, size, &src) < 0)
		return 0;
	for (size_t i = 0; i < src->count; i++) {
		struct layer layer;

		if (source_load(src, i) == 0 && src->tensors[i].elements <= MAX_LAYER_ELEMENTS &&
		    layer_create(&src->tensors[i], &no_hints, &layer) == IS_LAYER)
			layer_fini(&layer);
		source_unload(src, i);
	}
	source_close(src);
	return 0;
}
