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
	return result->sample && !result->wrong && !result->unlike;
}

static bool has_floors(const struct demo_report *report)
{
	return report->set->data.count == report->set->available;
}

bool demo_passed(const struct demo_report *report, const struct demo_result *result)
{
	return (reaches_floor(result) || !has_floors(report)) && is_identical(result);
}

/* A judged cell, padded before it is coloured, as escape sequences take no place. */
static void print_cell(const char *text, int width, bool good)
{
	if (demo_has_colour())
		printf("%s%*s" RESET, good ? GREEN : RED, width, text);
	else
		printf("%*s", width, text);
}

void demo_print_header(void)
{
	bool colour = demo_has_colour();

	printf("%s%-8s %-8s %7s  %8s %8s %9s %12s %10s %8s   %s%s\n", colour ? BOLD : "", "network",
	       "pattern", "zeros", "accuracy", "floor", "bytes", "steps/image", "images/s",
	       "speed-up", "identical", colour ? RESET : "");
	fflush(stdout);
}

void demo_print_row(const struct demo_report *report, const struct demo_model *model)
{
	const struct demo_result *r = &model->result;
	char accuracy[32], identical[48];

	snprintf(accuracy, sizeof(accuracy), "%.2f %%", r->accuracy);
	if (is_identical(r))
		snprintf(identical, sizeof(identical), "yes");
	else
		snprintf(identical, sizeof(identical), "NO (%zu of %zu)", r->wrong + r->unlike,
			 r->sample + r->twins);
	printf("%-8s %-8s %5.1f %%  ", r->network, r->pattern, r->zeros);
	if (has_floors(report))
		print_cell(accuracy, 8, reaches_floor(r));
	else
		printf("%8s", accuracy);
	printf(" %6.2f %% %9" PRIu64 " %12.1f %10.0f %7.2fx   ", r->floor, r->bytes, r->steps,
	       r->images_per_s, r->speedup);
	print_cell(identical, 0, is_identical(r));
	printf("\n");
	fflush(stdout);
}

void demo_print_notes(const struct demo_report *report)
{
	const struct demo_result *first = &report->models[0].result;

	printf("\nbytes: packed weights with biases and scales. steps: of the engine, in batches "
	       "of "
	       "%d images.\n"
	       "speed-up: over the dense network on this backend, median of interleaved pairs. "
	       "identical:\nall scores of %zu images, bit for bit, to a scalar reference that "
	       "shares no code with it.\n",
	       DEMO_BATCH, first->sample);
	if (report->against)
		printf("Also identical: all scores of all %zu images to device \"%s\".\n",
		       first->twins, report->against);
	if (!has_floors(report))
		printf("Accuracies are of the first %u of %u images; the floors are for all, and "
		       "judge nothing here.\n",
		       report->set->data.count, report->set->available);
}

static void write_results(FILE *file, const struct demo_report *report)
{
	fprintf(file, "[\n");
	for (size_t i = 0; i < report->count; i++) {
		const struct demo_result *r = &report->models[i].result;

		fprintf(file,
			"  {\"network\": \"%s\", \"pattern\": \"%s\", \"accuracy\": %.2f, "
			"\"floor\": %.2f, \"bytes\": %" PRIu64 ", \"steps\": %.3f, "
			"\"images_per_s\": %.1f, \"speedup_vs_dense\": %.3f, \"identical\": "
			"%s, \"images\": %" PRIu32 ", \"compared\": %zu}%s\n",
			r->network, r->pattern, r->accuracy, r->floor, r->bytes, r->steps,
			r->images_per_s, r->speedup, is_identical(r) ? "true" : "false",
			report->set->data.count, r->twins, i + 1 < report->count ? "," : "");
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

bool demo_write_json(const char *path, const struct demo_report *report)
{
	char temporary[4096];
	FILE *file = create_temporary(path, temporary, sizeof(temporary));
	bool written;

	if (!file)
		return false;
	write_results(file, report);
	written = !fflush(file) && !ferror(file) && !fsync(fileno(file));
	written = !fclose(file) && written;
	if (written && !rename(temporary, path))
		return true;
	demo_complain(path, strerror(errno));
	unlink(temporary);
	return false;
}
