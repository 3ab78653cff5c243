/* SPDX-License-Identifier: MIT */
/* What the card has done since it was started; the control socket tells it. */
#ifndef CARD_STATS_H
#define CARD_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#define CARD_STATS(X)                                                                              \
	X(connections)                                                                             \
	X(messages)                                                                                \
	X(message_errors)                                                                          \
	X(mmio_reads)                                                                              \
	X(mmio_writes)                                                                             \
	X(starts)                                                                                  \
	X(aborted)                                                                                 \
	X(engine_resets)                                                                           \
	X(device_resets)                                                                           \
	X(irqs)                                                                                    \
	X(irqs_dropped)                                                                            \
	X(dma_reads)                                                                               \
	X(dma_read_bytes)                                                                          \
	X(dma_writes)                                                                              \
	X(dma_write_bytes)                                                                         \
	X(dma_refused)

#define CARD_STATS_FIELD(name) _Atomic uint64_t name;

struct card_stats {
	CARD_STATS(CARD_STATS_FIELD)
};

static inline void card_stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif /* CARD_STATS_H */
