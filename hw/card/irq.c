// SPDX-License-Identifier: MIT
#include "irq.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <unistd.h>

void card_irqs_init(struct card_irqs *irqs, struct card_stats *stats, uint32_t n_sources,
		    uint32_t msi, uint32_t msix)
{
	uint32_t index, v;

	memset(irqs, 0, sizeof(*irqs));
	pthread_mutex_init(&irqs->lock, NULL);
	irqs->stats = stats;
	irqs->n_sources = n_sources;
	irqs->counts[VFIO_PCI_MSI_IRQ_INDEX] = msi;
	irqs->counts[VFIO_PCI_MSIX_IRQ_INDEX] = msix;
	/* Never raised; QEMU warns at each start about a device that has none. */
	irqs->counts[VFIO_PCI_ERR_IRQ_INDEX] = 1;
	for (index = 0; index < CARD_IRQ_INDEXES; index++)
		for (v = 0; v < CARD_MAX_VECTORS; v++)
			irqs->fds[index][v] = -1;
}

void card_irqs_destroy(struct card_irqs *irqs)
{
	card_irqs_disarm_all(irqs);
	pthread_mutex_destroy(&irqs->lock);
}

/* Vectors of the kind up to the last that is armed. */
static uint32_t armed_vectors(const struct card_irqs *irqs, uint32_t index)
{
	uint32_t n = irqs->counts[index];

	while (n && irqs->fds[index][n - 1] < 0)
		n--;
	return n;
}

static uint32_t active_index(const struct card_irqs *irqs)
{
	return armed_vectors(irqs, VFIO_PCI_MSIX_IRQ_INDEX) ? VFIO_PCI_MSIX_IRQ_INDEX
							    : VFIO_PCI_MSI_IRQ_INDEX;
}

static bool has_own_vector(const struct card_irqs *irqs)
{
	return armed_vectors(irqs, active_index(irqs)) >= irqs->n_sources;
}

static uint32_t vector_of(const struct card_irqs *irqs, uint32_t source)
{
	return has_own_vector(irqs) ? source : 0;
}

static void signal_fd(struct card_irqs *irqs, int fd)
{
	const uint64_t one = 1;

	/* Full means that as many are waiting already; any other failure is the client's loss. */
	if (write(fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		card_stats_add(&irqs->stats->irqs, 1);
}

static void deliver(struct card_irqs *irqs, uint32_t source)
{
	const int fd = irqs->fds[active_index(irqs)][vector_of(irqs, source)];

	if (fd < 0 || !irqs->master) {
		irqs->sources[source].pending = true;
		return;
	}
	irqs->sources[source].pending = false;
	irqs->sources[source].folded = !has_own_vector(irqs);
	signal_fd(irqs, fd);
}

/*
 * A client arms one vector more at a time. What it has seen on vector 0 meanwhile comes again once
 * the source has a vector of its own, since a handler of vector 0 alone would not look for it.
 */
static void deliver_pending(struct card_irqs *irqs)
{
	const bool own = has_own_vector(irqs);
	uint32_t s;

	for (s = 0; s < irqs->n_sources; s++)
		if (irqs->sources[s].pending || (own && s && irqs->sources[s].folded))
			deliver(irqs, s);
}

static void replace_fd(int *slot, int fd)
{
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

/* A client must not be able to block the thread that raises an interrupt. */
static int make_nonblocking(const int *fds, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		const int flags = fds[i] < 0 ? 0 : fcntl(fds[i], F_GETFL);

		if (fds[i] < 0)
			continue;
		if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
		    fcntl(fds[i], F_SETFL, flags | O_NONBLOCK))
			return EINVAL;
	}
	return 0;
}

int card_irqs_arm(struct card_irqs *irqs, uint32_t index, uint32_t start, const int *fds,
		  uint32_t count)
{
	uint32_t i;
	int err;

	if (start > irqs->counts[index] || count > irqs->counts[index] - start)
		return EINVAL;
	err = make_nonblocking(fds, count);
	if (err)
		return err;
	pthread_mutex_lock(&irqs->lock);
	for (i = 0; i < count; i++)
		replace_fd(&irqs->fds[index][start + i], fds[i]);
	deliver_pending(irqs);
	pthread_mutex_unlock(&irqs->lock);
	return 0;
}

void card_irqs_disarm(struct card_irqs *irqs, uint32_t index)
{
	uint32_t v;

	pthread_mutex_lock(&irqs->lock);
	for (v = 0; v < irqs->counts[index]; v++)
		replace_fd(&irqs->fds[index][v], -1);
	pthread_mutex_unlock(&irqs->lock);
}

void card_irqs_disarm_all(struct card_irqs *irqs)
{
	uint32_t index;

	for (index = 0; index < CARD_IRQ_INDEXES; index++)
		card_irqs_disarm(irqs, index);
}

void card_irqs_trigger(struct card_irqs *irqs, uint32_t index, uint32_t vector)
{
	pthread_mutex_lock(&irqs->lock);
	if (irqs->fds[index][vector] >= 0)
		signal_fd(irqs, irqs->fds[index][vector]);
	pthread_mutex_unlock(&irqs->lock);
}

void card_irqs_set_master(struct card_irqs *irqs, bool master)
{
	pthread_mutex_lock(&irqs->lock);
	irqs->master = master;
	if (master)
		deliver_pending(irqs);
	pthread_mutex_unlock(&irqs->lock);
}

void card_irqs_level(struct card_irqs *irqs, uint32_t source, bool asserted, bool drop)
{
	struct card_irq_source *s = &irqs->sources[source];
	bool rises;

	pthread_mutex_lock(&irqs->lock);
	rises = asserted && !s->asserted;
	s->asserted = asserted;
	if (!asserted)
		s->pending = s->folded = false;
	if (rises && drop)
		card_stats_add(&irqs->stats->irqs_dropped, 1);
	else if (rises)
		deliver(irqs, source);
	pthread_mutex_unlock(&irqs->lock);
}

void card_irqs_spurious(struct card_irqs *irqs, uint32_t source)
{
	pthread_mutex_lock(&irqs->lock);
	deliver(irqs, source);
	pthread_mutex_unlock(&irqs->lock);
}

void card_irqs_reset(struct card_irqs *irqs)
{
	pthread_mutex_lock(&irqs->lock);
	memset(irqs->sources, 0, sizeof(irqs->sources));
	pthread_mutex_unlock(&irqs->lock);
}

uint32_t card_irqs_pending(struct card_irqs *irqs)
{
	uint32_t s, bits = 0;

	pthread_mutex_lock(&irqs->lock);
	for (s = 0; s < irqs->n_sources; s++)
		if (irqs->sources[s].pending)
			bits |= 1u << vector_of(irqs, s);
	pthread_mutex_unlock(&irqs->lock);
	return bits;
}
