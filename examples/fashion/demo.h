/* SPDX-License-Identifier: MIT */
/*
 * The demo: each trained network classifies the test images through libnmaccel.
 *
 *	demo.c			the command line and the order of events
 *	demo_model.c		one network: load, classify, measure
 *	demo_reference.c	the same images by the scalar reference of selftests/reference
 *	demo_report.c		the table, and as JSON
 *	demo_draw.c		pictures with what was said about them
 *	demo_terminal.c		progress, colours
 */
#ifndef FASHION_DEMO_H
#define FASHION_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nmaccel.h>

#include "data.h"
#include "recipe.h"

#define DEMO_MODELS (RECIPE_NETWORKS * RECIPE_PATTERNS)

/* Images of one submission. The last one is filled up with whatever images come first. */
#define DEMO_BATCH 500

/* Every DEMO_SAMPLE_STEP-th image also goes through the reference: 500 of 10,000. */
#define DEMO_SAMPLE_STEP 20

/* One row of the table. */
struct demo_result {
	const char *network, *pattern;
	double zeros;	      /* of the weights, in % */
	double accuracy;      /* in % */
	double floor;	      /* that it must reach, in % */
	uint64_t bytes;	      /* packed weights with biases and scales */
	double steps;	      /* of the engine, for one image */
	double images_per_s;  /* median */
	double speedup;	      /* over the dense network: median of interleaved pairs */
	size_t sample, wrong; /* images that the reference ran; with an output that differs */
	size_t twins, unlike; /* the same for another device, all images or none */
};

struct demo_model {
	struct demo_result result;
	char path[4096]; /* of the .plan */
	struct nmaccel_plan *plan;
	float *scores;	  /* [images, filled up to whole batches][FASHION_CLASSES] */
	uint8_t *classes; /* [images]: that of the highest score */
	double batch_seconds;
};

struct demo_set {
	struct fashion_data data;
	uint32_t available; /* data.count is that many, or fewer if fewer were wanted */
	uint8_t *images;    /* data.images, filled up to whole batches */
	uint32_t batches;
};

/* demo_model.c; on failure they tell why and return false. */
bool demo_set_load(struct demo_set *set, const char *dir, uint32_t images);
void demo_set_free(struct demo_set *set);
bool demo_model_load(struct demo_model *model, struct nmaccel_device *dev, const char *dir,
		     const char *network, const char *pattern);
bool demo_model_classify(struct demo_model *model, const struct demo_set *set);

/* Classify by another device as well, and compare all scores, bit for bit. */
bool demo_model_compare(struct demo_model *model, struct nmaccel_device *dev,
			const struct demo_set *set);

/* Time both in turn; sparse may be the dense one itself. */
bool demo_model_measure(struct demo_model *sparse, struct demo_model *dense,
			const struct demo_set *set);
void demo_model_free(struct demo_model *model);

/* demo_reference.c: compare the model's scores of the sample, bit for bit. */
bool demo_reference_check(struct demo_model *model, const struct demo_set *set);

/* demo_report.c */

/* What the table was made of. */
struct demo_report {
	const struct demo_model *models;
	size_t count;
	const struct demo_set *set;
	const char *against; /* the other device, or NULL */
};

/* A floor is one of all images, so it judges nothing less. */
bool demo_passed(const struct demo_report *report, const struct demo_result *result);
void demo_print_header(void);
void demo_print_row(const struct demo_report *report, const struct demo_model *model);
void demo_print_notes(const struct demo_report *report);
bool demo_json_is_writable(const char *path); /* told before a minute of work is lost */
bool demo_write_json(const char *path, const struct demo_report *report);

/* demo_draw.c: the first images of different classes, side by side. */
void demo_draw(const struct demo_set *set, const struct demo_model *model);

/* demo_terminal.c */

/* Say on stderr what goes on, on one line that the next call overwrites; only on a terminal. */
void demo_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void demo_progress_end(void);

/* Complain on stderr; returns false. */
bool demo_complain(const char *what, const char *why);

/* What stdout can show. */
bool demo_has_colour(void);
bool demo_has_utf8(void);
int demo_columns(void);

#endif
