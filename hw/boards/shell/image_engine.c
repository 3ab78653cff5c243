// SPDX-License-Identifier: MIT
/* The model of the board's engine; its parameters come from the command line of the compiler. */
#define NMACCEL_ENGINE_VARIANT image_engine

#include "src/model.h"
