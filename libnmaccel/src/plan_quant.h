/* SPDX-License-Identifier: MIT */
/*
 * Quantisation: from scales and zero points to the engine's integers and fp32 multipliers. Inside
 * a plan all 8-bit activations are signed: an unsigned one is kept as x - 128, and so its zero
 * point too.
 */
#ifndef NMACCEL_SRC_PLAN_QUANT_H
#define NMACCEL_SRC_PLAN_QUANT_H

#include "plan.h"

/* Scale finite and above 0, zero point in the range of the type. */
enum nmaccel_status nmaccel_quant_check(enum nmaccel_type type, const struct nmaccel_quant *quant,
					const char *what);

/* Zero point of the signed form. */
int32_t nmaccel_quant_zero(const struct nmaccel_tensor *tensor);

/* bits of an fp32 value, as descriptors hold them. */
uint32_t nmaccel_fp32_bits(float value);

/* Type, quantisation and activation of an epilogue. */
enum nmaccel_status nmaccel_epilogue_check(const struct nmaccel_epilogue *epilogue);

/*
 * Output zero point and bounds of a descriptor: the activation as bounds of the 8-bit result, that
 * is round(bound / scale) + zero point, or of the sums (ReLU of 32-bit output).
 */
void nmaccel_epilogue_apply(const struct nmaccel_epilogue *epilogue, struct nmaccel_hw_desc *desc);

/* Per-row inputs of the parameters of a linear or convolution layer. */
struct nmaccel_param_source {
	const struct nmaccel_weights *weights;
	uint32_t rows;
	const int32_t *bias_s32;
	const float *bias_f32;
	const struct nmaccel_tensor *in;
	const struct nmaccel_epilogue *epilogue;
};

/* Bias with the input's zero point folded in, and multiplier, of each row. */
enum nmaccel_status nmaccel_params_make(const struct nmaccel_param_source *source,
					struct nmaccel_hw_param **params);

/* For F32 output: what turns the sums into real values. */
enum nmaccel_status nmaccel_dequant_make(const struct nmaccel_param_source *source,
					 struct nmaccel_dequant *dequant);

#endif /* NMACCEL_SRC_PLAN_QUANT_H */
