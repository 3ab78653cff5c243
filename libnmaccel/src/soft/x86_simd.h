/* SPDX-License-Identifier: MIT */
/*
 * The intrinsics of the AVX-512 kernels. A test defines NMACCEL_SOFT_SIMDE to compile the same
 * source against SIMDe's emulation, on CPUs that lack the instructions.
 */
#ifndef NMACCEL_SRC_SOFT_X86_SIMD_H
#define NMACCEL_SRC_SOFT_X86_SIMD_H

#if defined(NMACCEL_SOFT_SIMDE)
/* clang since 16 has bfloat16 types of these names, and SIMDe would define them anew. */
#include <emmintrin.h>
#define __m128bh simde_alias_m128bh
#define __m256bh simde_alias_m256bh
#define __m512bh simde_alias_m512bh
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#else
#include <immintrin.h>
#endif

#endif /* NMACCEL_SRC_SOFT_X86_SIMD_H */
