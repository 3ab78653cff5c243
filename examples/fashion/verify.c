// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nmaccel.h>

#include "export.h"
#include "int8.h"
#include "verify.h"

#define LOGITS (VERIFY_IMAGES * FASHION_CLASSES)

static enum nmaccel_status run_plan(struct nmaccel_device *device, const char *path,
				    uint8_t *images, float *logits)
{
	const struct nmaccel_io input = {.data = images, .bytes = VERIFY_IMAGES * FASHION_PIXELS};
	const struct nmaccel_io output = {.data = logits, .bytes = LOGITS * sizeof(*logits)};
	struct nmaccel_plan *plan = NULL;
	enum nmaccel_status status = nmaccel_plan_load(device, path, VERIFY_IMAGES, &plan);

	if (!status)
		status = nmaccel_plan_run(plan, &input, &output);
	nmaccel_plan_unref(plan);
	return status;
}

static int run_library(const char *path, uint8_t *images, float *logits)
{
	struct nmaccel_device *device = NULL;
	enum nmaccel_status status = nmaccel_device_open(NULL, &device);

	if (!status)
		status = run_plan(device, path, images, logits);
	nmaccel_device_unref(device);
	if (!status)
		return 0;
	fprintf(stderr, "fashion-train: %s: %s\n", path, nmaccel_last_error());
	return -1;
}

static int compare(const char *path, const float *expected, const float *got)
{
	for (int i = 0; i < LOGITS; i++) {
		if (!memcmp(&expected[i], &got[i], sizeof(got[i])))
			continue;
		fprintf(stderr,
			"fashion-train: %s: image %d, class %d: libnmaccel says %.9g, but it "
			"should be "
			"%.9g\n",
			path, i / FASHION_CLASSES, i % FASHION_CLASSES, (double)got[i],
			(double)expected[i]);
		return -1;
	}
	printf("%s: %d images, all logits identical to the reference\n", path, VERIFY_IMAGES);
	return 0;
}

int verify_export(const struct fashion_net *net, const char *dir,
		  const struct fashion_data *test_set, int threads)
{
	char path[EXPORT_PATH_SIZE];
	float *expected, *got;
	int status = -1;

	if (export_path(net, dir, "plan", path))
		return -1;
	if (test_set->count < VERIFY_IMAGES) {
		fprintf(stderr, "fashion-train: fewer than %d test images\n", VERIFY_IMAGES);
		return -1;
	}
	expected = malloc(LOGITS * sizeof(*expected));
	got = malloc(LOGITS * sizeof(*got));
	if (!expected || !got ||
	    int8_forward(net, test_set->images, VERIFY_IMAGES, threads, expected))
		fprintf(stderr, "fashion-train: out of memory\n");
	else if (!run_library(path, test_set->images, got))
		status = compare(path, expected, got);
	free(got);
	free(expected);
	return status;
}
