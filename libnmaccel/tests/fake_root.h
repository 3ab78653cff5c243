/* SPDX-License-Identifier: MIT */
/* A directory that stands for / in the eyes of the drm backend (NMACCEL_SYSROOT), with cards. */
#ifndef NMACCEL_TESTS_FAKE_ROOT_H
#define NMACCEL_TESTS_FAKE_ROOT_H

/* An empty machine: a PCI bus without devices. */
void fake_root_make(void);
void fake_root_remove(void);

/* Write a file, with the directories that it lies in; the path begins with '/'. */
void fake_root_write(const char *path, const char *text);
void fake_root_delete(const char *path);

/* A device on the bus; driver NULL: none; accel < 0: no node, else N of /dev/accel/accelN. */
void fake_root_device(const char *address, const char *vendor, const char *device,
		      const char *driver, int accel);

/* A card with driver nmaccel, and its node. */
void fake_root_card(const char *address, int accel);

/* The path in the real file system; static. */
const char *fake_root_path(const char *path);

#endif /* NMACCEL_TESTS_FAKE_ROOT_H */
