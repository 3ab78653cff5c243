// SPDX-License-Identifier: MIT
#include "model.h"

#include <string.h>

static int32_t model_sum(const struct core_model *model, const struct core_in *in, uint32_t column)
{
	int32_t sum = 0;
	uint32_t i;

	for (i = 0; i < model->lanes; i++)
		sum += in->step_values[i] *
		       model->block[in->step_base * 128u | in->step_indices[i]][column];
	return sum;
}

static void model_step(struct core_model *model, const struct core_in *in)
{
	bool *used = &model->used[in->step_bank][in->step_row];
	int32_t *acc = model->acc[in->step_bank][in->step_row];
	uint32_t j;

	for (j = 0; j < model->columns; j++) {
		const int32_t sum = model_sum(model, in, j);

		if (!*used)
			acc[j] = sum;
		else if (!in->step_max)
			acc[j] = (int32_t)((uint32_t)acc[j] + (uint32_t)sum);
		else if (sum > acc[j])
			acc[j] = sum;
	}
	*used = true;
	model->max[in->step_bank][in->step_row] = in->step_max;
}

static void model_read(const struct core_model *model, const struct core_in *in,
		       int32_t row[CORE_MAX_COLUMNS])
{
	memset(row, 0, CORE_MAX_COLUMNS * sizeof(*row));
	if (model->used[in->rd_bank][in->rd_row])
		memcpy(row, model->acc[in->rd_bank][in->rd_row], model->columns * sizeof(*row));
}

void core_model_clock(struct core_model *model, const struct core_in *in,
		      int32_t row[CORE_MAX_COLUMNS])
{
	uint32_t j;

	if (in->rst) {
		memset(model->used, 0, sizeof(model->used));
		return;
	}
	if (in->rd_valid)
		model_read(model, in, row);
	if (in->clear_valid)
		memset(model->used[in->clear_bank], 0, sizeof(model->used[0]));
	if (in->step_valid)
		model_step(model, in);
	for (j = 0; j < model->columns; j++)
		if (in->wr_mask[j])
			model->block[in->wr_row][j] = in->wr_data[j];
}
