/* SPDX-License-Identifier: GPL-2.0-only */
/* What nmaccel_validate.c uses of the kernel, in user space. */
#ifndef VALIDATE_SHIM_H
#define VALIDATE_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;

#define BIT(n)	  (1ul << (n))
#define S8_MIN	  INT8_MIN
#define S8_MAX	  INT8_MAX
#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define min(a, b)	   ((a) < (b) ? (a) : (b))
#define min_t(type, a, b)  min((type)(a), (type)(b))
/* With its semicolon a declaration that says nothing new. */
#define EXPORT_SYMBOL_IF_KUNIT(symbol) extern int symbol##_is_not_exported
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)

#endif /* VALIDATE_SHIM_H */
