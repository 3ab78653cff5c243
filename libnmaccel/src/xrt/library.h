/* SPDX-License-Identifier: MIT */
/*
 * XRT's library, found when the program runs: neither the build nor the installation of ours needs
 * it. A table holds the calls that we make, which tests replace by a runtime of their own.
 */
#ifndef NMACCEL_SRC_XRT_LIBRARY_H
#define NMACCEL_SRC_XRT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nmaccel.h"

/*
 * What XRT's headers call xrtDeviceHandle, xrtKernelHandle, xrtRunHandle and xrtBufferHandle is
 * void * in its C API; an xuid_t is 16 bytes. hw/xrt/tests/prototypes.c compares all of it with the
 * real headers.
 */
#define NMACCEL_XRT_UUID_BYTES 16

/* enum xclBOSyncDirection */
#define NMACCEL_XRT_TO_DEVICE	0
#define NMACCEL_XRT_FROM_DEVICE 1

/* enum ert_cmd_state, as far as a run can be seen in it. */
enum nmaccel_xrt_state {
	NMACCEL_XRT_NEW = 1,
	NMACCEL_XRT_QUEUED = 2,
	NMACCEL_XRT_RUNNING = 3,
	NMACCEL_XRT_COMPLETED = 4,
	NMACCEL_XRT_ERROR = 5,
	NMACCEL_XRT_ABORT = 6,
	NMACCEL_XRT_SUBMITTED = 7,
	NMACCEL_XRT_TIMEOUT = 8,
	NMACCEL_XRT_NORESPONSE = 9,
};

/* XRT_BO_FLAGS_CACHEABLE */
#define NMACCEL_XRT_BO_CACHEABLE (UINT64_C(1) << 24)

/*
 * XRT's calls. A pointer is NULL, an int not 0 (an exported fd negative) on failure; errno is then
 * XRT's code, or 0 where it gives none.
 */
struct nmaccel_xrt_calls {
	unsigned int (*device_count)(void);
	void *(*device_open)(unsigned int index);
	int (*device_close)(void *device);
	int (*load_xclbin)(void *device, const char *path);
	int (*get_uuid)(void *device, unsigned char uuid[NMACCEL_XRT_UUID_BYTES]);

	void *(*kernel_open)(void *device, const unsigned char uuid[NMACCEL_XRT_UUID_BYTES],
			     const char *name);
	int (*kernel_close)(void *kernel);
	int (*kernel_arg_group)(void *kernel, int index);

	void *(*bo_alloc)(void *device, size_t bytes, uint64_t flags, uint32_t group);
	void *(*bo_import)(void *device, int32_t fd);
	int32_t (*bo_export)(void *bo);
	int (*bo_free)(void *bo);
	size_t (*bo_size)(void *bo);
	uint64_t (*bo_address)(void *bo);
	void *(*bo_map)(void *bo);
	int (*bo_sync)(void *bo, int direction, size_t bytes, size_t offset);

	void *(*run_open)(void *kernel);
	int (*run_set_arg)(void *run, int index, ...);
	int (*run_start)(void *run);
	int (*run_wait_for)(void *run, unsigned int timeout_ms);
	int (*run_state)(void *run);
	int (*run_close)(void *run);
};

/*
 * Find the calls; they stay for as long as the process does. NMACCEL_ERR_NO_DEVICE if XRT is not
 * installed, NMACCEL_ERR_VERSION if it is one without a call that we need.
 */
enum nmaccel_status nmaccel_xrt_load(const struct nmaccel_xrt_calls **calls);

/* Does XRT emulate its devices (XCL_EMULATION_MODE) in place of driving real ones? */
bool nmaccel_xrt_is_emulated(void);

/* What nmaccel_xrt_load gives in place of a library; NULL: the library. For tests. */
extern const struct nmaccel_xrt_calls *nmaccel_xrt_test_calls;

/* Set the last error from an errno that XRT left, or 0. what: who wanted what. */
enum nmaccel_status nmaccel_xrt_error(int err, const char *what);

#endif /* NMACCEL_SRC_XRT_LIBRARY_H */
