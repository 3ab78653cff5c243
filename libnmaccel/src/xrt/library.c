// SPDX-License-Identifier: MIT
#include "xrt/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* XRT keeps this name and the C calls in it: 2.13 to 2.25 were seen. */
#define LIBRARY "libxrt_coreutil.so.2"

const struct nmaccel_xrt_calls *nmaccel_xrt_test_calls;

/* unsigned int xrt::system::enumerate_devices(); the C API has nothing that counts devices. */
#define COUNT_SYMBOL "_ZN3xrt6system17enumerate_devicesEv"

#define CALL(member, symbol)                                                                       \
	{                                                                                          \
		offsetof(struct nmaccel_xrt_calls, member), symbol                                 \
	}

static const struct {
	size_t offset;
	const char *name;
} symbols[] = {
	CALL(device_count, COUNT_SYMBOL),
	CALL(device_open, "xrtDeviceOpen"),
	CALL(device_close, "xrtDeviceClose"),
	CALL(load_xclbin, "xrtDeviceLoadXclbinFile"),
	CALL(get_uuid, "xrtDeviceGetXclbinUUID"),
	CALL(kernel_open, "xrtPLKernelOpen"),
	CALL(kernel_close, "xrtKernelClose"),
	CALL(kernel_arg_group, "xrtKernelArgGroupId"),
	CALL(bo_alloc, "xrtBOAlloc"),
	CALL(bo_import, "xrtBOImport"),
	CALL(bo_export, "xrtBOExport"),
	CALL(bo_free, "xrtBOFree"),
	CALL(bo_size, "xrtBOSize"),
	CALL(bo_address, "xrtBOAddress"),
	CALL(bo_map, "xrtBOMap"),
	CALL(bo_sync, "xrtBOSync"),
	CALL(run_open, "xrtRunOpen"),
	CALL(run_set_arg, "xrtRunSetArg"),
	CALL(run_start, "xrtRunStart"),
	CALL(run_wait_for, "xrtRunWaitFor"),
	CALL(run_state, "xrtRunState"),
	CALL(run_close, "xrtRunClose"),
};

/* Guards what follows. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded;
static struct nmaccel_xrt_calls library_calls;

static enum nmaccel_status find_calls(void *handle)
{
	void *symbol;
	size_t i;

	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(handle, symbols[i].name);
		if (!symbol)
			return nmaccel_error(NMACCEL_ERR_VERSION,
					     "%s has no %s: it is of an XRT that this library does "
					     "not know; 2.13 to 2.25 were tried",
					     LIBRARY, symbols[i].name);
		memcpy((char *)&library_calls + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return NMACCEL_OK;
}

/* Lock held. It is never closed: XRT has threads and statics that do not take that well. */
static enum nmaccel_status load(void)
{
	enum nmaccel_status status;
	void *handle;

	if (loaded)
		return NMACCEL_OK;
	handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE,
				     "XRT is not installed (%s); install its package and the one "
				     "of your card's platform",
				     dlerror());
	status = find_calls(handle);
	loaded = !status;
	return status;
}

enum nmaccel_status nmaccel_xrt_load(const struct nmaccel_xrt_calls **calls)
{
	enum nmaccel_status status;

	*calls = nmaccel_xrt_test_calls;
	if (*calls)
		return NMACCEL_OK;
	pthread_mutex_lock(&lock);
	status = load();
	pthread_mutex_unlock(&lock);
	*calls = &library_calls;
	return status;
}

bool nmaccel_xrt_is_emulated(void)
{
	const char *mode = getenv("XCL_EMULATION_MODE");

	return mode && *mode;
}

enum nmaccel_status nmaccel_xrt_error(int err, const char *what)
{
	const int code = err < 0 ? -err : err;

	switch (code) {
	case 0:
		return nmaccel_error(NMACCEL_ERR_IO,
				     "%s: XRT refuses and gives no code; its own message is on "
				     "standard error, or in the log that xrt.ini names",
				     what);
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE,
				     "%s: XRT: %s; `xrt-smi examine` lists the cards it finds",
				     what, strerror(code));
	case ENOMEM:
	case ENOSPC:
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "%s: XRT: %s; free buffers, or take a smaller batch", what,
				     strerror(code));
	case EACCES:
	case EPERM:
		return nmaccel_error(
			NMACCEL_ERR_PERMISSION,
			"%s: XRT: %s; this user must be allowed to open "
			"/dev/dri/renderD* of the card, and the .xclbin must be for its "
			"platform",
			what, strerror(code));
	case EBUSY:
		return nmaccel_error(NMACCEL_ERR_BUSY,
				     "%s: XRT: %s; another program has the card with another "
				     ".xclbin, or the compute unit for itself",
				     what, strerror(code));
	case EOPNOTSUPP:
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED, "%s: XRT: %s", what, strerror(code));
	default:
		return nmaccel_error(NMACCEL_ERR_IO,
				     "%s: XRT: %s (%d); its own message is on standard error", what,
				     strerror(code), code);
	}
}
