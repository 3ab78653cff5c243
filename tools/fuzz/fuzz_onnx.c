/* SPDX-License-Identifier: MIT */
#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&onnx_format, data, size);
}
