// SPDX-License-Identifier: MIT
/* The model of the build with 4 lanes, 128 block rows and 16 columns. */
#define NMACCEL_ENGINE_LANES	  4
#define NMACCEL_ENGINE_BLOCK_ROWS 128
#define NMACCEL_ENGINE_COLUMNS	  16
#define NMACCEL_ENGINE_VARIANT	  nmaccel_engine_4_128_16

#include "src/model.h"
