// SPDX-License-Identifier: MIT
/* The model of the build with 8 lanes, 256 block rows and 64 columns. */
#define NMACCEL_ENGINE_LANES	  8
#define NMACCEL_ENGINE_BLOCK_ROWS 256
#define NMACCEL_ENGINE_COLUMNS	  64
#define NMACCEL_ENGINE_VARIANT	  nmaccel_engine_8_256_64

#include "src/model.h"
