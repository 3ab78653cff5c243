/* SPDX-License-Identifier: MIT */
/* One fuzzer for each format: list the tensors, load every one, look at every layer. */
#ifndef NMACCEL_TOOLS_FUZZ_READER_H
#define NMACCEL_TOOLS_FUZZ_READER_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int fuzz_reader(const struct tensor_format *format, const uint8_t *data, size_t size);

#endif /* NMACCEL_TOOLS_FUZZ_READER_H */
