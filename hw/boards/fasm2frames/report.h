/* SPDX-License-Identifier: MIT */
/* Messages, and allocations that end the program when there is no memory. */
#ifndef FASM2FRAMES_REPORT_H
#define FASM2FRAMES_REPORT_H

#include <stddef.h>
#include <stdio.h>

/* Say what is wrong and end the program with status 1. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Zeroed memory for count elements. */
void *zalloc(size_t count, size_t size);

/* Room for one more element in an array of *count, whose room is *capacity. */
void *grow(void *array, size_t count, size_t *capacity, size_t size);

char *copy_text(const char *text);

/* A text made by printf's rules. */
char *make_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Open for reading, or end the program. */
FILE *open_file(const char *path);

#endif /* FASM2FRAMES_REPORT_H */
