/* SPDX-License-Identifier: MIT */
/* Fuzz the reader of tables; what it takes must be fit for the sums that are made of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cycles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[CYCLES_ERROR_BYTES], *text = malloc(size + 1);
	const struct cycles_pattern pattern = {8, 128};
	struct cycles_network network;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (cycles_network_parse(text, "fuzz", &network, error) == 0) {
		for (size_t i = 0; i < network.count; i++) {
			const struct cycles_layer *layer = &network.layers[i];

			if (!cycles_layer_columns(layer, 1) || !cycles_layer_weights(layer) ||
			    cycles_layer_nonzeros(layer, pattern) > cycles_layer_weights(layer))
				abort();
		}
		cycles_network_free(&network);
	}
	free(text);
	return 0;
}
