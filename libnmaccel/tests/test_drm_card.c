// SPDX-License-Identifier: MIT
/* Finding cards, and saying why one cannot be used: machines of every kind, in a directory. */
#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "plan_util.h"

#include "drm/card.h"
#include "fake_kernel.h"
#include "fake_root.h"

#define ADDRESS	   "0000:01:00.0"
#define BY_ADDRESS "drm:0000:01:00.0"
#define RELEASE	   "6.12.9-test"

static void give_release(const char *release)
{
	fake_root_write("/proc/sys/kernel/osrelease", release);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("NMACCEL_BACKEND");
	fake_root_make();
	fake_kernel_start();
	give_release(RELEASE "\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(fake_kernel_counts().files, 0);
	fake_kernel_stop();
	fake_root_remove();
	return 0;
}

/* The i-th of all devices. */
static struct nmaccel_device_info list_one(size_t i, size_t n)
{
	struct nmaccel_device_info infos[8];
	size_t count = N_ELEMENTS(infos);

	infos[0].size = sizeof(infos[0]);
	assert_ok(nmaccel_device_list(infos, &count));
	assert_int_equal(count, n);
	return infos[i];
}

static void test_no_cards(void **state)
{
	struct nmaccel_device *dev = NULL;
	struct nmaccel_device_info info;

	(void)state;
	/* Another board of the same vendor, another device of that number. */
	fake_root_device("0000:02:00.0", "0x10ee\n", "0x7021\n", "xdma", -1);
	fake_root_device("0000:03:00.0", "0x8086\n", "0x4e4d\n", "nmaccel", 0);
	info = list_one(0, 2);
	assert_string_equal(info.name, "soft");
	assert_fails(nmaccel_device_open("drm", &dev), NMACCEL_ERR_NO_DEVICE, "soft, model");
	assert_ok(nmaccel_device_open(NULL, &dev));
	info.size = sizeof(info);
	assert_ok(nmaccel_device_query(dev, &info));
	assert_string_equal(info.notice, "");
	nmaccel_device_unref(dev);
	fake_root_delete("/sys");
	info = list_one(0, 2);
}

static void test_list(void **state)
{
	struct nmaccel_device_info info;

	(void)state;
	fake_root_card("0000:02:00.0", 0);
	fake_root_card(ADDRESS, 11);
	info = list_one(0, 4);
	assert_string_equal(info.name, "drm0");
	assert_string_equal(info.backend, "drm");
	assert_string_equal(info.address, "0000:02:00.0");
	assert_string_equal(info.node, "/dev/accel/accel0");
	assert_string_equal(info.driver, "nmaccel 1.0");
	assert_string_equal(info.notice, "");
	assert_non_null(strstr(info.description, "emulated card at 0000:02:00.0"));
	assert_int_equal(info.serial, 0x1234);
	assert_int_equal(info.board, NMACCEL_BOARD_EMULATED);
	assert_int_equal(info.engines, 2);
	assert_int_equal(info.max_descs, NMACCEL_MAX_DESCS);
	assert_true(info.memory_bytes > 0);
	info = list_one(1, 4);
	assert_string_equal(info.name, "drm11");
	assert_string_equal(list_one(2, 4).name, "soft");
}

static void test_boards(void **state)
{
	static const struct {
		uint32_t board;
		const char *name;
	} boards[] = {
		{NMACCEL_BOARD_NITEFURY, "NiteFury"},
		{NMACCEL_BOARD_ALVEO, "Alveo"},
		{77, "unknown board"},
	};
	size_t i;

	(void)state;
	fake_root_card(ADDRESS, 0);
	for (i = 0; i < N_ELEMENTS(boards); i++) {
		fake_kernel_settings()->info.board = boards[i].board;
		assert_non_null(strstr(list_one(0, 3).description, boards[i].name));
	}
}

static void test_names(void **state)
{
	static const char *const right[] = {
		"drm",
		"drm3",
		BY_ADDRESS,
		"drm:/dev/accel/accel3",
	};
	static const char *const wrong[] = {
		"drm0", "drm33", "drm:", "drm:0000:01:00.1", "drm:/dev/accel/accel0", "drm3 ",
	};
	struct nmaccel_device_info info;
	struct nmaccel_device *dev;
	size_t i;

	(void)state;
	fake_root_card(ADDRESS, 3);
	for (i = 0; i < N_ELEMENTS(right); i++) {
		assert_ok(nmaccel_device_open(right[i], &dev));
		info.size = sizeof(info);
		assert_ok(nmaccel_device_query(dev, &info));
		assert_string_equal(info.name, "drm3");
		nmaccel_device_unref(dev);
	}
	for (i = 0; i < N_ELEMENTS(wrong); i++)
		assert_fails(nmaccel_device_open(wrong[i], &dev), NMACCEL_ERR_NO_DEVICE, "drm3");
}

/* The one card is listed last, and opening it tells the same. */
static void expect_broken(enum nmaccel_status status, const char *words)
{
	struct nmaccel_device_info info = list_one(2, 3);
	struct nmaccel_device *dev = NULL;

	assert_string_equal(info.address, ADDRESS);
	assert_string_equal(list_one(0, 3).name, "soft");
	if (!strstr(info.notice, words))
		fail_msg("no '%s' in: %s", words, info.notice);
	assert_fails(nmaccel_device_open("drm", &dev), status, words);
	assert_string_equal(nmaccel_last_error(), info.notice);
	assert_fails(nmaccel_device_open(info.name, &dev), status, words);
	assert_null(dev);
	/* With none named there is still the CPU, which tells what it stands for. */
	assert_ok(nmaccel_device_open(NULL, &dev));
	info.size = sizeof(info);
	assert_ok(nmaccel_device_query(dev, &info));
	assert_string_equal(info.name, "soft");
	assert_non_null(strstr(info.notice, "in place of a device of backend drm"));
	assert_non_null(strstr(info.notice, words));
	nmaccel_device_unref(dev);
}

static void add_card(const char *driver, int accel)
{
	fake_root_device(ADDRESS, "0x10ee\n", "0x4e4d\n", driver, accel);
}

#define MODULES_DEP "/lib/modules/" RELEASE "/modules.dep"
#define CONFIG	    "/boot/config-" RELEASE

static void test_module_is_not_loaded(void **state)
{
	struct utsname system;
	char path[256];

	(void)state;
	add_card(NULL, -1);
	fake_root_write(MODULES_DEP,
			"kernel/drm.ko.xz:\nupdates/dkms/nmaccel.ko.xz: kernel/drm.ko.xz\n");
	expect_broken(NMACCEL_ERR_IO, "load it: modprobe nmaccel");
	assert_string_equal(list_one(2, 3).name, BY_ADDRESS);
	/* A container may hide the file. */
	fake_root_delete("/proc/sys");
	assert_int_equal(uname(&system), 0);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", system.release);
	fake_root_write(path, "updates/dkms/nmaccel.ko.xz:\n");
	expect_broken(NMACCEL_ERR_IO, "load it: modprobe nmaccel");
}

static void test_module_is_not_built(void **state)
{
	(void)state;
	add_card(NULL, -1);
	expect_broken(NMACCEL_ERR_IO, "dkms install nmaccel/1.0.0 -k " RELEASE " ");
	fake_root_write(MODULES_DEP, "kernel/drm.ko.xz:\n");
	expect_broken(NMACCEL_ERR_IO, "dkms install nmaccel/");
}

/* What dkms.conf says of a name; static. */
static char *read_dkms(const char *name)
{
	static char line[512];
	FILE *file = fopen("dkms.conf", "r");
	size_t len = strlen(name);
	char *value = NULL;

	if (!file)
		fail_msg("dkms.conf is not here; run the tests in the top directory");
	while (!value && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == '=')
			value = line + len + 2;
	fclose(file);
	assert_non_null(value);
	value[strcspn(value, "\"")] = '\0';
	return value;
}

static void test_kernel_is_too_old(void **state)
{
	static const char *const old[] = {"6.11.99-x", "5.15.0-1-amd64", "6.9"};
	static const char *const good[] = {"6.12", "6.13.1", "7.0.0-rc1", "strange"};
	size_t i;

	(void)state;
	add_card(NULL, -1);
	for (i = 0; i < N_ELEMENTS(old); i++) {
		give_release(old[i]);
		expect_broken(NMACCEL_ERR_IO, "boot 6.12 or later");
	}
	for (i = 0; i < N_ELEMENTS(good); i++) {
		give_release(good[i]);
		expect_broken(NMACCEL_ERR_IO, "dkms install nmaccel/");
	}
	assert_string_equal(read_dkms("BUILD_EXCLUSIVE_KERNEL_MIN"), "6.12");
	/* One for which the module was built all the same. */
	give_release("6.1.0");
	fake_root_write("/lib/modules/6.1.0/modules.dep", "extra/nmaccel.ko:\n");
	expect_broken(NMACCEL_ERR_IO, "modprobe nmaccel");
}

/* A kernel that has all options of the list but one. */
static void write_config(const char *list, const char *missing)
{
	char copy[512], text[1024] = "CONFIG_DRM=m\n", *word, *rest = NULL;
	size_t used = strlen(text);

	snprintf(copy, sizeof(copy), "%s", list);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 strcmp(word, missing) ? "%s=m\n" : "# %s is not set\n",
					 word);
	fake_root_write(CONFIG, text);
}

static void test_kernel_lacks_options(void **state)
{
	char *list = read_dkms("BUILD_EXCLUSIVE_CONFIG"), copy[512], words[80], *option;
	char *rest = NULL;
	uint32_t n = 0;

	(void)state;
	add_card(NULL, -1);
	write_config(list, "");
	expect_broken(NMACCEL_ERR_IO, "dkms install nmaccel/");
	snprintf(copy, sizeof(copy), "%s", list);
	for (option = strtok_r(copy, " ", &rest); option; option = strtok_r(NULL, " ", &rest)) {
		write_config(list, option);
		snprintf(words, sizeof(words), "a kernel with %s, which " RELEASE " has not",
			 option);
		expect_broken(NMACCEL_ERR_IO, words);
		n++;
	}
	assert_true(n >= 2);
	/* A kernel whose module is there has them. */
	fake_root_write(MODULES_DEP, "extra/nmaccel.ko:\n");
	expect_broken(NMACCEL_ERR_IO, "modprobe nmaccel");
}

#define TAKEN "6,344,5140905,-;nmaccel 0000:01:00.0: [drm] 2 engines of 8 x 256 x 64\n"
#define BROKEN                                                                                     \
	"3,345,5140906,-;nmaccel 0000:01:00.0: [drm] *ERROR* the card page says lanes 0, which "   \
	"is not within 4 to 32; its bitstream is broken\n"

static void test_driver_refused(void **state)
{
	(void)state;
	add_card(NULL, -1);
	fake_root_write("/sys/bus/pci/drivers/nmaccel/bind", "");
	expect_broken(NMACCEL_ERR_IO, "sudo dmesg | grep nmaccel");
	expect_broken(NMACCEL_ERR_IO, "bitstream");
	fake_root_write("/dev/kmsg",
			"6,339,5140900,-;nmaccel 0000:01:00.0: enabling device\n"
			"3,340,5140901,-;nmaccel 0000:01:00.0: [drm] *ERROR* an older one\n"
			"3,341,5140902,-;nmaccel 0000:01:00.0: [drm] *ERROR* the card speaks "
			"contract version 2.0, this driver 1.x; update the driver\n"
			" SUBSYSTEM=pci\n"
			"4,342,5140903,-;nmaccel 0000:01:00.0: probe with driver nmaccel failed\n"
			"3,343,5140904,-;nmaccel 0000:02:00.0: [drm] *ERROR* another card\n");
	expect_broken(NMACCEL_ERR_VERSION, "it says: the card speaks contract version 2.0");
	expect_broken(NMACCEL_ERR_VERSION, "echo " ADDRESS " > /sys/bus/pci/drivers/nmaccel/bind");
	/* What was cured is no reason any more. */
	fake_root_write("/dev/kmsg", BROKEN TAKEN);
	expect_broken(NMACCEL_ERR_IO, "it was unbound");
	fake_root_write("/dev/kmsg", TAKEN BROKEN);
	expect_broken(NMACCEL_ERR_IO, "it says: the card page says lanes 0");
}

/* However much the driver says, the cure is not cut off. */
static void test_long_reason(void **state)
{
	char text[600] = "3,1,1,-;nmaccel 0000:01:00.0: [drm] *ERROR* ";
	size_t used = strlen(text);

	(void)state;
	memset(text + used, 'x', sizeof(text) - 1 - used);
	add_card(NULL, -1);
	fake_root_write("/sys/bus/pci/drivers/nmaccel/bind", "");
	fake_root_write("/dev/kmsg", text);
	expect_broken(NMACCEL_ERR_IO, " > /sys/bus/pci/drivers/nmaccel/bind");
}

static void test_other_driver(void **state)
{
	(void)state;
	add_card("vfio-pci", -1);
	expect_broken(NMACCEL_ERR_IO, "driver vfio-pci has it");
	expect_broken(NMACCEL_ERR_IO,
		      "modprobe nmaccel && cd /sys/bus/pci && echo > devices/" ADDRESS
		      "/driver_override && echo " ADDRESS
		      " > drivers/vfio-pci/unbind && echo " ADDRESS " > drivers/nmaccel/bind");
	assert_string_equal(list_one(2, 3).driver, "vfio-pci");
	fake_root_write("/sys/bus/pci/drivers/nmaccel/bind", "");
	expect_broken(NMACCEL_ERR_IO, "as root: cd /sys/bus/pci");
}

static void test_no_node(void **state)
{
	(void)state;
	add_card("nmaccel", -1);
	expect_broken(NMACCEL_ERR_IO, "no accel node");
}

static void test_no_file(void **state)
{
	(void)state;
	add_card("nmaccel", 0);
	fake_root_delete("/dev/accel/accel0");
	expect_broken(NMACCEL_ERR_IO, "--device /dev/accel/accel0");
}

static void give_node(mode_t mode, gid_t group)
{
	const char *path = fake_root_path("/dev/accel/accel0");

	assert_int_equal(chmod(path, mode), 0);
	if (chown(path, (uid_t)-1, group))
		skip();
}

static void test_permission(void **state)
{
	const struct group *entry;
	char words[80];
	gid_t group;

	(void)state;
	add_card("nmaccel", 0);
	fake_kernel_settings()->open_error = EACCES;
	give_node(0600, getegid());
	expect_broken(NMACCEL_ERR_PERMISSION, "for its owner");
	expect_broken(NMACCEL_ERR_PERMISSION,
		      "echo 'SUBSYSTEM==\"accel\", KERNEL==\"accel*\", GROUP=\"render\", "
		      "MODE=\"0660\"' > /etc/udev/rules.d/70-nmaccel.rules && udevadm control "
		      "--reload && udevadm trigger -s accel");
	fake_kernel_settings()->open_error = EPERM;
	if (getegid()) {
		give_node(0660, getegid());
		expect_broken(NMACCEL_ERR_PERMISSION, "to which you belong");
	}
	/* Groups of others can only be given by root. */
	give_node(0660, 0);
	expect_broken(NMACCEL_ERR_PERMISSION, "its owner and group root alone; let udev");
	entry = getgrnam("daemon");
	group = entry ? entry->gr_gid : 1;
	give_node(0660, group);
	expect_broken(NMACCEL_ERR_PERMISSION, "log in again");
	snprintf(words, sizeof(words), "usermod -aG %s", entry ? "daemon" : "1");
	expect_broken(NMACCEL_ERR_PERMISSION, words);
	give_node(0660, 4567890);
	expect_broken(NMACCEL_ERR_PERMISSION, "usermod -aG 4567890");
}

static void test_open_errors(void **state)
{
	(void)state;
	add_card("nmaccel", 0);
	fake_kernel_settings()->open_error = ENXIO;
	expect_broken(NMACCEL_ERR_DEVICE_LOST, "the card is gone");
	fake_kernel_settings()->open_error = EMFILE;
	expect_broken(NMACCEL_ERR_NO_MEMORY, "ulimit -n");
	fake_kernel_settings()->open_error = EBUSY;
	expect_broken(NMACCEL_ERR_IO, "busy");
}

static void test_lost(void **state)
{
	(void)state;
	add_card("nmaccel", 0);
	fake_root_write("/sys/bus/pci/devices/" ADDRESS "/state", "ok\n");
	assert_string_equal(list_one(0, 3).notice, "");
	fake_root_write("/sys/bus/pci/devices/" ADDRESS "/state", "lost\n");
	expect_broken(NMACCEL_ERR_DEVICE_LOST,
		      "as root: cd /sys/bus/pci && echo " ADDRESS
		      " > drivers/nmaccel/unbind; echo 1 > devices/" ADDRESS "/reset; echo " ADDRESS
		      " > drivers/nmaccel/bind");
	fake_root_write("/sys/bus/pci/devices/" ADDRESS "/state", "");
	assert_string_equal(list_one(0, 3).notice, "");
}

static void test_foreign_driver(void **state)
{
	(void)state;
	add_card("nmaccel", 0);
	fake_kernel_settings()->driver = "a driver whose name is rather long";
	expect_broken(NMACCEL_ERR_IO, "belongs to driver \"a driver whose name is rather l\"");
	fake_kernel_settings()->driver = "ivpu";
	expect_broken(NMACCEL_ERR_IO, "belongs to driver \"ivpu\"");
}

static void test_versions(void **state)
{
	struct fake_settings *settings = fake_kernel_settings();

	(void)state;
	add_card("nmaccel", 0);
	settings->major = 2;
	expect_broken(NMACCEL_ERR_VERSION, "update the library");
	settings->major = 0;
	expect_broken(NMACCEL_ERR_VERSION, "update the nmaccel module");
	settings->major = 1;
	settings->minor = 99;
	assert_string_equal(list_one(0, 3).driver, "nmaccel 1.99");
	settings->info.contract_version = 2 << 16;
	expect_broken(NMACCEL_ERR_VERSION, "update the library");
	settings->info.contract_version = 7;
	expect_broken(NMACCEL_ERR_VERSION, "the card speaks contract version 0.7");
	settings->info.contract_version = 1 << 16 | 9;
	assert_string_equal(list_one(0, 3).notice, "");
	settings->query_size = 8;
	expect_broken(NMACCEL_ERR_VERSION, "8 bytes about its card");
}

/* The numbers that the kernel gives are not taken on trust. */
static void test_wrong_numbers(void **state)
{
#define FIELD(name) offsetof(struct drm_nmaccel_dev_info, name)
	static const struct {
		size_t offset;
		uint32_t value;
		enum nmaccel_status status;
		const char *words;
	} cases[] = {
		{FIELD(engines), 0, NMACCEL_ERR_VERSION, "engines 0"},
		{FIELD(engines), 16, NMACCEL_ERR_VERSION, "engines 16"},
		{FIELD(lanes), 0, NMACCEL_ERR_VERSION, "lanes 0"},
		{FIELD(lanes), 64, NMACCEL_ERR_VERSION, "lanes 64"},
		{FIELD(lanes), 12, NMACCEL_ERR_UNSUPPORTED, "12 lanes"},
		{FIELD(block_rows), 127, NMACCEL_ERR_VERSION, "block_rows 127"},
		{FIELD(block_rows), 257, NMACCEL_ERR_VERSION, "block_rows 257"},
		{FIELD(block_rows), 200, NMACCEL_ERR_UNSUPPORTED, "200"},
		{FIELD(columns), 0, NMACCEL_ERR_VERSION, "columns 0"},
		{FIELD(columns), UINT32_MAX, NMACCEL_ERR_VERSION, "columns 4294967295"},
		{FIELD(max_descs), 0, NMACCEL_ERR_VERSION, "max_descs"},
		{FIELD(max_descs), 65537, NMACCEL_ERR_VERSION, "max_descs"},
		{FIELD(max_buffers), 0, NMACCEL_ERR_VERSION, "max_buffers"},
		{FIELD(max_buffers), 257, NMACCEL_ERR_VERSION, "max_buffers"},
		{FIELD(max_rows), 0, NMACCEL_ERR_VERSION, "max_rows"},
		{FIELD(max_channels), 65537, NMACCEL_ERR_VERSION, "max_channels"},
		{FIELD(max_pixels), 0x40000001, NMACCEL_ERR_VERSION, "max_pixels"},
		{FIELD(max_kernel), 256, NMACCEL_ERR_VERSION, "max_kernel"},
	};
#undef FIELD
	struct drm_nmaccel_dev_info good = fake_kernel_settings()->info;
	size_t i;

	(void)state;
	add_card("nmaccel", 0);
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_kernel_settings()->info = good;
		memcpy((char *)&fake_kernel_settings()->info + cases[i].offset, &cases[i].value,
		       sizeof(cases[i].value));
		expect_broken(cases[i].status, cases[i].words);
	}
}

static void test_errors_of_opening(void **state)
{
	static const unsigned long requests[] = {DRM_IOCTL_VERSION, DRM_IOCTL_NMACCEL_DEV_QUERY,
						 DRM_IOCTL_SYNCOBJ_CREATE,
						 DRM_IOCTL_NMACCEL_CTX_CREATE};
	static const struct {
		int err;
		enum nmaccel_status status;
	} errors[] = {
		{ENODEV, NMACCEL_ERR_DEVICE_LOST}, {ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{EACCES, NMACCEL_ERR_PERMISSION},  {ENOTTY, NMACCEL_ERR_VERSION},
		{EINVAL, NMACCEL_ERR_INTERNAL},	   {EFAULT, NMACCEL_ERR_IO},
	};
	struct nmaccel_device *dev;
	size_t i, j;

	(void)state;
	add_card("nmaccel", 0);
	for (i = 0; i < N_ELEMENTS(requests); i++) {
		for (j = 0; j < N_ELEMENTS(errors); j++) {
			fake_kernel_fail(requests[i], errors[j].err, 0, 1);
			assert_status(nmaccel_device_open("drm0", &dev), errors[j].status);
		}
		fake_kernel_fail(requests[i], EINTR, 0, 3);
		assert_ok(nmaccel_device_open("drm0", &dev));
		nmaccel_device_unref(dev);
	}
	assert_int_equal(fake_kernel_counts().ctxs, 0);
	assert_int_equal(fake_kernel_counts().syncobjs, 0);
}

/* The second card does, and tells about the first. */
static void test_next_card(void **state)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_device *dev;

	(void)state;
	fake_root_card("0000:02:00.0", 5);
	fake_root_card(ADDRESS, 4);
	fake_root_write("/sys/bus/pci/devices/" ADDRESS "/state", "lost\n");
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_ok(nmaccel_device_query(dev, &info));
	assert_string_equal(info.name, "drm5");
	assert_non_null(strstr(info.notice, ADDRESS " does not answer"));
	nmaccel_device_unref(dev);
	assert_string_equal(list_one(3, 4).name, "drm4");
}

/* It hides cards, and nothing else. */
static void test_bus_that_cannot_be_read(void **state)
{
	static const char *const others[] = {"soft", "model"};
	static const char *const cards_names[] = {"drm", "drm0", BY_ADDRESS};
	struct nmaccel_device *dev = NULL;
	struct nmaccel_card *cards;
	size_t n, i;

	(void)state;
	add_card("nmaccel", 0);
	fake_root_delete("/sys/bus/pci/devices");
	assert_fails(nmaccel_card_find(&cards, &n), NMACCEL_ERR_IO, "PCI bus cannot be read");
	assert_string_equal(list_one(0, 3).name, "soft");
	assert_string_equal(list_one(2, 3).name, "drm");
	assert_non_null(strstr(list_one(2, 3).notice, "PCI bus cannot be read"));
	for (i = 0; i < N_ELEMENTS(others); i++) {
		assert_ok(nmaccel_device_open(others[i], &dev));
		nmaccel_device_unref(dev);
	}
	for (i = 0; i < N_ELEMENTS(cards_names); i++)
		assert_fails(nmaccel_device_open(cards_names[i], &dev), NMACCEL_ERR_IO,
			     "PCI bus cannot be read");
	assert_fails(nmaccel_device_open("other", &dev), NMACCEL_ERR_NO_DEVICE, "soft, model");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_no_cards),
		T(test_list),
		T(test_boards),
		T(test_names),
		T(test_module_is_not_loaded),
		T(test_module_is_not_built),
		T(test_kernel_is_too_old),
		T(test_kernel_lacks_options),
		T(test_driver_refused),
		T(test_long_reason),
		T(test_other_driver),
		T(test_no_node),
		T(test_no_file),
		T(test_permission),
		T(test_open_errors),
		T(test_lost),
		T(test_foreign_driver),
		T(test_versions),
		T(test_wrong_numbers),
		T(test_errors_of_opening),
		T(test_next_card),
		T(test_bus_that_cannot_be_read),
	};

	return cmocka_run_group_tests_name("drm card", tests, NULL, NULL);
}
