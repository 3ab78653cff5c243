// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/sizes.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "drm/nmaccel_accel.h"
#include "nmaccel_compat.h"
#include "nmaccel_coredump.h"
#include "nmaccel_ctx.h"
#include "nmaccel_debugfs.h"
#include "nmaccel_device.h"
#include "nmaccel_fault.h"
#include "nmaccel_fdinfo.h"
#include "nmaccel_file.h"
#include "nmaccel_gem.h"
#include "nmaccel_hwmon.h"
#include "nmaccel_irq.h"
#include "nmaccel_job.h"
#include "nmaccel_pm.h"
#include "nmaccel_reset.h"
#include "nmaccel_sched.h"
#include "nmaccel_submit.h"
#include "nmaccel_sysfs.h"

#ifdef __BIG_ENDIAN
#error "The card's structures are little endian."
#endif

/* Long enough for a client that sends one job after the other. */
#define NMACCEL_AUTOSUSPEND_MS 100

static void nmaccel_fill_info(struct nmaccel_device *ndev, struct drm_nmaccel_dev_info *info)
{
	const struct nmaccel_card *card = &ndev->card;

	*info = (struct drm_nmaccel_dev_info){
		.contract_version = card->version,
		.board = card->board,
		.engines = card->engines,
		.lanes = card->lanes,
		.block_rows = card->limits.block_rows,
		.columns = card->limits.columns,
		.clock_khz = card->clock_khz,
		.caps = card->limits.caps,
		.dma_bits = card->dma_bits,
		.max_descs = card->max_descs,
		.max_buffers = card->max_buffers,
		.max_rows = card->limits.max_rows,
		.max_channels = card->limits.max_channels,
		.max_pixels = card->limits.max_pixels,
		.max_kernel = card->limits.max_kernel,
		.serial = card->serial,
		.resets = atomic64_read(&ndev->resets),
	};
}

static int nmaccel_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_dev_query *args = data;
	char __user *to = u64_to_user_ptr(args->pointer);
	struct drm_nmaccel_dev_info info;
	u32 size = min_t(u32, args->size, sizeof(info));

	if (args->type != DRM_NMACCEL_DEV_QUERY_INFO)
		return -EINVAL;
	if (args->size > SZ_4K)
		return -E2BIG;
	if (args->pointer) {
		nmaccel_fill_info(to_nmaccel_device(drm), &info);
		if (copy_to_user(to, &info, size) || clear_user(to + size, args->size - size))
			return -EFAULT;
	}
	args->size = sizeof(info);
	return 0;
}

#define NMACCEL_IOCTL(name, func) DRM_IOCTL_DEF_DRV(NMACCEL_##name, nmaccel_ioctl_##func, 0)

static const struct drm_ioctl_desc nmaccel_ioctls[] = {
	NMACCEL_IOCTL(DEV_QUERY, dev_query),
	NMACCEL_IOCTL(BO_CREATE, bo_create),
	NMACCEL_IOCTL(BO_MMAP_OFFSET, bo_mmap_offset),
	NMACCEL_IOCTL(BO_WAIT, bo_wait),
	NMACCEL_IOCTL(CTX_CREATE, ctx_create),
	NMACCEL_IOCTL(CTX_DESTROY, ctx_destroy),
	NMACCEL_IOCTL(CTX_QUERY, ctx_query),
	NMACCEL_IOCTL(SUBMIT, submit),
	NMACCEL_IOCTL(RESULT, result),
};

static const struct file_operations nmaccel_fops = {
	.owner = THIS_MODULE,
	DRM_ACCEL_FOPS,
	.show_fdinfo = drm_show_fdinfo,
};

/* 1.0: as first released. */
static const struct drm_driver nmaccel_driver = {
	.driver_features = DRIVER_COMPUTE_ACCEL | DRIVER_GEM | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.open = nmaccel_file_open,
	.postclose = nmaccel_file_postclose,
	.show_fdinfo = nmaccel_show_fdinfo,
	.gem_create_object = nmaccel_gem_create_object,
	.prime_handle_to_fd = nmaccel_gem_prime_handle_to_fd,
	.prime_fd_to_handle = nmaccel_gem_prime_fd_to_handle,
	.gem_prime_import_sg_table = nmaccel_gem_import_sg_table,
	.ioctls = nmaccel_ioctls,
	.num_ioctls = ARRAY_SIZE(nmaccel_ioctls),
	.fops = &nmaccel_fops,
	.name = "nmaccel",
	.desc = "nmaccel N:M sparse neural network accelerator",
#ifdef HAVE_DRIVER_DATE
	.date = "20261124",
#endif
	.major = DRM_NMACCEL_DRIVER_MAJOR,
	.minor = DRM_NMACCEL_DRIVER_MINOR,
};

static int nmaccel_init_locks(struct nmaccel_device *ndev)
{
	int ret;

	INIT_LIST_HEAD(&ndev->gem_list);
	INIT_LIST_HEAD(&ndev->users);
	INIT_LIST_HEAD(&ndev->mem.head);
	ndev->mem.dev = ndev->drm.dev;
	ret = drmm_mutex_init(&ndev->drm, &ndev->mem.lock);
	if (!ret)
		ret = drmm_mutex_init(&ndev->drm, &ndev->gem_lock);
	if (!ret)
		ret = drmm_mutex_init(&ndev->drm, &ndev->user_lock);
	if (!ret)
		ret = drmm_mutex_init(&ndev->drm, &ndev->sched_lock);
	return ret ?: drmm_mutex_init(&ndev->drm, &ndev->reset_lock);
}

static int nmaccel_map(struct nmaccel_device *ndev, struct pci_dev *pdev)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (pci_resource_len(pdev, NMACCEL_BAR) < NMACCEL_BAR_SIZE) {
		drm_err(&ndev->drm, "BAR %d has %llu bytes, not %u; load an nmaccel bitstream\n",
			NMACCEL_BAR, (u64)pci_resource_len(pdev, NMACCEL_BAR), NMACCEL_BAR_SIZE);
		return -ENODEV;
	}
	ndev->bar = pcim_iomap_region(pdev, NMACCEL_BAR, "nmaccel");
	return PTR_ERR_OR_ZERO(ndev->bar);
}

/* Whatever ran before us has stopped, and the card may use the bus. */
static int nmaccel_start(struct nmaccel_device *ndev, struct pci_dev *pdev)
{
	u32 i;
	int ret;

	mutex_lock(&ndev->reset_lock);
	ret = nmaccel_reset_engines(ndev, GENMASK(ndev->card.engines - 1, 0));
	mutex_unlock(&ndev->reset_lock);
	if (ret) {
		drm_err(&ndev->drm, "the engines do not come out of reset (%d); reload the bitstream\n",
			ret);
		return ret;
	}
	atomic64_set(&ndev->resets, 0);
	for (i = 0; i < ndev->card.engines; i++)
		ndev->engines[i].resets = 0;
	pci_set_master(pdev);
	ret = nmaccel_irq_setup(ndev);
	if (!ret)
		nmaccel_irq_enable(ndev, true);
	return ret;
}

/*
 * No ioctl and no scheduler touches the card after drm_dev_unplug(). Jobs on the engines end here,
 * those that wait end when their turn comes, all with ENODEV.
 */
static void nmaccel_quiesce(struct nmaccel_device *ndev)
{
	struct pci_dev *pdev = to_pci_dev(ndev->drm.dev);
	u32 i;

	drm_dev_unplug(&ndev->drm);
	cancel_work_sync(&ndev->check_work);
	nmaccel_hwmon_unregister(ndev);
	mutex_lock(&ndev->reset_lock);
	for (i = 0; i < ndev->card.engines; i++) {
		nmaccel_engine_hold(&ndev->engines[i]);
		nmaccel_engine_stop(&ndev->engines[i], NULL);
	}
	if (!ndev->lost && nmaccel_device_alive(ndev)) {
		/* If this fails, clearing the bus master bit still stops the card's writes. */
		if (nmaccel_reset_engines(ndev, GENMASK(ndev->card.engines - 1, 0)))
			drm_warn(&ndev->drm, "the engines do not come out of reset\n");
		nmaccel_irq_enable(ndev, false);
	}
	pci_clear_master(pdev);
	WRITE_ONCE(ndev->lost, true);
	mutex_unlock(&ndev->reset_lock);
	nmaccel_irq_free(ndev);
	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_fail(&ndev->engines[i], NULL, -ENODEV);
	nmaccel_coredump_flush(ndev);
	nmaccel_gem_unmap_all(ndev);
	nmaccel_mem_take_away(&ndev->mem);
}

static int nmaccel_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct nmaccel_device *ndev;
	int ret;

	ndev = devm_drm_dev_alloc(&pdev->dev, &nmaccel_driver, struct nmaccel_device, drm);
	if (IS_ERR(ndev))
		return PTR_ERR(ndev);
	pci_set_drvdata(pdev, ndev);
	ret = nmaccel_init_locks(ndev);
	if (!ret)
		ret = nmaccel_map(ndev, pdev);
	if (!ret)
		ret = nmaccel_device_init(ndev);
	if (!ret)
		ret = drmm_add_action(&ndev->drm, nmaccel_coredump_release, NULL);
	if (ret)
		return ret;
	dev_pm_set_driver_flags(&pdev->dev, DPM_FLAG_NO_DIRECT_COMPLETE);
	nmaccel_gem_setup(ndev);
	nmaccel_engine_setup(ndev);
	nmaccel_reset_setup(ndev);
	nmaccel_coredump_setup(ndev);
	ret = nmaccel_sched_setup(ndev);
	if (!ret)
		ret = nmaccel_start(ndev, pdev);
	if (ret)
		return ret;
	nmaccel_debugfs_init(ndev);
	nmaccel_hwmon_register(ndev);
	ret = drm_dev_register(&ndev->drm, 0);
	if (ret) {
		nmaccel_quiesce(ndev);
		return ret;
	}
	/* A bitstream that was not loaded from flash would not come back. */
	pci_d3cold_disable(pdev);
	pm_runtime_set_autosuspend_delay(&pdev->dev, NMACCEL_AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(&pdev->dev);
	pm_runtime_mark_last_busy(&pdev->dev);
	/* The PCI core leaves it to drivers whether their devices may sleep. */
	pm_runtime_allow(&pdev->dev);
	pm_runtime_put_autosuspend(&pdev->dev);
	drm_info(&ndev->drm, "%u engines of %u x %u x %u at %u kHz, contract %u.%u, %d vectors\n",
		 ndev->card.engines, ndev->card.lanes, ndev->card.limits.block_rows,
		 ndev->card.limits.columns, ndev->card.clock_khz, ndev->card.version >> 16,
		 ndev->card.version & 0xffff, ndev->vectors);
	return 0;
}

static void nmaccel_remove(struct pci_dev *pdev)
{
	pm_runtime_get_sync(&pdev->dev);
	pm_runtime_dont_use_autosuspend(&pdev->dev);
	pm_runtime_forbid(&pdev->dev);
	pci_d3cold_enable(pdev);
	nmaccel_quiesce(pci_get_drvdata(pdev));
}

static void nmaccel_shutdown(struct pci_dev *pdev)
{
	nmaccel_device_pause(pci_get_drvdata(pdev));
	pci_clear_master(pdev);
}

static const struct pci_error_handlers nmaccel_err_handler = {
	.reset_prepare = nmaccel_reset_prepare,
	.reset_done = nmaccel_reset_done,
};

static const struct pci_device_id nmaccel_ids[] = {
	{ PCI_DEVICE(NMACCEL_PCI_VENDOR_ID, NMACCEL_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, nmaccel_ids);

static struct pci_driver nmaccel_pci_driver = {
	.name = "nmaccel",
	.id_table = nmaccel_ids,
	.probe = nmaccel_probe,
	.remove = nmaccel_remove,
	.shutdown = nmaccel_shutdown,
	.err_handler = &nmaccel_err_handler,
	.dev_groups = nmaccel_sysfs_groups,
	.driver.pm = pm_ptr(&nmaccel_pm_ops),
};

static int __init nmaccel_init(void)
{
	int ret;

	ret = nmaccel_job_init();
	if (ret)
		return ret;
	nmaccel_fault_init();
	ret = pci_register_driver(&nmaccel_pci_driver);
	if (ret) {
		nmaccel_fault_fini();
		nmaccel_job_fini();
	}
	return ret;
}

static void __exit nmaccel_exit(void)
{
	pci_unregister_driver(&nmaccel_pci_driver);
	nmaccel_fault_fini();
	nmaccel_job_fini();
}

module_init(nmaccel_init);
module_exit(nmaccel_exit);

MODULE_DESCRIPTION("nmaccel N:M sparse neural network accelerator");
MODULE_AUTHOR("The nmaccel developers");
MODULE_LICENSE("GPL");
#ifdef HAVE_IMPORT_NS_IDENT
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
