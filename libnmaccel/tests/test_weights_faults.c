// SPDX-License-Identifier: MIT
/*
 * Weights and containers when memory runs out or the system refuses, at each call in turn. Linked
 * with --wrap: the calls of the library come here first.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weights_util.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
char *__real_strndup(const char *text, size_t n);
void *__real_mmap(void *addr, size_t bytes, int prot, int flags, int fd, off_t offset);
ssize_t __real_write(int fd, const void *data, size_t bytes);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
int __real_fstat(int fd, struct stat *st);

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
char *__wrap_strndup(const char *text, size_t n);
void *__wrap_mmap(void *addr, size_t bytes, int prot, int flags, int fd, off_t offset);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_fstat(int fd, struct stat *st);

/* Calls until one fails; 0: none does. */
static uint32_t countdown;
static uint32_t writes;

static char directory[64];
static char path[128];

static int due(int error)
{
	if (!countdown || --countdown)
		return 0;
	errno = error;
	return 1;
}

void *__wrap_malloc(size_t bytes)
{
	return due(ENOMEM) ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return due(ENOMEM) ? NULL : __real_calloc(count, bytes);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
	return due(ENOMEM) ? NULL : __real_aligned_alloc(align, bytes);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return due(ENOMEM) ? NULL : __real_strndup(text, n);
}

void *__wrap_mmap(void *addr, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return due(ENOMEM) ? MAP_FAILED : __real_mmap(addr, bytes, prot, flags, fd, offset);
}

/* Half of what is asked for, and a signal now and then. */
ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	if (due(ENOSPC))
		return -1;
	if (++writes % 3 == 0) {
		errno = EINTR;
		return -1;
	}
	return __real_write(fd, data, bytes - bytes / 2);
}

int __wrap_fsync(int fd)
{
	return due(EIO) ? -1 : __real_fsync(fd);
}

/* Network file systems tell here that the disk was full; the descriptor is gone all the same. */
int __wrap_close(int fd)
{
	int result = __real_close(fd);

	return due(ENOSPC) ? -1 : result;
}

int __wrap_rename(const char *from, const char *to)
{
	return due(EACCES) ? -1 : __real_rename(from, to);
}

int __wrap_fstat(int fd, struct stat *st)
{
	return due(EIO) ? -1 : __real_fstat(fd, st);
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/nmaccel-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/w.nmw", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

/* 20 x 150 floats, at most 2 of 256 a group, in panels of 8 rows. */
static enum nmaccel_status pack(struct nmaccel_weights **w)
{
	struct nmaccel_pack_options o = {
		.size = sizeof(o), .pattern = {NMACCEL_PATTERN_NM, 2, 256}, .panel_rows = 8};
	static float data[20 * 150];
	struct nmaccel_weight_view view;
	int i;

	for (i = 0; i < 20; i++)
		data[i * 150 + i] = data[i * 150 + 149 - i] = (float)(i - 30);
	assert_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32, data,
					   20, 150, 1, 1));
	return nmaccel_weights_pack(&view, &o, w);
}

static struct nmaccel_weights *packed(void)
{
	struct nmaccel_weights *w;

	assert_ok(pack(&w));
	return w;
}

/* What is left untouched by a failure. */
static void *const untouched = (void *)(uintptr_t)0x55;

static enum nmaccel_status try_pack(void *unused)
{
	struct nmaccel_weights *w = untouched;
	enum nmaccel_status status = pack(&w);

	(void)unused;
	if (status)
		assert_ptr_equal(w, untouched);
	else
		nmaccel_weights_unref(w);
	return status;
}

static enum nmaccel_status try_repack(void *weights)
{
	struct nmaccel_weights *w = untouched;
	enum nmaccel_status status = nmaccel_weights_repack(weights, 4, 256, 5, &w);

	if (status)
		assert_ptr_equal(w, untouched);
	else
		nmaccel_weights_unref(w);
	return status;
}

static int files_in_directory(void)
{
	DIR *dir = opendir(directory);
	int count = -2;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* The file is there wholly, or not at all and nothing else is. */
static enum nmaccel_status try_save(void *weights)
{
	const struct nmaccel_weights *const all[] = {weights};
	const char *const names[] = {"w"};
	struct nmaccel_nmw *nmw;
	enum nmaccel_status status;

	/* Each time the same calls in the same order. */
	writes = 0;
	status = nmaccel_nmw_save(path, names, all, 1);
	countdown = 0;
	if (status && !strstr(nmaccel_last_error(), "it is written")) {
		assert_int_equal(files_in_directory(), 0);
		return status;
	}
	assert_int_equal(files_in_directory(), 1);
	if (nmaccel_nmw_open(path, &nmw))
		fail_msg("%s", nmaccel_last_error());
	nmaccel_nmw_unref(nmw);
	unlink(path);
	return status;
}

static enum nmaccel_status try_open(void *unused)
{
	struct nmaccel_nmw *nmw = untouched;
	enum nmaccel_status status = nmaccel_nmw_open(path, &nmw);

	(void)unused;
	if (status)
		assert_ptr_equal(nmw, untouched);
	else
		nmaccel_nmw_unref(nmw);
	return status;
}

static enum nmaccel_status try_open_memory(void *unused)
{
	struct nmaccel_nmw *nmw = untouched;
	enum nmaccel_status status;
	static uint8_t data[8192];
	FILE *in = fopen(path, "rb");
	size_t bytes;

	(void)unused;
	assert_non_null(in);
	bytes = fread(data, 1, sizeof(data), in);
	fclose(in);
	assert_in_range(bytes, 1, sizeof(data) - 1);
	status = nmaccel_nmw_open_memory(data, bytes, &nmw);
	if (status)
		assert_ptr_equal(nmw, untouched);
	else
		nmaccel_nmw_unref(nmw);
	return status;
}

/*
 * Fail the first call, then the second, and so on until none is left; each failure must be one of
 * memory or of input and output, with words. Some calls may fail unnoticed: close after reading.
 */
static void fail_each(enum nmaccel_status (*try)(void *), void *argument, uint32_t at_least)
{
	enum nmaccel_status status;
	uint32_t n, failures = 0;
	int was_due;

	for (n = 1;; n++) {
		countdown = n;
		status = try(argument);
		was_due = !countdown;
		countdown = 0;
		if (!status && (!was_due || n > 1000))
			break;
		if (!status)
			continue;
		failures++;
		if (status != NMACCEL_ERR_NO_MEMORY && status != NMACCEL_ERR_IO)
			fail_msg("call %u: %s: %s", n, nmaccel_status_name(status),
				 nmaccel_last_error());
		assert_true(strlen(nmaccel_last_error()) > 10);
	}
	assert_in_range(failures, at_least, 1000);
}

static void test_pack(void **state)
{
	(void)state;
	/* Object, panels, scales, sums, dense; stream and pattern's cells of three panels. */
	fail_each(try_pack, NULL, 11);
}

static void test_repack(void **state)
{
	struct nmaccel_weights *w = packed();

	(void)state;
	fail_each(try_repack, w, 14);
	nmaccel_weights_unref(w);
}

/* No failure may go unnoticed here but that of the last call, which closes the directory. */
static void test_save(void **state)
{
	struct nmaccel_weights *w = packed();
	enum nmaccel_status status;
	uint32_t n, renames = 0;

	(void)state;
	for (n = 1; n < 1000; n++) {
		countdown = n;
		status = try_save(w);
		if (!status)
			break;
		renames += strstr(nmaccel_last_error(), "Permission denied") != NULL;
		assert_true(status == NMACCEL_ERR_NO_MEMORY || status == NMACCEL_ERR_IO);
	}
	/* Names, path and table, some 20 writes, two syncs, close and rename. */
	assert_in_range(n, 20, 999);
	assert_int_equal(renames, 1);
	nmaccel_weights_unref(w);
}

static void test_open(void **state)
{
	struct nmaccel_weights *w = packed();
	const struct nmaccel_weights *const all[] = {w};
	const char *const names[] = {"w"};

	(void)state;
	assert_ok(nmaccel_nmw_save(path, names, all, 1));
	fail_each(try_open, NULL, 8);
	fail_each(try_open_memory, NULL, 8);
	nmaccel_weights_unref(w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		TEST(test_pack),
		TEST(test_repack),
		TEST(test_save),
		TEST(test_open),
	};

	return cmocka_run_group_tests_name("weights faults", tests, NULL, NULL);
}
