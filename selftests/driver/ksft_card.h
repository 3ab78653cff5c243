/* SPDX-License-Identifier: MIT */
/*
 * Cards as sysfs shows them, and their control lines.
 *
 * Functions return 0 or -errno unless said otherwise, and print nothing.
 */
#ifndef KSFT_CARD_H
#define KSFT_CARD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Longer than anything takes, on any kernel: whoever waits for so long has found a bug. */
#define PATIENCE_S 180

#define MAX_CARDS 16

struct card {
	unsigned int index;
	char pci[16]; /* "0000:01:00.0" */
};

/* PCI functions that are cards, with or without a driver, by address. */
unsigned int card_count(void);
int card_get(unsigned int index, struct card *card);

/* NMACCEL_REQUIRE_CARD=1: a test that finds no card, or no control line, has failed. */
bool card_required(void);

/* "/dev/accel/accel0" into path; -ENOENT while no driver is bound. */
int card_node(const struct card *card, char *path, size_t size);

/* A new file of card number index: O_RDWR | O_CLOEXEC; a file descriptor or -errno. */
int card_open(unsigned int index);

/* Files of /sys/bus/pci/devices/<card>/. Reading cuts off the last newline. */
void card_path(const struct card *card, const char *name, char path[PATH_MAX]);
int card_read(const struct card *card, const char *name, char *text, size_t size);
int card_read_u64(const struct card *card, const char *name, unsigned long long *value);
int card_write(const struct card *card, const char *name, const char *text);

int card_bind(const struct card *card);
int card_unbind(const struct card *card);
int card_remove(const struct card *card); /* from the PCI bus */
int card_reset(const struct card *card);  /* a function level reset */
int card_rescan(void);			  /* of the PCI bus */

/* Wait for the node to be there, or not to be; -ETIME after PATIENCE_S. */
int card_wait_node(const struct card *card, bool there);

/*
 * Say a line to the emulated card, as docs/card.md has them: "stall engine=0 count=1". The tty of
 * each card is a word of NMACCEL_CARD_CONTROL. -ENODEV without one: then the test is to be skipped.
 * -EPROTO if the card refuses the line. The second keeps what the card said before its "ok".
 */
bool card_has_control(const struct card *card);
int card_control(const struct card *card, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int card_control_ask(const struct card *card, const char *line, char *answer, size_t size);

/* Module parameters of nmaccel. */
int module_read(const char *name, unsigned long long *value);
int module_write(const char *name, unsigned long long value);

/* Whole small files. */
int file_read(const char *path, char *text, size_t size);
int file_write(const char *path, const char *text);

#endif
