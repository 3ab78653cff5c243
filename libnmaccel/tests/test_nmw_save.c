// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "nmw_case.h"

/* What was loaded is saved again, over the file that it is mapped from, to the same bytes. */
static void test_save_over_itself(void **state)
{
	struct nmaccel_weights *w;
	struct nmaccel_nmw *nmw;
	const char *name = "fc";
	struct file a, b;

	(void)state;
	example_file(&a);
	assert_ok(nmaccel_nmw_open(path, &nmw));
	assert_ok(nmaccel_nmw_find(nmw, "fc", &w));
	nmaccel_nmw_unref(nmw);
	save(&name, &w, 1);
	read_file(path, &b);
	assert_int_equal(a.bytes, b.bytes);
	assert_memory_equal(a.data, b.data, a.bytes);
	nmaccel_weights_unref(w);
	free(a.data);
	free(b.data);
}

/* A failed save leaves no temporary file and does not touch what is there. */
static void assert_directory_holds(int count)
{
	DIR *dir = opendir(directory);

	assert_non_null(dir);
	while (readdir(dir))
		count--;
	closedir(dir);
	/* Itself and its parent. */
	assert_int_equal(count, -2);
}

static void test_save_errors(void **state)
{
	struct nmaccel_weights *w = example_weights();
	const struct nmaccel_weights *const *cw = (const struct nmaccel_weights *const *)&w;
	const struct nmaccel_weights *none = NULL;
	const char *name = "fc";
	char other[160];

	(void)state;
	assert_fails(nmaccel_nmw_save(NULL, &name, cw, 1), NMACCEL_ERR_INVALID, "path");
	assert_fails(nmaccel_nmw_save("", &name, cw, 1), NMACCEL_ERR_INVALID, "path");
	assert_fails(nmaccel_nmw_save(path, NULL, cw, 1), NMACCEL_ERR_INVALID, "names");
	assert_fails(nmaccel_nmw_save(path, &name, NULL, 1), NMACCEL_ERR_INVALID, "weights");
	assert_fails(nmaccel_nmw_save(path, &name, &none, 1), NMACCEL_ERR_INVALID, "weights[0]");
	assert_fails(nmaccel_nmw_save(path, &name, cw, SIZE_MAX), NMACCEL_ERR_OVERFLOW, "too many");
	assert_directory_holds(0);
	snprintf(other, sizeof(other), "%s/none/w.nmw", directory);
	assert_fails(nmaccel_nmw_save(other, &name, cw, 1), NMACCEL_ERR_IO,
		     "create the directory first");
	/* The name of a directory: it cannot be replaced by a file. */
	assert_fails(nmaccel_nmw_save(directory, &name, cw, 1), NMACCEL_ERR_IO, directory);
	assert_directory_holds(0);
	if (geteuid() == 0)
		assert_fails(nmaccel_nmw_save("/proc/w.nmw", &name, cw, 1), NMACCEL_ERR_IO,
			     "/proc/w.nmw");
	nmaccel_weights_unref(w);
}

/* The disk is full in the middle of the file, as far as this process can tell. */
static void test_save_without_room(void **state)
{
	struct nmaccel_weights *w = example_weights();
	const char *name = "fc";
	struct rlimit limit, small;
	struct file before, after;
	enum nmaccel_status status;
	rlim_t bytes;

	(void)state;
	example_file(&before);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	for (bytes = 0; bytes < before.bytes; bytes += 37) {
		small = (struct rlimit){bytes, limit.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		status =
			nmaccel_nmw_save(path, &name, (const struct nmaccel_weights *const *)&w, 1);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		assert_fails(status, NMACCEL_ERR_IO, "ulimit -f");
		assert_directory_holds(1);
	}
	read_file(path, &after);
	assert_int_equal(before.bytes, after.bytes);
	assert_memory_equal(before.data, after.data, before.bytes);
	free(before.data);
	free(after.data);
	nmaccel_weights_unref(w);
}

/* A plain file name is one of the current directory; the umask decides on the file's mode. */
static void test_save_here(void **state)
{
	struct nmaccel_weights *w = example_weights();
	const char *name = "fc";
	struct stat st;
	mode_t mask;
	int here;

	(void)state;
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(here >= 0);
	assert_int_equal(chdir(directory), 0);
	mask = umask(027);
	assert_ok(nmaccel_nmw_save("w.nmw", &name, (const struct nmaccel_weights *const *)&w, 1));
	umask(mask);
	assert_int_equal(stat("w.nmw", &st), 0);
	assert_int_equal(fchdir(here), 0);
	close(here);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, 576);
	assert_directory_holds(1);
	nmaccel_weights_unref(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIRECTORY(test_save_over_itself),
		TEST_IN_DIRECTORY(test_save_errors),
		TEST_IN_DIRECTORY(test_save_without_room),
		TEST_IN_DIRECTORY(test_save_here),
	};

	return cmocka_run_group_tests_name("nmw_save", tests, NULL, NULL);
}
