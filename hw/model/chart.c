/* SPDX-License-Identifier: MIT */
/* Bars: one group for each pattern, one bar for each engine; the dense array is 1. */
#include <math.h>

#include "comparison.h"

#define LEFT	 64.0
#define TOP	 92.0
#define PLOT_W	 912.0
#define PLOT_H	 280.0
#define WIDTH	 1000
#define HEIGHT	 424
#define BARS	 (CYCLES_RIVALS + 1)
#define BAR_SLOT (PLOT_W / COMPARISON_PATTERNS / (BARS + 1))
#define OURS	 CYCLES_RIVALS

static const char *const names[BARS] = {"dense array", "VEGETA", "S2TA", "SPOTS", "nmaccel"};
static const char *const colours[BARS] = {"#b8bec6", "#e0a458", "#7aa6c2", "#b39bc8", "#1b6b4f"};

static double relative(const struct comparison_row *row, int bar)
{
	uint64_t cycles = bar == OURS ? row->engine.cycles : row->rivals[bar];

	return (double)cycles / (double)row->rivals[CYCLES_DENSE];
}

static double highest(const struct comparison *comparison)
{
	double most = 1;

	for (size_t i = 0; i < COMPARISON_PATTERNS; i++)
		for (int bar = 0; bar < BARS; bar++)
			most = fmax(most, relative(&comparison->rows[i], bar));
	return ceil(most * 4 + 0.4) / 4;
}

static void write_head(const struct comparison *comparison, FILE *out)
{
	const struct cycles_engine *engine = &comparison->engine;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%g\" y=\"28\" font-size=\"18\" font-weight=\"bold\">%s, batch %u: "
		"clocks relative to a dense systolic array</text>\n"
		"<text x=\"%g\" y=\"48\" fill=\"#555\">%u multipliers each (ours: %u lanes x %u "
		"columns); models, rivals' tiles overlapped and their memory ideal</text>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, comparison->network, comparison->batch, LEFT,
		engine->lanes * engine->columns, engine->lanes, engine->columns);
}

static void write_legend(FILE *out)
{
	for (int bar = 0; bar < BARS; bar++)
		fprintf(out,
			"<rect x=\"%g\" y=\"60\" width=\"12\" height=\"12\" fill=\"%s\"/>"
			"<text x=\"%g\" y=\"71\">%s</text>\n",
			LEFT + 120 * bar, colours[bar], LEFT + 120 * bar + 18, names[bar]);
}

static void write_axis(double top, FILE *out)
{
	for (double at = 0; at <= top; at += 0.25) {
		double y = TOP + PLOT_H * (1 - at / top);

		fprintf(out,
			"<line x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\" stroke=\"%s\"/>"
			"<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n",
			LEFT, y, LEFT + PLOT_W, y, at > 0 ? "#ddd" : "#333", LEFT - 8, y + 4, at);
	}
}

static void write_group(const struct comparison *comparison, size_t i, double top, FILE *out)
{
	const struct comparison_row *row = &comparison->rows[i];
	double x = LEFT + (double)i * PLOT_W / COMPARISON_PATTERNS + BAR_SLOT / 2;
	double ours = relative(row, OURS);

	for (int bar = 0; bar < BARS; bar++) {
		double height = PLOT_H * relative(row, bar) / top;

		fprintf(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\">"
			"<title>%s, %s: %.3f</title></rect>\n",
			x + bar * BAR_SLOT, TOP + PLOT_H - height, BAR_SLOT - 1, height,
			colours[bar], names[bar], row->pattern, relative(row, bar));
	}
	fprintf(out,
		"<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" text-anchor=\"middle\">%.2f</text>\n"
		"<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%s</text>\n",
		x + (OURS + 0.5) * BAR_SLOT, TOP + PLOT_H * (1 - ours / top) - 4, ours,
		x + BARS * BAR_SLOT / 2, TOP + PLOT_H + 22, row->pattern);
}

void comparison_write_chart(const struct comparison *comparison, FILE *out)
{
	double top = highest(comparison);

	write_head(comparison, out);
	write_legend(out);
	write_axis(top, out);
	for (size_t i = 0; i < COMPARISON_PATTERNS; i++)
		write_group(comparison, i, top, out);
	fprintf(out,
		"<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">pattern of the weights</text>\n",
		LEFT + PLOT_W / 2, TOP + PLOT_H + 44);
	fputs("</svg>\n", out);
}
