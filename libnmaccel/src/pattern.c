// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "options.h"
#include "pattern.h"
#include "view.h"

#define MIN_GROUP 4
#define MAX_GROUP 256

enum nmaccel_status nmaccel_pattern_validate(const struct nmaccel_pattern *pattern)
{
	if (!pattern)
		return nmaccel_error(NMACCEL_ERR_INVALID, "pattern is NULL");
	switch (pattern->kind) {
	case NMACCEL_PATTERN_DENSE:
	case NMACCEL_PATTERN_UNSTRUCTURED:
		if (pattern->n || pattern->m)
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "pattern: n and m are %u and %u; both are 0 unless "
					     "the kind is NMACCEL_PATTERN_NM",
					     pattern->n, pattern->m);
		return NMACCEL_OK;
	case NMACCEL_PATTERN_NM:
		if (pattern->m < MIN_GROUP || pattern->m > MAX_GROUP ||
		    (pattern->m & (pattern->m - 1)))
			return nmaccel_error(
				NMACCEL_ERR_INVALID,
				"pattern %u:%u: m must be 4, 8, 16, 32, 64, 128 or 256", pattern->n,
				pattern->m);
		if (!pattern->n || pattern->n > pattern->m)
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "pattern %u:%u: n must be 1 to %u", pattern->n,
					     pattern->m, pattern->m);
		return NMACCEL_OK;
	}
	return nmaccel_error(NMACCEL_ERR_INVALID, "pattern kind %d is unknown", (int)pattern->kind);
}

/* One to three digits, the first not zero; *text moves behind them. */
static bool parse_number(const char **text, uint32_t *value)
{
	const char *p = *text;

	if (*p < '1' || *p > '9')
		return false;
	for (*value = 0; *p >= '0' && *p <= '9'; p++) {
		if (p - *text == 3)
			return false;
		*value = *value * 10 + (uint32_t)(*p - '0');
	}
	*text = p;
	return true;
}

static bool parse_nm(const char *text, struct nmaccel_pattern *pattern)
{
	if (!parse_number(&text, &pattern->n) || *text++ != ':')
		return false;
	return parse_number(&text, &pattern->m) && !*text;
}

enum nmaccel_status nmaccel_pattern_parse(const char *text, struct nmaccel_pattern *pattern)
{
	struct nmaccel_pattern p = {.kind = NMACCEL_PATTERN_NM};
	enum nmaccel_status status;

	if (!text || !pattern)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL", text ? "pattern" : "text");
	if (!strcmp(text, "dense"))
		p.kind = NMACCEL_PATTERN_DENSE;
	else if (!strcmp(text, "unstructured"))
		p.kind = NMACCEL_PATTERN_UNSTRUCTURED;
	else if (!parse_nm(text, &p))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "'%s' is no pattern; write dense, unstructured or n:m such as "
				     "8:128",
				     text);
	status = nmaccel_pattern_validate(&p);
	if (status)
		return status;
	*pattern = p;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_pattern_format(const struct nmaccel_pattern *pattern, char *text,
					   size_t len)
{
	enum nmaccel_status status = nmaccel_pattern_validate(pattern);
	char name[16];

	if (status)
		return status;
	if (!text)
		return nmaccel_error(NMACCEL_ERR_INVALID, "text is NULL");
	if (pattern->kind == NMACCEL_PATTERN_NM)
		snprintf(name, sizeof(name), "%u:%u", pattern->n & 0xfff, pattern->m & 0xfff);
	else
		strcpy(name, pattern->kind ? "unstructured" : "dense");
	if (strlen(name) >= len)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "'%s' does not fit %zu bytes; 16 are always enough", name,
				     len);
	strcpy(text, name);
	return NMACCEL_OK;
}

static uint32_t count_f32(const char *p, int64_t step, uint32_t n)
{
	uint32_t i, count = 0;

	for (i = 0; i < n; i++, p += step)
		count += nmaccel_view_f32_bits(p) << 1 != 0;
	return count;
}

static uint32_t count_s8(const char *p, int64_t step, uint32_t n)
{
	uint32_t i, count = 0;

	for (i = 0; i < n; i++, p += step)
		count += *p != 0;
	return count;
}

static void report_group(struct nmaccel_pattern_report *report,
			 const struct nmaccel_pattern_place *place, uint32_t limit)
{
	report->nonzeros += place->nonzeros;
	if (!limit)
		return;
	report->groups++;
	if (place->nonzeros > report->worst)
		report->worst = place->nonzeros;
	if (place->nonzeros <= limit)
		return;
	report->bad_groups++;
	if (report->n_places < sizeof(report->places) / sizeof(report->places[0]))
		report->places[report->n_places++] = *place;
}

/* One tap of one row; place->channel and ->nonzeros are ours to change. */
static void check_tap(const struct nmaccel_weight_view *view, const struct nmaccel_pattern *pattern,
		      struct nmaccel_pattern_place place, struct nmaccel_pattern_report *report)
{
	const char *tap = nmaccel_view_tap(view, place.row, place.kernel_y, place.kernel_x);
	uint32_t m = pattern->kind == NMACCEL_PATTERN_NM ? pattern->m : view->channels;
	int64_t step = nmaccel_view_step(view);
	uint32_t left = view->channels;

	for (place.channel = 0; left; place.channel += m) {
		const char *p = tap + (int64_t)place.channel * step;

		if (m > left)
			m = left;
		place.nonzeros = view->type == NMACCEL_TYPE_F32 ? count_f32(p, step, m)
								: count_s8(p, step, m);
		report_group(report, &place, pattern->n);
		left -= m;
	}
}

static void check_row(const struct nmaccel_weight_view *view, const struct nmaccel_pattern *pattern,
		      uint32_t row, struct nmaccel_pattern_report *report)
{
	struct nmaccel_pattern_place place = {.row = row};
	uint64_t bad_before = report->bad_groups;

	for (place.kernel_y = 0; place.kernel_y < view->kernel_h; place.kernel_y++)
		for (place.kernel_x = 0; place.kernel_x < view->kernel_w; place.kernel_x++)
			check_tap(view, pattern, place, report);
	report->bad_rows += report->bad_groups > bad_before;
}

enum nmaccel_status nmaccel_pattern_check(const struct nmaccel_weight_view *view,
					  const struct nmaccel_pattern *pattern,
					  struct nmaccel_pattern_report *report)
{
	struct nmaccel_pattern_report r = {.size = sizeof(r)};
	enum nmaccel_status status = nmaccel_view_check(view, "view");
	uint32_t row;

	if (!status)
		status = nmaccel_pattern_validate(pattern);
	if (status)
		return status;
	if (!report)
		return nmaccel_error(NMACCEL_ERR_INVALID, "report is NULL");
	status = nmaccel_options_check_size(report, "struct nmaccel_pattern_report");
	if (status)
		return status;
	for (row = 0; row < view->rows; row++)
		check_row(view, pattern, row, &r);
	r.elements = (uint64_t)view->rows * view->kernel_h * view->kernel_w * view->channels;
	nmaccel_options_write(report, &r, sizeof(r));
	if (!r.bad_groups)
		return NMACCEL_OK;
	return nmaccel_error(
		NMACCEL_ERR_PATTERN,
		"%llu of %llu groups (in %u of %u rows) hold more than %u non-zeros of "
		"%u, the first at row %u, tap (%u, %u), channel %u: %u; prune first, or "
		"choose another pattern or axis",
		(unsigned long long)r.bad_groups, (unsigned long long)r.groups, r.bad_rows,
		view->rows, pattern->n, pattern->m, r.places[0].row, r.places[0].kernel_y,
		r.places[0].kernel_x, r.places[0].channel, r.places[0].nonzeros);
}
