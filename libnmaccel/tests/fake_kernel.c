// SPDX-License-Identifier: MIT
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "drm/sys.h"
#include "executor.h"

#define MAX_BOS	  512
#define MAX_CTXS  512
#define MAX_JOBS  4096
#define MAX_RULES 8
#define MAX_SYNCS 512
#define MAX_FLAGS 16
#define PAGE	  4096u

struct fake_bo {
	int fd; /* memfd; 0: no such object */
	uint64_t bytes;
	bool foreign;
};

struct fake_ctx {
	bool alive, banned;
	uint32_t in_flight;
	uint64_t submitted;
};

struct fake_job {
	uint32_t ctx;
	bool pending;
	uint32_t sync;
	uint64_t point;
	struct nmaccel_hw_desc *descs;
	struct drm_nmaccel_buffer buffers[NMACCEL_MAX_BUFFERS];
	uint32_t n_descs, n_buffers;
	struct drm_nmaccel_result result;
};

struct rule {
	unsigned long request;
	int err;
	uint32_t skip, times;
};

static struct {
	const struct nmaccel_drm_sys *before;
	void *executor;
	struct fake_settings settings;
	struct fake_counts counts;
	struct fake_bo bos[MAX_BOS];
	struct fake_ctx ctxs[MAX_CTXS];
	struct fake_job *jobs[MAX_JOBS];
	uint32_t n_jobs, next_job; /* next_job: the first that has not run */
	struct rule rules[MAX_RULES];
	int mmap_error;
	uint32_t n_syncs;
	uint64_t points[MAX_SYNCS]; /* signalled, of each syncobj */
	bool held, lost, unplugged;
	int end_error;
	struct drm_nmaccel_result end_result;
	uint32_t syncs;
	uint64_t sync_flags[MAX_FLAGS];
} kernel;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t signalled = PTHREAD_COND_INITIALIZER;

/* ---- objects --------------------------------------------------------------------------------- */

static struct fake_bo *find_bo(uint32_t handle)
{
	return handle && handle < MAX_BOS && kernel.bos[handle].fd ? &kernel.bos[handle] : NULL;
}

static uint32_t add_bo(int fd, uint64_t bytes, bool foreign)
{
	uint32_t handle = 1;

	while (kernel.bos[handle].fd)
		handle++;
	kernel.bos[handle] = (struct fake_bo){.fd = fd, .bytes = bytes, .foreign = foreign};
	kernel.counts.bos++;
	return handle;
}

static int make_memfd(uint64_t bytes)
{
	int fd = memfd_create("fake-bo", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		abort();
	return fd;
}

static int bo_create(struct drm_nmaccel_bo_create *args)
{
	if (!args->size || args->flags || args->handle)
		return EINVAL;
	if (kernel.settings.bad_handle)
		return 0;
	args->size = (args->size + PAGE - 1) / PAGE * PAGE;
	args->handle = add_bo(make_memfd(args->size), args->size, false);
	if (kernel.settings.short_bo)
		args->size -= PAGE;
	return 0;
}

static int bo_mmap_offset(struct drm_nmaccel_bo_mmap_offset *args)
{
	const struct fake_bo *bo = find_bo(args->handle);

	if (!bo)
		return ENOENT;
	if (bo->foreign)
		return EINVAL;
	args->offset = (uint64_t)args->handle << 32;
	return 0;
}

static int gem_close(const struct drm_gem_close *args)
{
	struct fake_bo *bo = find_bo(args->handle);

	if (!bo)
		return EINVAL;
	close(bo->fd);
	bo->fd = 0;
	kernel.counts.bos--;
	return 0;
}

static int prime_export(struct drm_prime_handle *args)
{
	const struct fake_bo *bo = find_bo(args->handle);

	if (!bo)
		return ENOENT;
	args->fd = fcntl(bo->fd, args->flags & DRM_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
	return args->fd < 0 ? errno : 0;
}

/* Memory that is known already has its handle already. */
static int prime_import(struct drm_prime_handle *args)
{
	struct stat file, known;
	uint32_t handle;

	if (fstat(args->fd, &file))
		return EBADF;
	if (!S_ISREG(file.st_mode))
		return EINVAL;
	for (handle = 1; handle < MAX_BOS; handle++) {
		if (!kernel.bos[handle].fd || fstat(kernel.bos[handle].fd, &known))
			continue;
		if (known.st_ino == file.st_ino && known.st_dev == file.st_dev) {
			args->handle = handle;
			return 0;
		}
	}
	args->handle = add_bo(fcntl(args->fd, F_DUPFD_CLOEXEC, 0), (uint64_t)file.st_size, true);
	return 0;
}

static struct fake_ctx *find_ctx(uint32_t id)
{
	return id && id < MAX_CTXS && kernel.ctxs[id].alive ? &kernel.ctxs[id] : NULL;
}

static int ctx_create(struct drm_nmaccel_ctx_create *args)
{
	uint32_t id = 1;

	if (kernel.lost)
		return ENODEV;
	if (kernel.settings.max_ctxs && kernel.counts.ctxs == kernel.settings.max_ctxs)
		return EMFILE;
	while (kernel.ctxs[id].alive)
		id++;
	kernel.ctxs[id] = (struct fake_ctx){.alive = true};
	kernel.counts.ctxs++;
	kernel.counts.ctxs_made++;
	args->ctx = id;
	return 0;
}

static int ctx_destroy(const struct drm_nmaccel_ctx_destroy *args)
{
	struct fake_ctx *ctx = find_ctx(args->ctx);

	if (!ctx)
		return ENOENT;
	ctx->alive = false;
	kernel.counts.ctxs--;
	return 0;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void end_job(struct fake_job *job, int error)
{
	job->pending = false;
	job->result.error = (uint32_t)error;
	kernel.ctxs[job->ctx].in_flight--;
	kernel.points[job->sync] = job->point;
	free(job->descs);
	job->descs = NULL;
	pthread_cond_broadcast(&signalled);
}

static int run_engine(struct fake_job *job)
{
	struct nmaccel_exec_buffer buffers[NMACCEL_MAX_BUFFERS];
	const struct nmaccel_executor_ops *ops = &nmaccel_model_executor;
	struct nmaccel_hw_record record = {0};
	enum nmaccel_status status;
	void *program = NULL;
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++) {
		buffers[i].size = job->buffers[i].size;
		buffers[i].flags = job->buffers[i].flags;
		buffers[i].data = mmap(NULL, buffers[i].size, PROT_READ | PROT_WRITE, MAP_SHARED,
				       find_bo(job->buffers[i].handle)->fd, 0);
	}
	status = ops->prepare(kernel.executor, job->descs, job->n_descs, buffers, job->n_buffers,
			      &program);
	if (!status) {
		status = ops->run(kernel.executor, program, buffers, &record);
		ops->release(kernel.executor, program);
	}
	for (i = 0; i < job->n_buffers; i++)
		munmap(buffers[i].data, buffers[i].size);
	job->result.run_ns = 1000;
	job->result.steps = record.steps;
	job->result.loads = record.loads;
	job->result.fault = record.fault;
	job->result.fault_desc = record.fault_desc;
	job->result.fault_buffer = record.fault_buffer;
	job->result.fault_offset = record.fault_offset;
	job->result.fault_detail = record.fault_detail;
	return status ? EIO : 0;
}

static void run_job(struct fake_job *job)
{
	struct fake_ctx *ctx = &kernel.ctxs[job->ctx];
	uint64_t number = job->result.job;
	int error;

	if (kernel.lost) {
		error = ENODEV;
	} else if (ctx->banned) {
		error = ECANCELED;
	} else if (kernel.end_error) {
		error = kernel.end_error;
		kernel.end_error = 0;
		job->result = kernel.end_result;
		job->result.job = number;
		ctx->banned = error == ETIMEDOUT;
	} else {
		error = run_engine(job);
	}
	end_job(job, error);
}

static void run_jobs(void)
{
	while (kernel.next_job < kernel.n_jobs && (!kernel.held || kernel.lost))
		run_job(kernel.jobs[kernel.next_job++]);
}

static uint32_t count_pending(void)
{
	return kernel.n_jobs - kernel.next_job;
}

static int check_submit(const struct drm_nmaccel_submit *args, const struct fake_ctx *ctx)
{
	const struct drm_nmaccel_buffer *buffers = (const void *)(uintptr_t)args->buffers.array;
	const struct drm_nmaccel_sync *sync = (const void *)(uintptr_t)args->syncs.array;
	uint32_t i;

	if (!ctx)
		return ENOENT;
	if (ctx->banned)
		return ECANCELED;
	if (kernel.lost)
		return ENODEV;
	if (kernel.settings.no_room ||
	    (kernel.settings.max_jobs && count_pending() >= kernel.settings.max_jobs)) {
		kernel.counts.full++;
		return ENOSPC;
	}
	if (!args->descs.count || args->descs.count > kernel.settings.info.max_descs ||
	    !args->buffers.count || args->buffers.count > kernel.settings.info.max_buffers ||
	    args->syncs.count != 1 || sync->point <= kernel.points[sync->handle])
		return EINVAL;
	for (i = 0; i < args->buffers.count; i++)
		if (!find_bo(buffers[i].handle))
			return ENOENT;
	return 0;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void count_submit(const struct drm_nmaccel_submit *args, const struct fake_ctx *ctx)
{
	struct fake_counts *counts = &kernel.counts;

	counts->submits++;
	counts->most_descs = max_u32(counts->most_descs, args->descs.count);
	counts->most_buffers = max_u32(counts->most_buffers, args->buffers.count);
	counts->most_in_flight = max_u32(counts->most_in_flight, ctx->in_flight);
}

static int submit(struct drm_nmaccel_submit *args)
{
	const struct drm_nmaccel_sync *sync = (const void *)(uintptr_t)args->syncs.array;
	struct fake_ctx *ctx = find_ctx(args->ctx);
	struct fake_job *job;
	int err = check_submit(args, ctx);

	if (err)
		return err;
	job = calloc(1, sizeof(*job));
	if (!job || kernel.n_jobs == MAX_JOBS)
		abort();
	job->ctx = args->ctx;
	job->pending = true;
	job->sync = sync->handle;
	job->point = sync->point;
	job->n_descs = args->descs.count;
	job->n_buffers = args->buffers.count;
	job->descs = malloc(job->n_descs * sizeof(*job->descs));
	if (!job->descs)
		abort();
	memcpy(job->descs, (const void *)(uintptr_t)args->descs.array,
	       job->n_descs * sizeof(*job->descs));
	memcpy(job->buffers, (const void *)(uintptr_t)args->buffers.array,
	       job->n_buffers * sizeof(*job->buffers));
	args->job = ++ctx->submitted;
	job->result.job = args->job;
	ctx->in_flight++;
	count_submit(args, ctx);
	kernel.jobs[kernel.n_jobs++] = job;
	run_jobs();
	return 0;
}

static int result(struct drm_nmaccel_result *args)
{
	const struct fake_ctx *ctx = find_ctx(args->ctx);
	uint32_t i, id = args->ctx;

	if (!ctx || args->job > ctx->submitted || args->job + DRM_NMACCEL_RESULTS <= ctx->submitted)
		return ENOENT;
	for (i = kernel.n_jobs; i-- > 0;)
		if (kernel.jobs[i]->ctx == id && kernel.jobs[i]->result.job == args->job)
			break;
	*args = kernel.jobs[i]->result;
	args->ctx = id;
	if (kernel.jobs[i]->pending)
		args->error = EBUSY;
	return 0;
}

static int timeline_wait(const struct drm_syncobj_timeline_wait *args)
{
	uint64_t point = *(const uint64_t *)(uintptr_t)args->points;
	uint32_t sync = *(const uint32_t *)(uintptr_t)args->handles;

	while (kernel.points[sync] < point && !kernel.unplugged)
		pthread_cond_wait(&signalled, &lock);
	return kernel.unplugged ? ENODEV : 0;
}

/* ---- ioctls ---------------------------------------------------------------------------------- */

static int version(struct drm_version *args)
{
	size_t len = strlen(kernel.settings.driver);

	if (args->name)
		memcpy(args->name, kernel.settings.driver,
		       len < args->name_len ? len : args->name_len);
	args->name_len = len;
	args->version_major = kernel.settings.major;
	args->version_minor = kernel.settings.minor;
	return 0;
}

static int dev_query(struct drm_nmaccel_dev_query *args)
{
	if (args->pointer)
		memcpy((void *)(uintptr_t)args->pointer, &kernel.settings.info, args->size);
	args->size = kernel.settings.query_size ? kernel.settings.query_size
						: sizeof(kernel.settings.info);
	return 0;
}

static int syncobj_create(struct drm_syncobj_create *args)
{
	kernel.counts.syncobjs++;
	args->handle = ++kernel.n_syncs;
	return 0;
}

static int syncobj_export(struct drm_syncobj_handle *args)
{
	if (!(args->flags & DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE))
		return EINVAL;
	args->fd = make_memfd(1);
	return 0;
}

static int dma_buf_sync(const struct dma_buf_sync *args)
{
	if (kernel.syncs < MAX_FLAGS)
		kernel.sync_flags[kernel.syncs] = args->flags;
	kernel.syncs++;
	return 0;
}

static int call(unsigned long request, void *arg)
{
	switch (request) {
	case DRM_IOCTL_VERSION:
		return version(arg);
	case DRM_IOCTL_GEM_CLOSE:
		return gem_close(arg);
	case DRM_IOCTL_PRIME_HANDLE_TO_FD:
		return prime_export(arg);
	case DRM_IOCTL_PRIME_FD_TO_HANDLE:
		return prime_import(arg);
	case DRM_IOCTL_SYNCOBJ_CREATE:
		return syncobj_create(arg);
	case DRM_IOCTL_SYNCOBJ_DESTROY:
		kernel.counts.syncobjs--;
		return 0;
	case DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT:
		return timeline_wait(arg);
	case DRM_IOCTL_SYNCOBJ_TRANSFER:
	case DRM_IOCTL_NMACCEL_BO_WAIT:
		return 0;
	case DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD:
		return syncobj_export(arg);
	case DMA_BUF_IOCTL_SYNC:
		return dma_buf_sync(arg);
	case DRM_IOCTL_NMACCEL_DEV_QUERY:
		return dev_query(arg);
	case DRM_IOCTL_NMACCEL_BO_CREATE:
		return bo_create(arg);
	case DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET:
		return bo_mmap_offset(arg);
	case DRM_IOCTL_NMACCEL_CTX_CREATE:
		return ctx_create(arg);
	case DRM_IOCTL_NMACCEL_CTX_DESTROY:
		return ctx_destroy(arg);
	case DRM_IOCTL_NMACCEL_SUBMIT:
		return submit(arg);
	case DRM_IOCTL_NMACCEL_RESULT:
		return result(arg);
	default:
		return ENOTTY;
	}
}

static int failure(unsigned long request)
{
	struct rule *rule = kernel.rules;

	for (; rule < kernel.rules + MAX_RULES; rule++) {
		if (!rule->times || rule->request != request)
			continue;
		if (rule->skip) {
			rule->skip--;
			continue;
		}
		rule->times--;
		return rule->err;
	}
	return 0;
}

/* As libdrm does it, an interrupted call is made again. */
static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	int err;

	(void)fd;
	pthread_mutex_lock(&lock);
	do {
		err = kernel.unplugged ? ENODEV : failure(request);
		if (!err)
			err = call(request, arg);
	} while (err == EINTR);
	pthread_mutex_unlock(&lock);
	if (!err)
		return 0;
	errno = err;
	return -1;
}

/* ---- files ----------------------------------------------------------------------------------- */

static void count_file(int change)
{
	pthread_mutex_lock(&lock);
	kernel.counts.files += (uint32_t)change;
	pthread_mutex_unlock(&lock);
}

static int fake_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd >= 0 && kernel.settings.open_error) {
		close(fd);
		errno = kernel.settings.open_error;
		return -1;
	}
	if (fd >= 0)
		count_file(1);
	return fd;
}

static int fake_close(int fd)
{
	count_file(-1);
	return close(fd);
}

static void *fake_mmap(size_t bytes, int fd, uint64_t offset)
{
	if (kernel.mmap_error) {
		errno = kernel.mmap_error;
		kernel.mmap_error = 0;
		return MAP_FAILED;
	}
	if (offset)
		fd = kernel.bos[offset >> 32].fd;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static const struct nmaccel_drm_sys fake_sys = {
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.mmap = fake_mmap,
	.munmap = munmap,
};

/* ---- public ---------------------------------------------------------------------------------- */

void fake_kernel_start(void)
{
	memset(&kernel, 0, sizeof(kernel));
	if (nmaccel_model_executor.open(&kernel.executor))
		abort();
	kernel.settings = (struct fake_settings){
		.driver = "nmaccel",
		.major = DRM_NMACCEL_DRIVER_MAJOR,
		.minor = DRM_NMACCEL_DRIVER_MINOR,
		.info =
			{
				.contract_version = NMACCEL_CONTRACT_VERSION,
				.board = NMACCEL_BOARD_EMULATED,
				.engines = 2,
				.lanes = 8,
				.block_rows = 256,
				.columns = 64,
				.clock_khz = 250000,
				.caps = NMACCEL_CAP_ADD | NMACCEL_CAP_POOL | NMACCEL_CAP_PAGE_LIST,
				.dma_bits = 64,
				.max_descs = 1024,
				.max_buffers = NMACCEL_MAX_BUFFERS,
				.max_rows = 512,
				.max_channels = NMACCEL_MAX_CHANNELS,
				.max_pixels = NMACCEL_MAX_PIXELS,
				.max_kernel = NMACCEL_MAX_KERNEL,
				.serial = 0x1234,
			},
	};
	kernel.before = nmaccel_drm_sys;
	nmaccel_drm_sys = &fake_sys;
}

void fake_kernel_stop(void)
{
	uint32_t i;

	nmaccel_drm_sys = kernel.before;
	for (i = 0; i < kernel.n_jobs; i++) {
		free(kernel.jobs[i]->descs);
		free(kernel.jobs[i]);
	}
	for (i = 0; i < MAX_BOS; i++)
		if (kernel.bos[i].fd)
			close(kernel.bos[i].fd);
	nmaccel_model_executor.close(kernel.executor);
}

struct fake_settings *fake_kernel_settings(void)
{
	return &kernel.settings;
}

struct fake_counts fake_kernel_counts(void)
{
	struct fake_counts counts;

	pthread_mutex_lock(&lock);
	counts = kernel.counts;
	pthread_mutex_unlock(&lock);
	return counts;
}

void fake_kernel_fail(unsigned long request, int err, uint32_t skip, uint32_t times)
{
	struct rule *rule = kernel.rules;

	pthread_mutex_lock(&lock);
	while (rule->times)
		rule++;
	*rule = (struct rule){.request = request, .err = err, .skip = skip, .times = times};
	pthread_mutex_unlock(&lock);
}

void fake_kernel_fail_mmap(int err)
{
	kernel.mmap_error = err;
}

void fake_kernel_hold(bool hold)
{
	pthread_mutex_lock(&lock);
	kernel.held = hold;
	run_jobs();
	pthread_mutex_unlock(&lock);
}

uint32_t fake_kernel_pending(void)
{
	uint32_t n;

	pthread_mutex_lock(&lock);
	n = count_pending();
	pthread_mutex_unlock(&lock);
	return n;
}

void fake_kernel_end_next(int error, const struct drm_nmaccel_result *end)
{
	pthread_mutex_lock(&lock);
	kernel.end_error = error;
	kernel.end_result = *end;
	pthread_mutex_unlock(&lock);
}

void fake_kernel_lose(bool unplug)
{
	pthread_mutex_lock(&lock);
	kernel.lost = true;
	kernel.unplugged = unplug;
	run_jobs();
	pthread_cond_broadcast(&signalled);
	pthread_mutex_unlock(&lock);
}

int fake_kernel_foreign(uint64_t bytes)
{
	return make_memfd(bytes);
}

uint32_t fake_kernel_syncs(void)
{
	return kernel.syncs;
}

uint64_t fake_kernel_sync_flags(uint32_t i)
{
	return kernel.sync_flags[i];
}
