// SPDX-License-Identifier: MIT
/* Why a card that is there cannot be used, and what to do about it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "drm/card.h"
#include "drm/sys.h"
#include "error.h"

#define MODULE "nmaccel"

#define LOG_TEXT 240

/* What dkms.conf demands of a kernel. */
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 12
static const char *const needed_options[] = {
	"CONFIG_DRM_ACCEL", "CONFIG_DRM_SCHED", "CONFIG_DRM_GEM_SHMEM_HELPER",
	"CONFIG_DRM_EXEC",  "CONFIG_PCI_MSI",
};

/* ---- what the system tells ------------------------------------------------------------------- */

static bool exists(const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", nmaccel_drm_root(), path);
	return !access(whole, F_OK);
}

/* Does a line of the file hold the text? */
static bool file_mentions(const char *path, const char *text)
{
	char whole[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", nmaccel_drm_root(), path);
	file = fopen(whole, "re");
	while (file && !found && getline(&line, &room, file) >= 0)
		found = strstr(line, text) != NULL;
	free(line);
	if (file)
		fclose(file);
	return found;
}

static bool module_is_built(const char *release)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	return file_mentions(path, "/" MODULE ".ko");
}

/* An option that the driver needs and the kernel lacks; NULL too if no configuration is there. */
static const char *lacking_option(const char *release)
{
	char boot[PATH_MAX], modules[PATH_MAX], set[64];
	size_t i;

	snprintf(boot, sizeof(boot), "/boot/config-%s", release);
	snprintf(modules, sizeof(modules), "/lib/modules/%s/config", release);
	if (!exists(boot) && !exists(modules))
		return NULL;
	for (i = 0; i < sizeof(needed_options) / sizeof(needed_options[0]); i++) {
		snprintf(set, sizeof(set), "%s=", needed_options[i]);
		if (!file_mentions(boot, set) && !file_mentions(modules, set))
			return needed_options[i];
	}
	return NULL;
}

static bool is_too_old(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR);
}

/* The running kernel's, as /proc tells it, which tests can replace; else as uname() does. */
static void read_release(char *release, size_t len)
{
	struct utsname system = {.release = ""};
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/sys/kernel/osrelease", nmaccel_drm_root());
	file = fopen(path, "re");
	if (!file || !fgets(release, (int)len, file)) {
		(void)uname(&system);
		snprintf(release, len, "%s", system.release);
	}
	if (file)
		fclose(file);
	release[strcspn(release, "\n")] = '\0';
}

/*
 * Keep the text of the last error in records of /dev/kmsg, "3,340,51,-;nmaccel 0000:01:00.0: [drm]
 * *ERROR* why". What follows on it only says that probing has failed. Once the driver has taken the
 * card and tells its engines, what was before is no reason any more.
 */
static void keep_error(char *records, const char *wanted, char *text, size_t len)
{
	char *line, *rest = NULL, *error;

	for (line = strtok_r(records, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strstr(line, wanted))
			continue;
		error = strstr(line, "*ERROR* ");
		if (error)
			snprintf(text, len, "%s", error + strlen("*ERROR* "));
		else if (strstr(line, " engines of "))
			text[0] = '\0';
	}
}

/* The driver's last error with the card in the kernel's log, if this user may read it. */
static bool read_log(const struct nmaccel_card *card, char *text, size_t len)
{
	char path[PATH_MAX], record[8192], wanted[64];
	ssize_t n;
	int fd;

	text[0] = '\0';
	snprintf(path, sizeof(path), "%s/dev/kmsg", nmaccel_drm_root());
	snprintf(wanted, sizeof(wanted), MODULE " %s: ", card->address);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* EPIPE: records were overwritten meanwhile; the next read goes on behind them. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = '\0';
		keep_error(record, wanted, text, len);
	}
	close(fd);
	return text[0] != '\0';
}

/* ---- a card without a node ------------------------------------------------------------------- */

static enum nmaccel_status explain_no_module(const struct nmaccel_card *card)
{
	const char *option;
	char release[65];

	read_release(release, sizeof(release));
	if (module_is_built(release))
		return nmaccel_error(NMACCEL_ERR_IO,
				     "card %s: its driver is not loaded; load it: modprobe " MODULE,
				     card->address);
	if (is_too_old(release))
		return nmaccel_error(NMACCEL_ERR_IO,
				     "card %s: its driver needs Linux %d.%d or later, and this is "
				     "%s; boot %d.%d or later, such as Debian 13's",
				     card->address, KERNEL_MAJOR, KERNEL_MINOR, release,
				     KERNEL_MAJOR, KERNEL_MINOR);
	option = lacking_option(release);
	if (option)
		return nmaccel_error(NMACCEL_ERR_IO,
				     "card %s: its driver needs a kernel with %s, which %s has "
				     "not; boot another, such as Debian's 6.12",
				     card->address, option, release);
	return nmaccel_error(NMACCEL_ERR_IO,
			     "card %s: there is no module " MODULE " for kernel %s; build and "
			     "load it: dkms install " MODULE "/1.0.0 -k %s && modprobe " MODULE
			     " (docs/driver.md)",
			     card->address, release, release);
}

/* A driver that has been cured or changed since looks at the card again when it is bound. */
#define BIND_HINT "as root: echo %s > /sys/bus/pci/drivers/" MODULE "/bind"

static enum nmaccel_status explain_not_taken(const struct nmaccel_card *card)
{
	char text[LOG_TEXT];

	if (read_log(card, text, sizeof(text)))
		return nmaccel_error(
			strstr(text, "contract version") ? NMACCEL_ERR_VERSION : NMACCEL_ERR_IO,
			"card %s: the driver is loaded and has not taken it; it says: %s. When "
			"that is cured, " BIND_HINT,
			card->address, text, card->address);
	return nmaccel_error(
		NMACCEL_ERR_IO,
		"card %s: the driver is loaded and has not taken it: it was unbound, it does not "
		"answer, or its bitstream is missing, broken or of another contract version; `sudo "
		"dmesg | grep " MODULE "` tells which. When that is cured, " BIND_HINT,
		card->address, card->address);
}

enum nmaccel_status nmaccel_card_explain(const struct nmaccel_card *card)
{
	bool loaded = exists("/sys/bus/pci/drivers/" MODULE);

	if (!card->driver[0])
		return loaded ? explain_not_taken(card) : explain_no_module(card);
	/* driver_override keeps a card for the driver that it names. */
	if (strcmp(card->driver, MODULE))
		return nmaccel_error(NMACCEL_ERR_IO,
				     "card %s: driver %s has it; give it back, as root: %scd "
				     "/sys/bus/pci && echo > devices/%s/driver_override && echo %s "
				     "> drivers/%s/unbind && echo %s > drivers/" MODULE "/bind",
				     card->address, card->driver,
				     loaded ? "" : "modprobe " MODULE " && ", card->address,
				     card->address, card->driver, card->address);
	return nmaccel_error(
		NMACCEL_ERR_IO,
		"card %s: its driver has made no accel node; `sudo dmesg | grep " MODULE
		"` tells why",
		card->address);
}

/* ---- a node that does not open --------------------------------------------------------------- */

static bool is_member(gid_t group)
{
	gid_t *groups;
	int n, i;
	bool found = getegid() == group;

	n = getgroups(0, NULL);
	groups = n > 0 ? calloc((size_t)n, sizeof(*groups)) : NULL;
	n = groups ? getgroups(n, groups) : 0;
	for (i = 0; i < n; i++)
		found = found || groups[i] == group;
	free(groups);
	return found;
}

static void name_group(gid_t group, char *name, size_t len)
{
	char buffer[4096];
	struct group entry, *found = NULL;

	if (!getgrgid_r(group, &entry, buffer, sizeof(buffer), &found) && found)
		snprintf(name, len, "%.32s", entry.gr_name);
	else
		snprintf(name, len, "%lu", (unsigned long)group);
}

static enum nmaccel_status explain_permission(const struct nmaccel_card *card, const char *path)
{
	const unsigned int group_rw = S_IRGRP | S_IWGRP;
	char group[40];
	struct stat st;

	if (stat(path, &st))
		return nmaccel_error(NMACCEL_ERR_PERMISSION, "%s: %s", card->node, strerror(errno));
	name_group(st.st_gid, group, sizeof(group));
	/* Nobody is to be made a member of root's own group. */
	if ((st.st_mode & group_rw) != group_rw || st.st_gid == 0)
		return nmaccel_error(
			NMACCEL_ERR_PERMISSION,
			"%s is for its owner%s alone; let udev give it to group render, as root: "
			"echo 'SUBSYSTEM==\"accel\", KERNEL==\"accel*\", GROUP=\"render\", "
			"MODE=\"0660\"' > /etc/udev/rules.d/70-nmaccel.rules && udevadm control "
			"--reload && udevadm trigger -s accel; then join it: usermod -a -G render "
			"USER, and log in again",
			card->node, st.st_gid == 0 ? " and group root" : "");
	if (is_member(st.st_gid))
		return nmaccel_error(
			NMACCEL_ERR_PERMISSION,
			"%s is for group %s, to which you belong; a container's device "
			"rules or a security module must forbid it",
			card->node, group);
	return nmaccel_error(NMACCEL_ERR_PERMISSION,
			     "%s is for group %s, to which you do not belong: sudo usermod -aG %s "
			     "$USER, then log in again",
			     card->node, group, group);
}

enum nmaccel_status nmaccel_card_explain_open(const struct nmaccel_card *card, int err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", nmaccel_drm_root(), card->node);
	switch (err) {
	case EACCES:
	case EPERM:
		return explain_permission(card, path);
	case ENOENT:
		return nmaccel_error(NMACCEL_ERR_IO,
				     "card %s: the kernel has %s, but there is no such file; start "
				     "udev, or hand it to the container: --device %s",
				     card->address, card->node, card->node);
	default:
		return nmaccel_drm_error(err, card->node);
	}
}

enum nmaccel_status nmaccel_card_explain_lost(const struct nmaccel_card *card)
{
	return nmaccel_error(
		NMACCEL_ERR_DEVICE_LOST,
		"card %s does not answer any more, and its driver has given it up; unbind, reset "
		"and bind it, as root: cd /sys/bus/pci && echo %s > drivers/" MODULE
		"/unbind; echo 1 > devices/%s/reset; echo %s > drivers/" MODULE
		"/bind. If that fails, power-cycle it",
		card->address, card->address, card->address, card->address);
}
