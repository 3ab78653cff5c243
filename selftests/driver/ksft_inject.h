/* SPDX-License-Identifier: MIT */
/*
 * Failures on demand (Documentation/fault-injection), and memory that nobody knows of any more
 * (kmemleak). Functions return 0 or -errno.
 */
#ifndef KSFT_INJECT_H
#define KSFT_INJECT_H

#include <stdbool.h>
#include <stddef.h>

struct inject {
	int fd; /* fail-nth of the thread that opened it */
};

/* Allocations that may sleep fail too, and do so quietly. -ENOENT: this kernel cannot do it. */
int inject_setup(void);

int inject_open(struct inject *inject);
void inject_close(struct inject *inject);

/* From now on, the nth allocation or copy of this thread fails. */
int inject_arm(struct inject *inject, unsigned int nth);

/* No more; true if one has failed since. */
bool inject_disarm(struct inject *inject);

/*
 * Faults of the driver's own making, by their names in debugfs: the next times of them, all with
 * -1, none with 0. -ENOENT: this kernel has none.
 */
int fault_arm(const char *name, int times);

/* What leaks up to now is not ours. */
int leaks_forget(void);

/* The report of what has leaked since, as much of it as fits; "" if nothing has. */
int leaks_find(char *text, size_t size);

/* In place of CARD_TEST_MAIN. */
#define INJECT_TEST_MAIN                                                                           \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		/* Open to the end: the books of a user go with his last file, right or wrong. */  \
		card_open_or_exit();                                                               \
		if (geteuid() || inject_setup()) {                                                 \
			ksft_print_header();                                                       \
			ksft_exit_skip("needs root, and a kernel with FAILSLAB, "                  \
				       "FAIL_PAGE_ALLOC and FAULT_INJECTION_USERCOPY\n");          \
		}                                                                                  \
		leaks_forget();                                                                    \
		return test_harness_run(argc, argv);                                               \
	}

#endif
