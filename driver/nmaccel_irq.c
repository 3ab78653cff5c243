// SPDX-License-Identifier: GPL-2.0-only
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include <drm/drm_print.h>

#include "nmaccel_device.h"
#include "nmaccel_doorbell.h"
#include "nmaccel_irq.h"

static irqreturn_t nmaccel_irq_engine_at(struct nmaccel_engine *engine, u64 entered_ns)
{
	u32 isr = nmaccel_engine_ack(engine);
	bool broken = false;

	if (isr == U32_MAX) {
		/* The card is gone, or seems so: the worker looks again. */
		drm_sched_fault(&engine->sched);
		return IRQ_NONE;
	}
	if (isr)
		nmaccel_doorbell_rang(engine, entered_ns);
	/* Even with no bit: the worker may have cleared that of this very job. */
	if (nmaccel_engine_poll(engine, isr ? &broken : NULL))
		return IRQ_HANDLED;
	if (broken)
		drm_sched_fault(&engine->sched);
	return isr ? IRQ_HANDLED : IRQ_NONE;
}

static irqreturn_t nmaccel_irq_engine(int irq, void *data)
{
	return nmaccel_irq_engine_at(data, ktime_get_ns());
}

static irqreturn_t nmaccel_irq_error(int irq, void *data)
{
	struct nmaccel_device *ndev = data;
	u32 error = nmaccel_card_read(ndev, NMACCEL_CARD_ERROR);

	if (!error || error == U32_MAX)
		return IRQ_NONE;
	nmaccel_card_write(ndev, NMACCEL_CARD_ERROR, error);
	dev_err_ratelimited(ndev->drm.dev, "the card reports errors:%s%s%s (0x%x)\n",
			    error & NMACCEL_ERROR_DMA ? " DMA" : "",
			    error & NMACCEL_ERROR_PARITY ? " parity" : "",
			    error & NMACCEL_ERROR_THERMAL ? " thermal" : "", error);
	return IRQ_HANDLED;
}

static irqreturn_t nmaccel_irq_all(int irq, void *data)
{
	struct nmaccel_device *ndev = data;
	u64 entered_ns = ktime_get_ns();
	irqreturn_t ret = nmaccel_irq_error(irq, ndev);
	u32 i;

	for (i = 0; i < ndev->card.engines; i++)
		ret |= nmaccel_irq_engine_at(&ndev->engines[i], entered_ns);
	return ret;
}

static int nmaccel_irq_request_each(struct nmaccel_device *ndev)
{
	struct pci_dev *pdev = to_pci_dev(ndev->drm.dev);
	u32 i;
	int ret;

	for (i = 0; i < ndev->card.engines; i++) {
		ret = pci_request_irq(pdev, i, nmaccel_irq_engine, NULL, &ndev->engines[i],
				      "nmaccel-%s-engine%u", pci_name(pdev), i);
		if (ret)
			goto err_free;
	}
	ret = pci_request_irq(pdev, i, nmaccel_irq_error, NULL, ndev, "nmaccel-%s-error",
			      pci_name(pdev));
	if (!ret)
		return 0;

err_free:
	while (i--)
		pci_free_irq(pdev, i, &ndev->engines[i]);
	return ret;
}

int nmaccel_irq_setup(struct nmaccel_device *ndev)
{
	struct pci_dev *pdev = to_pci_dev(ndev->drm.dev);
	int wanted = ndev->card.engines + 1;
	int i, ret;

	ret = pci_alloc_irq_vectors(pdev, wanted, wanted, PCI_IRQ_MSIX | PCI_IRQ_MSI);
	if (ret < 0)
		ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX | PCI_IRQ_MSI);
	if (ret < 0) {
		drm_err(&ndev->drm, "the system has no MSI for the card (%d); is pci=nomsi on the kernel's command line?\n",
			ret);
		return ret;
	}
	ndev->vectors = ret;
	for (i = 0; i < wanted - 1; i++)
		ndev->engines[i].irq = pci_irq_vector(pdev, ret > 1 ? i : 0);
	if (ndev->vectors > 1)
		ret = nmaccel_irq_request_each(ndev);
	else
		ret = pci_request_irq(pdev, 0, nmaccel_irq_all, NULL, ndev, "nmaccel-%s",
				      pci_name(pdev));
	if (ret)
		pci_free_irq_vectors(pdev);
	return ret;
}

void nmaccel_irq_enable(struct nmaccel_device *ndev, bool enable)
{
	u32 i;

	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_enable(&ndev->engines[i], enable);
	nmaccel_card_write(ndev, NMACCEL_CARD_ERROR_ENABLE, enable ? NMACCEL_ERROR_DMA |
			   NMACCEL_ERROR_PARITY | NMACCEL_ERROR_THERMAL : 0);
}

void nmaccel_irq_quiesce(struct nmaccel_device *ndev)
{
	struct pci_dev *pdev = to_pci_dev(ndev->drm.dev);
	int i;

	nmaccel_irq_enable(ndev, false);
	/* The writes have arrived when a read has come back. */
	nmaccel_card_read(ndev, NMACCEL_CARD_MAGIC);
	for (i = 0; i < ndev->vectors; i++)
		synchronize_irq(pci_irq_vector(pdev, i));
}

void nmaccel_irq_free(struct nmaccel_device *ndev)
{
	struct pci_dev *pdev = to_pci_dev(ndev->drm.dev);
	u32 i;

	if (ndev->vectors > 1) {
		for (i = 0; i < ndev->card.engines; i++)
			pci_free_irq(pdev, i, &ndev->engines[i]);
		pci_free_irq(pdev, i, ndev);
	} else {
		pci_free_irq(pdev, 0, ndev);
	}
	pci_free_irq_vectors(pdev);
}
