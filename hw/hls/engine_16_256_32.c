// SPDX-License-Identifier: MIT
/* The model of the build with 16 lanes, 256 block rows and 32 columns. */
#define NMACCEL_ENGINE_LANES	  16
#define NMACCEL_ENGINE_BLOCK_ROWS 256
#define NMACCEL_ENGINE_COLUMNS	  32
#define NMACCEL_ENGINE_VARIANT	  nmaccel_engine_16_256_32

#include "src/model.h"
