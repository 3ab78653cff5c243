// SPDX-License-Identifier: MIT
#include "ksft_dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "ksft_nmaccel.h"

/* Of vgem_drm.h, which not every system installs. */
struct vgem_fence_attach {
	__u32 handle;
	__u32 flags;
	__u32 out_fence;
	__u32 pad;
};

struct vgem_fence_signal {
	__u32 fence;
	__u32 flags;
};

#define VGEM_WRITE  1
#define VGEM_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_SIGNAL DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

static int udmabuf_create(struct udmabuf *udmabuf, bool reversed)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages = udmabuf->size / page;
	const uint64_t parts = reversed ? pages : 1;
	const int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	struct udmabuf_create_list *list;
	uint64_t i;
	int ret;

	if (device < 0)
		return -ENODEV;
	list = calloc(1, sizeof(*list) + parts * sizeof(list->list[0]));
	if (!list) {
		close(device);
		return -ENOMEM;
	}
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	list->count = (uint32_t)parts;
	for (i = 0; i < parts; i++) {
		list->list[i].memfd = (uint32_t)udmabuf->memfd;
		list->list[i].offset = (parts - 1 - i) * page;
		list->list[i].size = udmabuf->size / parts;
	}
	ret = ioctl(device, UDMABUF_CREATE_LIST, list);
	ret = ret < 0 ? -errno : ret;
	free(list);
	close(device);
	udmabuf->dmabuf = ret < 0 ? -1 : ret;
	return ret < 0 ? ret : 0;
}

int udmabuf_new(struct udmabuf *udmabuf, uint64_t size, bool reversed)
{
	int ret = 0;

	memset(udmabuf, 0, sizeof(*udmabuf));
	udmabuf->dmabuf = -1;
	udmabuf->size = size;
	udmabuf->memfd = memfd_create("ksft", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (udmabuf->memfd < 0)
		return -errno;
	if (ftruncate(udmabuf->memfd, (off_t)size) ||
	    fcntl(udmabuf->memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		ret = -errno;
	if (!ret)
		ret = udmabuf_create(udmabuf, reversed);
	if (!ret) {
		void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, udmabuf->memfd, 0);

		if (map == MAP_FAILED)
			ret = -errno;
		else
			udmabuf->map = map;
	}
	if (ret)
		udmabuf_free(udmabuf);
	return ret;
}

void udmabuf_free(struct udmabuf *udmabuf)
{
	if (udmabuf->map)
		munmap(udmabuf->map, udmabuf->size);
	if (udmabuf->dmabuf >= 0)
		close(udmabuf->dmabuf);
	close(udmabuf->memfd);
	memset(udmabuf, 0, sizeof(*udmabuf));
}

/* The node whose driver is vgem. */
static int vgem_open(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		char path[32], name[16] = "";
		struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!call(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "vgem"))
			return fd;
		close(fd);
	}
	return -ENODEV;
}

static int vgem_load(void)
{
	int fd = vgem_open();

	if (fd >= 0)
		return fd;
	/* Loaded already, or not to be had: both are seen below. */
	if (system("modprobe -q vgem >/dev/null 2>&1"))
		return -ENODEV;
	return vgem_open();
}

static int vgem_map(struct vgem *vgem)
{
	struct drm_mode_map_dumb args = {.handle = vgem->handle};
	int ret = call(vgem->fd, DRM_IOCTL_MODE_MAP_DUMB, &args);
	void *map;

	if (ret)
		return ret;
	map = mmap(NULL, vgem->size, PROT_READ | PROT_WRITE, MAP_SHARED, vgem->fd,
		   (off_t)args.offset);
	if (map == MAP_FAILED)
		return -errno;
	vgem->map = map;
	return 0;
}

int vgem_new(struct vgem *vgem, uint64_t size)
{
	struct drm_mode_create_dumb args = {
		.height = (uint32_t)((size + 4095) / 4096), .width = 4096, .bpp = 8};
	int ret;

	memset(vgem, 0, sizeof(*vgem));
	vgem->dmabuf = -1;
	vgem->fd = vgem_load();
	if (vgem->fd < 0)
		return vgem->fd;
	ret = call(vgem->fd, DRM_IOCTL_MODE_CREATE_DUMB, &args);
	vgem->handle = args.handle;
	vgem->size = args.size;
	if (!ret)
		ret = vgem_map(vgem);
	if (!ret)
		ret = prime_export(vgem->fd, vgem->handle, &vgem->dmabuf);
	if (ret)
		vgem_free(vgem);
	return ret;
}

void vgem_free(struct vgem *vgem)
{
	if (vgem->map)
		munmap(vgem->map, vgem->size);
	if (vgem->dmabuf >= 0)
		close(vgem->dmabuf);
	close(vgem->fd);
	memset(vgem, 0, sizeof(*vgem));
}

int vgem_attach(struct vgem *vgem, bool write)
{
	struct vgem_fence_attach args = {
		.handle = vgem->handle,
		.flags = write ? VGEM_WRITE : 0,
	};
	int ret = call(vgem->fd, VGEM_ATTACH, &args);

	vgem->fence = args.out_fence;
	return ret;
}

int vgem_signal(struct vgem *vgem)
{
	struct vgem_fence_signal args = {.fence = vgem->fence};

	return call(vgem->fd, VGEM_SIGNAL, &args);
}

int dmabuf_export_sync_file(int dmabuf, bool write, int *sync_file)
{
	struct dma_buf_export_sync_file args = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = -1,
	};
	int ret = call(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args);

	*sync_file = args.fd;
	return ret;
}

int dmabuf_import_sync_file(int dmabuf, bool write, int sync_file)
{
	struct dma_buf_import_sync_file args = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = sync_file,
	};

	return call(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &args);
}

static int dmabuf_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync args = {.flags = flags | DMA_BUF_SYNC_RW};

	return call(dmabuf, DMA_BUF_IOCTL_SYNC, &args);
}

int dmabuf_begin(int dmabuf)
{
	return dmabuf_sync(dmabuf, DMA_BUF_SYNC_START);
}

int dmabuf_end(int dmabuf)
{
	return dmabuf_sync(dmabuf, DMA_BUF_SYNC_END);
}

/* A message of one byte, and room for one file descriptor beside it. */
struct fd_message {
	char byte;
	struct iovec iov;
	struct msghdr header;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static void fd_message_init(struct fd_message *message)
{
	memset(message, 0, sizeof(*message));
	message->iov = (struct iovec){&message->byte, 1};
	message->header.msg_iov = &message->iov;
	message->header.msg_iovlen = 1;
	message->header.msg_control = &message->control;
	message->header.msg_controllen = sizeof(message->control);
}

int fd_send(int socket, int fd)
{
	struct fd_message message;
	struct cmsghdr *control;

	fd_message_init(&message);
	control = CMSG_FIRSTHDR(&message.header);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	return sendmsg(socket, &message.header, 0) == 1 ? 0 : -errno;
}

int fd_receive(int socket, int *fd)
{
	struct fd_message message;
	struct cmsghdr *control;

	fd_message_init(&message);
	if (recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC) != 1)
		return -EPIPE;
	control = CMSG_FIRSTHDR(&message.header);
	if (!control || control->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(fd, CMSG_DATA(control), sizeof(*fd));
	return 0;
}
