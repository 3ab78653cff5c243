// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>

#include "adam.h"

#define MEAN_KEEP   0.9f
#define SQUARE_KEEP 0.999f
#define EPSILON	    1e-8f

#define RISE	   0.2f
#define START_PART (1.0f / 25.0f)
#define END_PART   1e-5f
#define PI	   3.14159265f

int adam_init(struct adam *adam, size_t count)
{
	adam->count = count;
	adam->step = 0;
	adam->mean = calloc(count, sizeof(float));
	adam->square = calloc(count, sizeof(float));
	if (adam->mean && adam->square)
		return 0;
	adam_fini(adam);
	return -1;
}

void adam_fini(struct adam *adam)
{
	free(adam->mean);
	free(adam->square);
	adam->mean = adam->square = NULL;
}

struct adam_step adam_next(struct adam *adam, float rate)
{
	const float t = (float)++adam->step;

	return (struct adam_step){
		.rate = rate,
		.mean_scale = 1.0f / (1.0f - powf(MEAN_KEEP, t)),
		.square_scale = 1.0f / (1.0f - powf(SQUARE_KEEP, t)),
	};
}

void adam_apply(struct adam *adam, struct adam_step step, size_t first, size_t count,
		const float *gradients, float *params)
{
	float *restrict mean = adam->mean + first, *restrict square = adam->square + first;
	float *restrict param = params + first;

	for (size_t i = 0; i < count; i++) {
		const float g = gradients[i];

		mean[i] = MEAN_KEEP * mean[i] + (1.0f - MEAN_KEEP) * g;
		square[i] = SQUARE_KEEP * square[i] + (1.0f - SQUARE_KEEP) * g * g;
		param[i] -= step.rate * (mean[i] * step.mean_scale) /
			    (sqrtf(square[i] * step.square_scale) + EPSILON);
	}
}

static float cosine_between(float from, float to, float part)
{
	return to + (from - to) * 0.5f * (1.0f + cosf(PI * part));
}

float one_cycle_rate(float peak, int step, int steps)
{
	const float part = (float)step / (float)steps;

	if (part < RISE)
		return cosine_between(peak * START_PART, peak, part / RISE);
	return cosine_between(peak, peak * END_PART, (part - RISE) / (1.0f - RISE));
}
