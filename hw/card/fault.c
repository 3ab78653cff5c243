// SPDX-License-Identifier: MIT
#include "fault.h"

#include <string.h>

void card_faults_init(struct card_faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	pthread_mutex_init(&faults->lock, NULL);
}

void card_faults_destroy(struct card_faults *faults)
{
	pthread_mutex_destroy(&faults->lock);
}

static void update_armed(struct card_faults *faults, enum card_fault kind)
{
	uint32_t i, any = 0;

	for (i = 0; i <= CARD_FAULT_ANY_ENGINE; i++)
		any |= faults->left[kind][i];
	if (any)
		atomic_fetch_or(&faults->armed, 1u << kind);
	else
		atomic_fetch_and(&faults->armed, ~(1u << kind));
}

void card_faults_set(struct card_faults *faults, enum card_fault kind, uint32_t engine,
		     uint32_t count, uint32_t after)
{
	pthread_mutex_lock(&faults->lock);
	faults->left[kind][engine] = count;
	faults->spared[kind][engine] = after;
	update_armed(faults, kind);
	pthread_mutex_unlock(&faults->lock);
}

void card_faults_set_slow(struct card_faults *faults, uint32_t ms, uint32_t count)
{
	pthread_mutex_lock(&faults->lock);
	faults->slow_ms = ms;
	faults->left[CARD_FAULT_SLOW][CARD_FAULT_ANY_ENGINE] = count;
	update_armed(faults, CARD_FAULT_SLOW);
	pthread_mutex_unlock(&faults->lock);
}

void card_faults_clear(struct card_faults *faults)
{
	pthread_mutex_lock(&faults->lock);
	memset(faults->left, 0, sizeof(faults->left));
	atomic_store(&faults->armed, 0);
	pthread_mutex_unlock(&faults->lock);
}

static bool take_locked(struct card_faults *faults, enum card_fault kind, uint32_t engine)
{
	uint32_t *left;

	if (!faults->left[kind][engine])
		engine = CARD_FAULT_ANY_ENGINE;
	left = &faults->left[kind][engine];
	if (!*left)
		return false;
	if (faults->spared[kind][engine]) {
		faults->spared[kind][engine]--;
		return false;
	}
	if (*left != CARD_FAULT_STICKY) {
		--*left;
		update_armed(faults, kind);
	}
	return true;
}

bool card_faults_pending(struct card_faults *faults, enum card_fault kind)
{
	return atomic_load_explicit(&faults->armed, memory_order_relaxed) & (1u << kind);
}

bool card_faults_take(struct card_faults *faults, enum card_fault kind, uint32_t engine)
{
	bool taken;

	if (!card_faults_pending(faults, kind))
		return false;
	pthread_mutex_lock(&faults->lock);
	taken = take_locked(faults, kind, engine);
	pthread_mutex_unlock(&faults->lock);
	return taken;
}

uint32_t card_faults_take_slow(struct card_faults *faults)
{
	uint32_t ms = 0;

	if (!card_faults_pending(faults, CARD_FAULT_SLOW))
		return 0;
	pthread_mutex_lock(&faults->lock);
	if (take_locked(faults, CARD_FAULT_SLOW, CARD_FAULT_ANY_ENGINE))
		ms = faults->slow_ms;
	pthread_mutex_unlock(&faults->lock);
	return ms;
}
