// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>

#include "nmaccel_debugfs.h"
#include "nmaccel_device.h"
#include "nmaccel_doorbell.h"
#include "nmaccel_gem.h"

static int nmaccel_debugfs_engines(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct nmaccel_device *ndev = to_nmaccel_device(entry->dev);
	u32 i;

	for (i = 0; i < ndev->card.engines; i++) {
		struct nmaccel_engine *engine = &ndev->engines[i];

		spin_lock_irq(&engine->lock);
		seq_printf(m, "engine %u: %s jobs %llu run_ns %llu resets %llu lost_interrupts %llu\n",
			   i, engine->held ? "held" : engine->job ? "busy" : "idle",
			   engine->jobs, engine->run_ns, engine->resets, engine->lost_interrupts);
		spin_unlock_irq(&engine->lock);
	}
	seq_printf(m, "vectors %d\n", ndev->vectors);
	return 0;
}

/* Reading clears ap_done, which nobody uses: a job's end is told by its record. */
static int nmaccel_debugfs_registers(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct nmaccel_device *ndev = to_nmaccel_device(entry->dev);
	int idx, ret;
	u32 i, reg;

	if (!drm_dev_enter(entry->dev, &idx))
		return -ENODEV;
	ret = nmaccel_device_get_registers(ndev);
	if (ret)
		goto out_exit;
	for (i = 0; i < ndev->card.engines; i++)
		for (reg = 0; reg <= NMACCEL_REG_JOB_HI; reg += 4)
			seq_printf(m, "engine %u 0x%02x: %08x\n", i, reg,
				   nmaccel_engine_read(&ndev->engines[i], reg));
	for (reg = 0; reg < NMACCEL_CARD_BUSY(NMACCEL_MAX_ENGINES); reg += 4)
		seq_printf(m, "card 0x%02x: %08x\n", reg, nmaccel_card_read(ndev, reg));
	nmaccel_device_put_registers(ndev);
out_exit:
	drm_dev_exit(idx);
	return ret;
}

static int nmaccel_debugfs_buffers(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;

	nmaccel_gem_show(to_nmaccel_device(entry->dev), m);
	return 0;
}

void nmaccel_debugfs_init(struct nmaccel_device *ndev)
{
	drm_debugfs_add_file(&ndev->drm, "buffers", nmaccel_debugfs_buffers, NULL);
	drm_debugfs_add_file(&ndev->drm, "engines", nmaccel_debugfs_engines, NULL);
	drm_debugfs_add_file(&ndev->drm, "registers", nmaccel_debugfs_registers, NULL);
	nmaccel_doorbell_debugfs(ndev);
}
