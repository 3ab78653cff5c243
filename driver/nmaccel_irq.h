/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_IRQ_H__
#define __NMACCEL_IRQ_H__

struct nmaccel_device;

/* One vector for each engine and one for errors, or one for all. */
int nmaccel_irq_setup(struct nmaccel_device *ndev);

/* Let the card raise interrupts, or not. */
void nmaccel_irq_enable(struct nmaccel_device *ndev, bool enable);

/* No interrupts from here on, and no handler is under way any more. The card answers. */
void nmaccel_irq_quiesce(struct nmaccel_device *ndev);

/* No handler runs any more, and none will. */
void nmaccel_irq_free(struct nmaccel_device *ndev);

#endif /* __NMACCEL_IRQ_H__ */
