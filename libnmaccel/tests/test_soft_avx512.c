/* SPDX-License-Identifier: MIT */
/*
 * The AVX-512 kernels on CPUs without AVX-512: the very same source, compiled against SIMDe's
 * emulation of the instructions. test_soft_kernels.c runs the native build where the CPU has it.
 */
#if defined(__has_include)
#if __has_include(<simde/x86/avx512.h>)
#define NMACCEL_SOFT_SIMDE
#endif
#endif

#ifdef NMACCEL_SOFT_SIMDE
/* Beside the library's own, which the linker may bring in. */
#define nmaccel_soft_load_avx512 emulated_load_avx512
#define nmaccel_soft_spmm_avx512 emulated_spmm_avx512
#define nmaccel_soft_comp_avx512 emulated_comp_avx512
/* The emulation passes vectors only between inlined functions. */
#pragma GCC diagnostic ignored "-Wpsabi"
#include "soft/spmm_avx512.c"
#endif

#include "soft_kernel_check.h"

static void test_emulated(void **state)
{
	(void)state;
#ifdef NMACCEL_SOFT_SIMDE
	{
		static const struct nmaccel_soft_kernels kernels = {
			.isa = "avx512",
			.load = emulated_load_avx512,
			.spmm = emulated_spmm_avx512,
			.comp = emulated_comp_avx512,
		};
		struct case_rng rng = {case_seed()};

		check_products(&kernels, &rng, 200);
		print_message("# avx512 by SIMDe: checked\n");
	}
#else
	print_message("# avx512 by SIMDe: SKIPPED, libsimde-dev is not installed\n");
	skip();
#endif
	print_message("# avx512 of this CPU: %s\n",
		      nmaccel_soft_isa_best() == NMACCEL_SOFT_ISA_AVX512
			      ? "present, test_soft_kernels runs it"
			      : "absent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_emulated)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
