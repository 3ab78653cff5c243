/* SPDX-License-Identifier: MIT */
/* Classify a picture: on the card, or on the CPU when there is none. */
#include <stdio.h>
#include <nmaccel.h>

int main(int argc, char **argv)
{
	static unsigned char image[28 * 28];
	float scores[10];
	const struct nmaccel_io in = {.data = image, .bytes = sizeof(image)};
	const struct nmaccel_io out = {.data = scores, .bytes = sizeof(scores)};
	struct nmaccel_device *device = NULL;
	struct nmaccel_plan *plan = NULL;
	int status = 1, best = 0;

	if (argc != 2 || fread(image, 1, sizeof(image), stdin) != sizeof(image))
		return fprintf(stderr, "usage: hello NETWORK.plan <784-GREY-PIXELS\n"), 2;
	if (nmaccel_device_open(NULL, &device) || nmaccel_plan_load(device, argv[1], 1, &plan) ||
	    nmaccel_plan_run(plan, &in, &out)) {
		fprintf(stderr, "hello: %s\n", nmaccel_last_error());
	} else {
		for (int i = 1; i < 10; i++)
			best = scores[i] > scores[best] ? i : best;
		status = printf("class %d\n", best) < 0;
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(device);
	return status;
}
