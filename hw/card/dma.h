/* SPDX-License-Identifier: MIT */
/*
 * Guest memory as the card sees it: the client's DMA maps. Copies run in any thread; when a map
 * or unmap has returned, no copy through the old table is under way.
 */
#ifndef CARD_DMA_H
#define CARD_DMA_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With a guest IOMMU every page that a driver maps is a map of its own. */
#define CARD_DMA_MAX_MAPS  65535u
#define CARD_DMA_MAX_FILES 64u

/* A file of guest memory, mapped once however many maps show parts of it. */
struct card_dma_file {
	uint64_t dev;
	uint64_t ino;
	bool writable;
	uint8_t *base;
	uint64_t size;
	uint32_t users;
};

struct card_dma_map {
	uint64_t iova;
	uint64_t last; /* inclusive, so that the end of the address space can be mapped */
	uint64_t offset;
	struct card_dma_file *file; /* NULL: memory that the client keeps to itself */
	bool readable;
	bool writable;
};

struct card_dma {
	pthread_rwlock_t lock;
	struct card_dma_map *maps; /* by address, without overlap */
	size_t n_maps;
	size_t room;
	struct card_dma_file *files[CARD_DMA_MAX_FILES];
};

void card_dma_init(struct card_dma *dma);
void card_dma_destroy(struct card_dma *dma);

struct card_dma_request {
	uint64_t iova;
	uint64_t size;
	uint64_t offset;
	int fd; /* -1: none; stays the caller's */
	bool readable;
	bool writable;
};

/* All return 0 or a positive errno. A map of the same range as an older one replaces it. */
int card_dma_add(struct card_dma *dma, const struct card_dma_request *request);

/* Remove the maps inside the range; one that reaches beyond it is an error, and then all stay. */
int card_dma_remove(struct card_dma *dma, uint64_t iova, uint64_t size, uint64_t *removed);
void card_dma_remove_all(struct card_dma *dma);

/* iova and bytes are multiples of 16. */
int card_dma_read(struct card_dma *dma, uint64_t iova, void *dst, uint64_t bytes);
int card_dma_write(struct card_dma *dma, uint64_t iova, const void *src, uint64_t bytes);

#endif /* CARD_DMA_H */
