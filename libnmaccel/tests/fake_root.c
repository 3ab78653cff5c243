// SPDX-License-Identifier: MIT
#include "fake_root.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

const char *fake_root_path(const char *path)
{
	static char whole[PATH_MAX + sizeof(root)];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return whole;
}

static void make_dirs(const char *path)
{
	char dir[PATH_MAX + sizeof(root)], *slash;

	snprintf(dir, sizeof(dir), "%s", fake_root_path(path));
	for (slash = strchr(dir + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			abort();
		*slash = '/';
	}
}

void fake_root_write(const char *path, const char *text)
{
	FILE *file;

	make_dirs(path);
	file = fopen(fake_root_path(path), "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void fake_root_delete(const char *path)
{
	if (nftw(fake_root_path(path), remove_one, 8, FTW_DEPTH | FTW_PHYS))
		abort();
}

void fake_root_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%.40s/nmaccel-root-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(root))
		abort();
	make_dirs("/sys/bus/pci/devices/");
	make_dirs("/sys/bus/pci/drivers/");
	setenv("NMACCEL_SYSROOT", root, 1);
}

void fake_root_remove(void)
{
	unsetenv("NMACCEL_SYSROOT");
	fake_root_delete("");
}

static void write_in(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fake_root_write(path, text);
}

void fake_root_device(const char *address, const char *vendor, const char *device,
		      const char *driver, int accel)
{
	char dir[200], path[PATH_MAX], target[PATH_MAX], resource[13 * 58 + 1] = "";
	int i;

	snprintf(dir, sizeof(dir), "/sys/bus/pci/devices/%s", address);
	write_in(dir, "vendor", vendor);
	write_in(dir, "device", device);
	write_in(dir, "class", "0x120000\n");
	write_in(dir, "irq", "11\n");
	write_in(dir, "config", "");
	for (i = 0; i < 13; i++)
		strcat(resource, "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	write_in(dir, "resource", resource);
	if (driver) {
		snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", driver);
		fake_root_write(path, "");
		snprintf(target, sizeof(target), "../../drivers/%s", driver);
		snprintf(path, sizeof(path), "%s/driver", dir);
		if (symlink(target, fake_root_path(path)))
			abort();
	}
	if (accel < 0)
		return;
	snprintf(path, sizeof(path), "%s/accel/accel%d/dev", dir, accel);
	fake_root_write(path, "261:0\n");
	snprintf(path, sizeof(path), "/dev/accel/accel%d", accel);
	fake_root_write(path, "");
}

void fake_root_card(const char *address, int accel)
{
	fake_root_device(address, "0x10ee\n", "0x4e4d\n", "nmaccel", accel);
}
