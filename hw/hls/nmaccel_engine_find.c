// SPDX-License-Identifier: MIT
/* The builds of the engine, by their parameters. */
#include "nmaccel_engine.h"
#include "nmaccel_engine_variants.h"

#define DECLARE(n, m, c) extern const struct nmaccel_engine_variant nmaccel_engine_##n##_##m##_##c;
#define ENTRY(n, m, c)	 &nmaccel_engine_##n##_##m##_##c,

NMACCEL_ENGINE_VARIANTS(DECLARE)

static const struct nmaccel_engine_variant *const variants[] = {NMACCEL_ENGINE_VARIANTS(ENTRY)};

const struct nmaccel_engine_variant *nmaccel_engine_at(uint32_t i)
{
	return i < sizeof(variants) / sizeof(variants[0]) ? variants[i] : NULL;
}

const struct nmaccel_engine_variant *nmaccel_engine_find(uint32_t lanes, uint32_t block_rows,
							 uint32_t columns)
{
	const struct nmaccel_engine_variant *variant;
	uint32_t i;

	for (i = 0; (variant = nmaccel_engine_at(i)); i++)
		if (variant->lanes == lanes && variant->block_rows == block_rows &&
		    variant->columns == columns)
			return variant;
	return NULL;
}
