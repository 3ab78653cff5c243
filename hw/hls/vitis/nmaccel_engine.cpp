// SPDX-License-Identifier: MIT
/* v++ is given C++ alone; the engine's source is both. */
#include "../src/nmaccel_engine.c"
