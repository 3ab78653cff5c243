// SPDX-License-Identifier: MIT
#include "drm/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>

#include "error.h"

static int sys_open(const char *path, int flags)
{
	return open(path, flags);
}

static void *sys_mmap(size_t bytes, int fd, uint64_t offset)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
}

static const struct nmaccel_drm_sys real_sys = {
	.open = sys_open,
	.close = close,
	.ioctl = drmIoctl,
	.mmap = sys_mmap,
	.munmap = munmap,
};

const struct nmaccel_drm_sys *nmaccel_drm_sys = &real_sys;

int nmaccel_drm_ioctl(int fd, unsigned long request, void *arg)
{
	return nmaccel_drm_sys->ioctl(fd, request, arg) ? errno : 0;
}

const char *nmaccel_drm_root(void)
{
	const char *root = secure_getenv("NMACCEL_SYSROOT");

	return root ? root : "";
}

enum nmaccel_status nmaccel_drm_error(int err, const char *what)
{
	switch (err) {
	case ENODEV:
	case ENXIO:
		return nmaccel_error(NMACCEL_ERR_DEVICE_LOST,
				     "%s: the card is gone: it was removed, unbound from its "
				     "driver, or does not answer; open it again when it is back",
				     what);
	case ENOMEM:
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: the kernel has no memory", what);
	case ENOSPC:
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "%s: this user's limit of buffers or jobs on the card is "
				     "reached; free some, or raise the module's max_memory_percent "
				     "or max_jobs",
				     what);
	case EMFILE:
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "%s: a limit is reached: of open files (ulimit -n), or of "
				     "contexts on the card (the module's max_contexts)",
				     what);
	case EACCES:
	case EPERM:
		return nmaccel_error(NMACCEL_ERR_PERMISSION, "%s: %s", what, strerror(err));
	case E2BIG:
		return nmaccel_error(
			NMACCEL_ERR_OVERFLOW,
			"%s: more than the card takes: a job too large, or a buffer of more pages "
			"than its page list can name (2 GiB in pages of 4 KiB); take a smaller "
			"batch, or let buffers have large pages: echo within_size > "
			"/sys/kernel/mm/transparent_hugepage/shmem_enabled",
			what);
	case EOPNOTSUPP:
		return nmaccel_error(
			NMACCEL_ERR_UNSUPPORTED,
			"%s: this card cannot do it: it lacks the operation, page lists for "
			"scattered memory, or address bits for where the memory lies; buffers of "
			"nmaccel_buffer_create instead of imports help, or an IOMMU",
			what);
	case ENOTTY:
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "%s: the driver does not know the call; update the nmaccel "
				     "module",
				     what);
	case EINVAL:
		return nmaccel_error(NMACCEL_ERR_INTERNAL,
				     "%s: the driver refuses the call as invalid; please report it "
				     "with the versions that `nmaccel info` prints",
				     what);
	default:
		return nmaccel_error(NMACCEL_ERR_IO, "%s: %s", what, strerror(err));
	}
}
