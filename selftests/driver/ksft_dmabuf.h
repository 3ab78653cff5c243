/* SPDX-License-Identifier: MIT */
/* dma-bufs of others: udmabuf and vgem. Functions return 0 or -errno. */
#ifndef KSFT_DMABUF_H
#define KSFT_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

/* A dma-buf of a memfd's pages. */
struct udmabuf {
	int memfd;
	int dmabuf;
	uint64_t size;
	uint8_t *map; /* of the memfd, in the dma-buf's order if that is not reversed */
};

/* -ENODEV without /dev/udmabuf. Reversed: the last page first, so that no two are neighbours. */
int udmabuf_new(struct udmabuf *udmabuf, uint64_t size, bool reversed);
void udmabuf_free(struct udmabuf *udmabuf);

/* A buffer of vgem, which can have a fence that we signal. */
struct vgem {
	int fd;
	uint32_t handle;
	int dmabuf;
	uint64_t size;
	uint8_t *map;
	uint32_t fence;
};

/* Loads the module; -ENODEV if there is none. */
int vgem_new(struct vgem *vgem, uint64_t size);
void vgem_free(struct vgem *vgem);
/*
 * A fence as of somebody who writes, or reads, the buffer. It signals by itself after 10 seconds,
 * and then vgem_signal() says -ETIMEDOUT.
 */
int vgem_attach(struct vgem *vgem, bool write);
int vgem_signal(struct vgem *vgem);

/* What is to be waited for by who wants to read, or to write, the dma-buf; as a sync_file. */
int dmabuf_export_sync_file(int dmabuf, bool write, int *sync_file);
int dmabuf_import_sync_file(int dmabuf, bool write, int sync_file);
/* Begin and end of access by the CPU, read and write. */
int dmabuf_begin(int dmabuf);
int dmabuf_end(int dmabuf);

/* File descriptors to and from another process. */
int fd_send(int socket, int fd);
int fd_receive(int socket, int *fd);

#endif
