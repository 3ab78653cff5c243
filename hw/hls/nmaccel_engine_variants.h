/* SPDX-License-Identifier: MIT */
/*
 * The builds of the engine that the model offers: X(lanes, block_rows, columns). Each has a source
 * file engine_<lanes>_<block_rows>_<columns>.c.
 */
#ifndef NMACCEL_ENGINE_VARIANTS_H
#define NMACCEL_ENGINE_VARIANTS_H

#define NMACCEL_ENGINE_VARIANTS(X)                                                                 \
	X(8, 256, 64)                                                                              \
	X(8, 128, 64)                                                                              \
	X(8, 256, 32)                                                                              \
	X(16, 256, 32)                                                                             \
	X(4, 128, 16)                                                                              \
	X(32, 256, 49)

#endif /* NMACCEL_ENGINE_VARIANTS_H */
