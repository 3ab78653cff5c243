// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "report.h"

void report_add(struct report *report, const struct fashion_net *net, float dense_accuracy)
{
	struct report_row *row = &report->rows[report->count++];

	snprintf(row->network, sizeof(row->network), "%s", net->name);
	pattern_print(net->pattern, row->pattern);
	row->zeros = fashion_net_zeros(net);
	row->float_accuracy = net->float_accuracy;
	row->int8_accuracy = net->int8_accuracy;
	row->floor = recipe_floor(net->name, row->pattern, dense_accuracy);
	row->seconds = net->seconds;
}

bool report_print(const struct report *report)
{
	bool good = true;

	printf("\nAccuracy on the 10,000 test images, in %%; zeros of the pruned layers, in %%;\n"
	       "training in CPU seconds, beyond the dense network's.\n\n"
	       "network  pattern  zeros  float   int8    floor   training\n");
	for (int i = 0; i < report->count; i++) {
		const struct report_row *row = &report->rows[i];
		const bool reached = row->int8_accuracy >= row->floor;

		printf("%-7s  %-7s  %5.2f  %5.2f  %5.2f  %5.2f  %6.0f s%s\n", row->network,
		       row->pattern, row->zeros, (double)row->float_accuracy,
		       (double)row->int8_accuracy, (double)row->floor, (double)row->seconds,
		       reached ? "" : "  BELOW ITS FLOOR");
		good &= reached;
	}
	return good;
}
