/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_IRQ_H__
#define __NMACCEL_IRQ_H__

struct nmaccel_device;

/* One vector for each engine and one for errors, or one for all. */
int nmaccel_irq_setup(struct nmaccel_device *ndev);

/* Let the card raise interrupts, or not. */
void nmaccel_irq_enable(struct nmaccel_device *ndev, bool enable);

/* No handler runs any more, and none will. */
void nmaccel_irq_free(struct nmaccel_device *ndev);

#endif /* __NMACCEL_IRQ_H__ */
