/* SPDX-License-Identifier: MIT */
#include "soft/kernels.h"

enum nmaccel_soft_isa nmaccel_soft_isa_best(void)
{
#if defined(__x86_64__)
	/* __builtin_cpu_supports asks CPUID and, by XGETBV, the operating system. */
	if (!__builtin_cpu_supports("avx2"))
		return NMACCEL_SOFT_ISA_SCALAR;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vnni"))
		return NMACCEL_SOFT_ISA_AVX2;
	return NMACCEL_SOFT_ISA_AVX512;
#else
	return NMACCEL_SOFT_ISA_SCALAR;
#endif
}

static const struct nmaccel_soft_kernels scalar_kernels = {
	.isa = "scalar",
	.load = nmaccel_soft_load_scalar,
	.spmm = nmaccel_soft_spmm_scalar,
	.comp = nmaccel_soft_comp_scalar,
	.finish_s8 = nmaccel_soft_finish_s8_scalar,
	.finish_s32 = nmaccel_soft_finish_s32_scalar,
	.add = nmaccel_soft_add_scalar,
	.pool_max = nmaccel_soft_pool_max_scalar,
	.pool_sum = nmaccel_soft_pool_sum_scalar,
	.average = nmaccel_soft_average_scalar,
};

bool nmaccel_soft_kernels_init(struct nmaccel_soft_kernels *kernels, enum nmaccel_soft_isa isa)
{
	if (isa > nmaccel_soft_isa_best())
		return false;

	*kernels = scalar_kernels;
	if (isa < NMACCEL_SOFT_ISA_AVX2)
		return true;

#if defined(__x86_64__)
	kernels->isa = "avx2";
	kernels->load = nmaccel_soft_load_avx2;
	kernels->spmm = nmaccel_soft_spmm_avx2;
	kernels->comp = nmaccel_soft_comp_avx2;
	kernels->finish_s8 = nmaccel_soft_finish_s8_avx2;
	kernels->finish_s32 = nmaccel_soft_finish_s32_avx2;
	kernels->add = nmaccel_soft_add_avx2;
	kernels->pool_max = nmaccel_soft_pool_max_avx2;
	kernels->pool_sum = nmaccel_soft_pool_sum_avx2;
	kernels->average = nmaccel_soft_average_avx2;
	if (isa < NMACCEL_SOFT_ISA_AVX512)
		return true;

	kernels->isa = "avx512";
	kernels->load = nmaccel_soft_load_avx512;
	kernels->spmm = nmaccel_soft_spmm_avx512;
	kernels->comp = nmaccel_soft_comp_avx512;
#endif
	return true;
}
