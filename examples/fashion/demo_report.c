// SPDX-License-Identifier: MIT
/* The demo's table, for people and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define RESET "\033[0m"

/* Accuracies are whole hundredths; a floor of a dense accuracy less a point is not, in binary. */
static bool reaches_floor(const struct demo_result *result)
{
	return result->accuracy >= result->floor - 1e-4;
}

static bool is_identical(const struct demo_result *result)
{
	return result->sample && !result->wrong;
}

bool demo_passed(const struct demo_result *result)
{
	return reaches_floor(result) && is_identical(result);
}

/* A judged cell, padded before it is coloured, as escape sequences take no place. */
static void print_cell(const char *text, int width, bool good)
{
	if (demo_has_colour())
		printf("%s%*s" RESET, good ? GREEN : RED, width, text);
	else
		printf("%*s", width, text);
}

static void print_row(const struct demo_result *r)
{
	char accuracy[32], identical[48];

	snprintf(accuracy, sizeof(accuracy), "%.2f %%", r->accuracy);
	if (is_identical(r))
		snprintf(identical, sizeof(identical), "yes");
	else
		snprintf(identical, sizeof(identical), "NO (%zu of %zu)", r->wrong, r->sample);
	printf("%-8s %-8s %5.1f %%  ", r->network, r->pattern, r->zeros);
	print_cell(accuracy, 8, reaches_floor(r));
	printf(" %6.2f %% %9" PRIu64 " %12.1f %10.0f %7.2fx   ", r->floor, r->bytes, r->steps,
	       r->images_per_s, r->speedup);
	print_cell(identical, 0, is_identical(r));
	printf("\n");
}

void demo_print_table(const struct demo_model *models, size_t count)
{
	bool colour = demo_has_colour();

	printf("%s%-8s %-8s %7s  %8s %8s %9s %12s %10s %8s   %s%s\n", colour ? BOLD : "", "network",
	       "pattern", "zeros", "accuracy", "floor", "bytes", "steps/image", "images/s",
	       "speed-up", "identical", colour ? RESET : "");
	for (size_t i = 0; i < count; i++)
		print_row(&models[i].result);
	printf("\nbytes: packed weights with biases and scales. steps: of the engine, in batches "
	       "of "
	       "%d images.\n"
	       "speed-up: over the dense network on this backend, median of interleaved pairs. "
	       "identical:\nall scores of %zu images, bit for bit, to a scalar reference that "
	       "shares no code with it.\n",
	       DEMO_BATCH, count ? models[0].result.sample : 0);
}

static void write_results(FILE *file, const struct demo_model *models, size_t count)
{
	fprintf(file, "[\n");
	for (size_t i = 0; i < count; i++) {
		const struct demo_result *r = &models[i].result;

		fprintf(file,
			"  {\"network\": \"%s\", \"pattern\": \"%s\", \"accuracy\": %.2f, "
			"\"floor\": %.2f, \"bytes\": %" PRIu64 ", \"steps\": %.3f, "
			"\"images_per_s\": %.1f, \"speedup_vs_dense\": %.3f, \"identical\": "
			"%s}%s\n",
			r->network, r->pattern, r->accuracy, r->floor, r->bytes, r->steps,
			r->images_per_s, r->speedup, is_identical(r) ? "true" : "false",
			i + 1 < count ? "," : "");
	}
	fprintf(file, "]\n");
}

/* The file appears when it is whole: written beside its name and renamed. */
static FILE *create_temporary(const char *path, char *temporary, size_t len)
{
	FILE *file = NULL;

	if (snprintf(temporary, len, "%s.%ld.tmp", path, (long)getpid()) >= (int)len)
		errno = ENAMETOOLONG;
	else
		file = fopen(temporary, "w");
	if (!file)
		demo_complain(path, strerror(errno));
	return file;
}

bool demo_json_is_writable(const char *path)
{
	char temporary[4096];
	FILE *file = create_temporary(path, temporary, sizeof(temporary));

	if (!file)
		return false;
	fclose(file);
	unlink(temporary);
	return true;
}

bool demo_write_json(const char *path, const struct demo_model *models, size_t count)
{
	char temporary[4096];
	FILE *file = create_temporary(path, temporary, sizeof(temporary));
	bool written;

	if (!file)
		return false;
	write_results(file, models, count);
	written = !fflush(file) && !ferror(file) && !fsync(fileno(file));
	written = !fclose(file) && written;
	if (written && !rename(temporary, path))
		return true;
	demo_complain(path, strerror(errno));
	unlink(temporary);
	return false;
}
