// SPDX-License-Identifier: MIT
#include <string.h>

#include "recipe.h"

const char *const recipe_networks[RECIPE_NETWORKS] = {"mlp", "cnn"};
const char *const recipe_patterns[RECIPE_PATTERNS] = {
	"dense", "2:4", "1:4", "16:128", "8:128", "16:256",
};

struct recipe_schedule recipe_schedule(const char *network, bool sparse)
{
	if (!strcmp(network, "mlp"))
		return sparse ? (struct recipe_schedule){5, 2e-3f}
			      : (struct recipe_schedule){10, 2e-3f};
	return sparse ? (struct recipe_schedule){3, 2e-3f} : (struct recipe_schedule){6, 4e-3f};
}

float recipe_floor(const char *network, const char *pattern, float dense_accuracy)
{
	static const struct {
		const char *pattern;
		float mlp, cnn_below_dense;
	} floors[RECIPE_PATTERNS] = {
		{"dense", 88.0f, 0.0f},	 {"2:4", 88.0f, 1.0f},	 {"1:4", 87.5f, 2.0f},
		{"16:128", 87.0f, 4.0f}, {"8:128", 85.5f, 8.0f}, {"16:256", 85.5f, 8.0f},
	};
	const bool mlp = !strcmp(network, "mlp");

	for (int i = 0; i < RECIPE_PATTERNS; i++) {
		if (strcmp(pattern, floors[i].pattern))
			continue;
		if (mlp)
			return floors[i].mlp;
		return i == 0 ? 88.0f : dense_accuracy - floors[i].cnn_below_dense;
	}
	return 0.0f;
}
