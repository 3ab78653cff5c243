// SPDX-License-Identifier: MIT
#include "select.h"

static uint32_t median3(uint32_t a, uint32_t b, uint32_t c)
{
	if (a > b) {
		const uint32_t t = a;

		a = b;
		b = t;
	}
	if (c <= a)
		return a;
	return c < b ? c : b;
}

/* Hoare's Find, by halves around a pivot: [lo, hi] always holds place k. */
uint32_t select_kth(uint32_t *keys, size_t n, size_t k)
{
	const ptrdiff_t place = (ptrdiff_t)k;
	ptrdiff_t lo = 0, hi = (ptrdiff_t)n - 1;

	while (lo < hi) {
		const uint32_t pivot = median3(keys[lo], keys[lo + (hi - lo) / 2], keys[hi]);
		ptrdiff_t i = lo, j = hi;

		while (i <= j) {
			while (keys[i] < pivot)
				i++;
			while (keys[j] > pivot)
				j--;
			if (i <= j) {
				const uint32_t t = keys[i];

				keys[i++] = keys[j];
				keys[j--] = t;
			}
		}
		if (place <= j)
			hi = j;
		else if (place >= i)
			lo = i;
		else
			break;
	}
	return keys[k];
}
