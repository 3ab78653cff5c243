// SPDX-License-Identifier: MIT
/* The model of the build with 32 lanes, 256 block rows and 49 columns. */
#define NMACCEL_ENGINE_LANES	  32
#define NMACCEL_ENGINE_BLOCK_ROWS 256
#define NMACCEL_ENGINE_COLUMNS	  49
#define NMACCEL_ENGINE_VARIANT	  nmaccel_engine_32_256_49

#include "src/model.h"
