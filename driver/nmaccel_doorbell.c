// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include <drm/drm_drv.h>

#include "nmaccel_device.h"
#include "nmaccel_doorbell.h"
#include "nmaccel_reset.h"

#define NMACCEL_DOORBELL_RUNS	1000
#define NMACCEL_DOORBELL_MS	2000	/* for all of them: resets wait so long */

/* The empty job: no descriptors and no buffers. */
struct nmaccel_empty {
	struct nmaccel_hw_job job;
	struct nmaccel_hw_record record;
};

static int nmaccel_doorbell_measure(struct nmaccel_engine *engine, struct nmaccel_mem *mem, u64 *ns)
{
	struct nmaccel_doorbell doorbell = { };
	struct nmaccel_empty *empty = mem->cpu;
	u64 seq = atomic64_inc_return(&engine->ndev->seq);
	unsigned long left;
	u64 start;

	memset(&empty->record, 0, sizeof(empty->record));
	empty->job.seq = seq;
	if (!nmaccel_engine_wait_idle(engine))
		return -EIO;
	init_completion(&doorbell.rang);
	WRITE_ONCE(engine->doorbell, &doorbell);
	start = ktime_get_ns();
	nmaccel_engine_ring(engine, mem->dma);
	left = wait_for_completion_timeout(&doorbell.rang, HZ);
	WRITE_ONCE(engine->doorbell, NULL);
	/* A handler that has seen the pointer uses it until it returns. */
	synchronize_irq(engine->irq);
	if (!left)
		return -ETIMEDOUT;
	if (READ_ONCE(empty->record.seq) != seq || empty->record.state != NMACCEL_JOB_DONE)
		return -EIO;
	*ns = doorbell.rang_ns - start;
	return 0;
}

static int nmaccel_doorbell_run(struct nmaccel_engine *engine, struct nmaccel_mem *mem, u64 *ns)
{
	struct nmaccel_device *ndev = engine->ndev;
	ktime_t deadline = ktime_add_ms(ktime_get(), NMACCEL_DOORBELL_MS);
	int ret = 0;
	u32 i;

	for (i = 0; !ret && i < NMACCEL_DOORBELL_RUNS; i++) {
		ret = nmaccel_doorbell_measure(engine, mem, &ns[i]);
		if (!ret && ktime_after(ktime_get(), deadline))
			ret = -ETIMEDOUT;
		if (!ret && signal_pending(current))
			ret = -EINTR;
	}
	/* A job that is late must not write into memory that has been given back. */
	if (ret && nmaccel_reset_engines(ndev, BIT(engine->index)))
		nmaccel_device_lose(ndev, "an engine does not come out of reset");
	return ret;
}

static int nmaccel_doorbell_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* On an engine that has no job, and gets none before we let it go. */
static int nmaccel_doorbell_reserve(struct nmaccel_device *ndev, struct nmaccel_mem *mem, u64 *ns,
				    u32 *index)
{
	struct nmaccel_engine *engine;
	u32 i;
	int ret;

	for (i = 0; i < ndev->card.engines; i++) {
		engine = &ndev->engines[i];
		if (!nmaccel_engine_reserve(engine))
			continue;
		ret = nmaccel_doorbell_run(engine, mem, ns);
		nmaccel_engine_release(engine);
		*index = i;
		return ret;
	}
	return -EBUSY;
}

/* With the card bound. Memory is allocated before reset_lock, for which jobs' fences wait. */
static int nmaccel_doorbell_read(struct nmaccel_device *ndev, u64 *ns, u32 *index)
{
	struct nmaccel_mem mem = { };
	struct nmaccel_empty *empty;
	int ret;

	ret = nmaccel_mem_alloc(&ndev->mem, &mem, sizeof(*empty));
	if (ret)
		return ret;
	empty = mem.cpu;
	empty->job = (struct nmaccel_hw_job){
		.magic = NMACCEL_MAGIC,
		.version = NMACCEL_CONTRACT_VERSION,
		.record = mem.dma + offsetof(struct nmaccel_empty, record),
	};
	ret = nmaccel_device_get_registers(ndev);
	if (!ret) {
		ret = nmaccel_doorbell_reserve(ndev, &mem, ns, index);
		nmaccel_device_put_registers(ndev);
	}
	nmaccel_mem_free(&ndev->mem, &mem);
	return ret;
}

static void nmaccel_doorbell_print(struct seq_file *m, u32 engine, u64 *ns)
{
	const u32 last = NMACCEL_DOORBELL_RUNS - 1;

	sort(ns, NMACCEL_DOORBELL_RUNS, sizeof(*ns), nmaccel_doorbell_compare, NULL);
	seq_printf(m, "engine %u\nruns %u\n", engine, NMACCEL_DOORBELL_RUNS);
	seq_printf(m, "min_ns %llu\np50_ns %llu\np99_ns %llu\nmax_ns %llu\n", ns[0],
		   ns[last / 2], ns[last * 99 / 100], ns[last]);
}

static int nmaccel_doorbell_show(struct seq_file *m, void *unused)
{
	struct nmaccel_device *ndev = m->private;
	u32 engine;
	int idx, ret;
	u64 *ns;

	ns = kvcalloc(NMACCEL_DOORBELL_RUNS, sizeof(*ns), GFP_KERNEL);
	if (!ns)
		return -ENOMEM;
	if (drm_dev_enter(&ndev->drm, &idx)) {
		ret = nmaccel_doorbell_read(ndev, ns, &engine);
		drm_dev_exit(idx);
	} else {
		ret = -ENODEV;
	}
	if (!ret)
		nmaccel_doorbell_print(m, engine, ns);
	kvfree(ns);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(nmaccel_doorbell);

void nmaccel_doorbell_debugfs(struct nmaccel_device *ndev)
{
	debugfs_create_file("doorbell", 0400, ndev->drm.debugfs_root, ndev,
			    &nmaccel_doorbell_fops);
}
