// SPDX-License-Identifier: GPL-2.0-only
#include <linux/devcoredump.h>
#include <linux/vmalloc.h>

#include <drm/drm_print.h>

#include "nmaccel_coredump.h"
#include "nmaccel_device.h"
#include "nmaccel_job.h"

#define NMACCEL_DUMP_BYTES	SZ_64K
#define NMACCEL_DUMP_DESCS	32

static void nmaccel_coredump_words(struct drm_printer *p, const char *name, u32 index,
				   const void *data, size_t bytes)
{
	const u32 *words = data;
	size_t i;

	drm_printf(p, "%s %u:", name, index);
	for (i = 0; i < bytes / 4; i++)
		drm_printf(p, " %08x", words[i]);
	drm_printf(p, "\n");
}

static void nmaccel_coredump_registers(struct drm_printer *p, struct nmaccel_engine *engine)
{
	static const u32 regs[] = {
		NMACCEL_REG_CTRL, NMACCEL_REG_GIER, NMACCEL_REG_IER, NMACCEL_REG_ISR,
		NMACCEL_REG_MEM_LO, NMACCEL_REG_MEM_HI, NMACCEL_REG_JOB_LO, NMACCEL_REG_JOB_HI,
	};
	u32 reg;

	for (reg = 0; reg < ARRAY_SIZE(regs); reg++)
		drm_printf(p, "engine register 0x%02x: %08x\n", regs[reg],
			   nmaccel_engine_read(engine, regs[reg]));
	for (reg = 0; reg < NMACCEL_CARD_BUSY(NMACCEL_MAX_ENGINES); reg += 4)
		drm_printf(p, "card register 0x%02x: %08x\n", reg,
			   nmaccel_card_read(engine->ndev, reg));
}

static void nmaccel_coredump_print(struct drm_printer *p, struct nmaccel_engine *engine,
				   struct nmaccel_job *job)
{
	u32 done = min(job->first + READ_ONCE(job->record->descs_done), job->n_descs);
	u32 first = done > NMACCEL_DUMP_DESCS / 2 ? done - NMACCEL_DUMP_DESCS / 2 : 0;
	u32 i;

	drm_printf(p, "nmaccel core dump, format 1\nengine: %u\njob: %llu\nseq: %llu\n",
		   engine->index, job->number, job->seq);
	drm_printf(p, "descriptors: %u\nbuffers: %u\n", job->n_descs, job->n_buffers);
	nmaccel_coredump_registers(p, engine);
	nmaccel_coredump_words(p, "header", 0, job->hw, sizeof(*job->hw));
	nmaccel_coredump_words(p, "record", 0, job->record, sizeof(*job->record));
	for (i = first; i < job->n_descs && i < first + NMACCEL_DUMP_DESCS; i++)
		nmaccel_coredump_words(p, "descriptor", i, &job->descs[i], sizeof(*job->descs));
	for (i = 0; i < job->n_buffers; i++)
		nmaccel_coredump_words(p, "buffer", i, &job->table[i], sizeof(*job->table));
}

void nmaccel_coredump_prepare(struct nmaccel_device *ndev)
{
	char *dump;

	if (READ_ONCE(ndev->dump))
		return;
	dump = vmalloc(NMACCEL_DUMP_BYTES);
	if (dump)
		vfree(xchg(&ndev->dump, dump));
}

/* What makes the device that user space reads allocates memory, which a fence must not wait for. */
static void nmaccel_coredump_work(struct work_struct *work)
{
	struct nmaccel_device *ndev = container_of(work, struct nmaccel_device, dump_work);

	dev_coredumpv(ndev->drm.dev, ndev->dumped, ndev->dumped_bytes, GFP_KERNEL);
}

void nmaccel_coredump_setup(struct nmaccel_device *ndev)
{
	INIT_WORK(&ndev->dump_work, nmaccel_coredump_work);
}

void nmaccel_coredump_flush(struct nmaccel_device *ndev)
{
	flush_work(&ndev->dump_work);
}

void nmaccel_coredump_release(struct drm_device *drm, void *unused)
{
	vfree(to_nmaccel_device(drm)->dump);
}

void nmaccel_coredump(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	struct drm_print_iterator iter = { .remain = NMACCEL_DUMP_BYTES };
	struct drm_printer p = drm_coredump_printer(&iter);
	struct nmaccel_device *ndev = engine->ndev;
	char *text;

	lockdep_assert_held(&ndev->reset_lock);
	/* One at a time; user space has not seen the last one yet. */
	if (work_busy(&ndev->dump_work))
		return;
	text = xchg(&ndev->dump, NULL);
	if (!text)
		return;
	iter.data = text;
	nmaccel_coredump_print(&p, engine, job);
	ndev->dumped = text;
	ndev->dumped_bytes = NMACCEL_DUMP_BYTES - iter.remain;
	schedule_work(&ndev->dump_work);
}
