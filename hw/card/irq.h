/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: from sources (the engines, then the errors) to the client's eventfds.
 *
 * A source has a vector of its own, source s vector s, if the client has armed as many vectors as
 * there are sources; else all share vector 0. What is raised while its vector has no eventfd, or
 * while the card is no bus master, stays pending until it has.
 */
#ifndef CARD_IRQ_H
#define CARD_IRQ_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"
#include "fault.h"
#include "stats.h"

#define CARD_MAX_SOURCES (NMACCEL_MAX_ENGINES + 1)
#define CARD_MAX_VECTORS 32u

/* As VFIO_PCI_INTX_IRQ_INDEX and so on. */
#define CARD_IRQ_INDEXES 5u

struct card_irq_source {
	bool asserted; /* the level of the source; a vector is raised when it rises */
	bool pending;  /* raised, and not delivered yet */
	bool folded;   /* delivered to vector 0, for want of a vector of its own */
};

struct card_irqs {
	pthread_mutex_t lock;
	struct card_stats *stats;
	uint32_t n_sources;
	uint32_t counts[CARD_IRQ_INDEXES];
	int fds[CARD_IRQ_INDEXES][CARD_MAX_VECTORS];
	bool master;
	struct card_irq_source sources[CARD_MAX_SOURCES];
};

/* msi and msix: vectors that the card has of each kind, 0 for none. */
void card_irqs_init(struct card_irqs *irqs, struct card_stats *stats, uint32_t n_sources,
		    uint32_t msi, uint32_t msix);
void card_irqs_destroy(struct card_irqs *irqs);

/*
 * Take over count descriptors (-1: disarm) for vectors [start, start + count), which exist. 0 or a
 * positive errno; on an error the descriptors stay the caller's.
 */
int card_irqs_arm(struct card_irqs *irqs, uint32_t index, uint32_t start, const int *fds,
		  uint32_t count);
void card_irqs_disarm(struct card_irqs *irqs, uint32_t index);
void card_irqs_disarm_all(struct card_irqs *irqs);

/* As if the card had raised the vector. */
void card_irqs_trigger(struct card_irqs *irqs, uint32_t index, uint32_t vector);

void card_irqs_set_master(struct card_irqs *irqs, bool master);

/* The level of a source. With drop, its rise is forgotten. */
void card_irqs_level(struct card_irqs *irqs, uint32_t source, bool asserted, bool drop);

/* Raise the source's vector with no reason. */
void card_irqs_spurious(struct card_irqs *irqs, uint32_t source);

/* Nothing is asserted or pending any more; eventfds stay. */
void card_irqs_reset(struct card_irqs *irqs);

/* Bit for each vector with something pending. */
uint32_t card_irqs_pending(struct card_irqs *irqs);

#endif /* CARD_IRQ_H */
