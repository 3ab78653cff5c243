/* SPDX-License-Identifier: MIT */
/*
 * Command lines through the real command: exit code, what stdout and stderr say, and that JSON
 * keeps to docs/cli-json.md. Wrong input weighs as much as right. Rows run in order, in a directory
 * of their own, and may use what earlier rows have made.
 */
#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "cmdline_inputs.h"
#include "fail.h"
#include "files.h"
#include "json_schema.h"

#include <cmocka.h>

#define MAX_ARGS 32

struct row {
	const char *args;
	int code;
	const char *out, *err; /* extended regular expressions; NULL: must stay empty */
};

#define DONE(args, out)                                                                            \
	{                                                                                          \
		args, 0, out, NULL                                                                 \
	}
#define WRONG(args, err)                                                                           \
	{                                                                                          \
		args, 2, NULL, err                                                                 \
	}
#define BAD_INPUT(args, err)                                                                       \
	{                                                                                          \
		args, 4, NULL, err                                                                 \
	}
#define NO_SYSTEM(args, err)                                                                       \
	{                                                                                          \
		args, 1, NULL, err                                                                 \
	}

static const struct row rows[] = {
	/* the command itself */
	{"", 2, NULL, "Usage: nmaccel VERB"},
	DONE("--help", "Verbs:.*check.*bench"),
	DONE("-h", "Exit codes"),
	DONE("help", "Verbs:"),
	DONE("help check", "Usage: nmaccel check .*FILE"),
	DONE("--version", "^nmaccel [0-9]+\\.[0-9]+\\.[0-9]+\n$"),
	DONE("-V", "^nmaccel "),
	WRONG("chek", "unknown verb 'chek'; did you mean 'check'\\?"),
	WRONG("help chek", "did you mean 'check'"),
	WRONG("convret a", "did you mean 'convert'"),
	WRONG("zzzzzz", "unknown verb 'zzzzzz'\n"),
	WRONG("--verison", "unknown verb"),
	{"__complete", 2, NULL, NULL},
	DONE("__complete verbs", "check\tReport"),
	DONE("__complete options check", "--pattern=\tdemand"),
	DONE("__complete values check --pattern", "^2:4\n1:4\n"),
	DONE("__complete values pack -o", "^<file>\n$"),
	{"__complete values nothing --x", 2, NULL, NULL},

	/* every verb has its help */
	DONE("info --help", "Usage: nmaccel info"),
	DONE("check -h", "--block-rows=M"),
	DONE("prune --help", "IN OUT"),
	DONE("pack --help", "--requantize"),
	DONE("unpack --help", "--dequantize"),
	DONE("run --help", "--quantize"),
	DONE("bench --help", "--columns=COUNT"),
	DONE("convert --help", "man nmaccel-convert"),
	DONE("validate --help", "\\[DEVICE\\]"),

	/* options */
	WRONG("check --patern 2:4 lin.npy", "unknown option '--patern'; did you mean '--pattern'"),
	WRONG("check --zzzzzzzz lin.npy", "unknown option '--zzzzzzzz'\n"),
	WRONG("check -X lin.npy", "unknown option '-X'"),
	WRONG("check --pattern", "--pattern needs a value: N:M"),
	WRONG("check --pattern= lin.npy", "needs a value that is not empty"),
	WRONG("check --json=yes lin.npy", "--json takes no value"),
	WRONG("check", "FILE is missing"),
	WRONG("check a b", "'b' is one operand too many"),
	WRONG("check --lanes 5 lin.npy", "--lanes takes 4, 8, 16 or 32, not 5"),
	WRONG("check --lanes x lin.npy", "--lanes takes a number"),
	WRONG("check --lanes -8 lin.npy", "--lanes takes a number"),
	WRONG("check --lanes 99999999999999999999 lin.npy", "--lanes takes a number"),
	WRONG("check --block-rows 200 lin.npy", "128 or 256"),
	WRONG("check --pattern 5:4 lin.npy", "--pattern: "),
	WRONG("check --pattern 2:5 lin.npy", "--pattern: "),
	WRONG("check --pattern two lin.npy", "--pattern: "),
	WRONG("check --layout nchw lin.npy", "takes one of: rows-k"),
	WRONG("check --layout row lin.npy", "takes one of"),
	WRONG("check --zero-point 300 lin.npy", "-128 to 255"),
	WRONG("check --zero-point z lin.npy", "-128 to 255"),
	WRONG("check --groups 0 lin.npy", "from 1 to"),
	WRONG("check --layer nothing lin.npy", "no tensor of lin.npy matches 'nothing'; there is"),
	WRONG("check --layer conv.x model.onnx", "there is 'conv.[wb]'"),

	/* check: what it finds */
	DONE("check lin.npy", "2:4 +[0-9]+ +1/2.0 +sparse"),
	DONE("check --json lin.npy", "\"pattern\": *\"2:4\""),
	DONE("check -j lin.npy", "\"verdict\": *\"sparse\""),
	DONE("check -- lin.npy", "1 of 1 layers run sparse"),
	DONE("check lin_t.npy", "2:4 holds along output channels.*give --layout k-rows"),
	DONE("check --json lin_t.npy", "\"code\": *\"wrong-axis\""),
	DONE("check --layout k-rows lin_t.npy", "k-rows +50.0 % +2:4"),
	DONE("check dense.npy", "as many steps as dense"),
	DONE("check vector.npy", "no layer in this file"),
	DONE("check --json vector.npy", "\"code\": *\"bias\""),
	DONE("check u8.npy", "are 128, and the file gives no zero point"),
	DONE("check --zero-point 128 u8.npy", "zeros are stored as the zero point 128"),
	DONE("check --zero-point=128 -j u8.npy", "\"zeros-hidden\""),
	DONE("check conv.npy", "oihw +50.0 % +2:4"),
	DONE("check --json conv.npy", "\"flattened\""),
	DONE("check flat.npy", "2:4 holds along flattened"),
	DONE("check --layout hwio conv.npy", "hwio"),
	DONE("check --groups 2 --json conv.npy", "\"groups\": *2"),
	DONE("check --groups 8 depth.npy", "depthwise convolution: each filter"),
	DONE("check depth.npy", "one input channel: a first layer"),
	DONE("check --json depth.npy", "\"code\": *\"few-channels\""),
	DONE("check nan.npy", "NaN or infinity"),
	DONE("check two.npz", "2 layers"),
	DONE("check --layer first two.npz", "1 layers"),
	DONE("check --layer f* --json two.npz", "\"layers\": *1"),
	DONE("check --skip f* two.npz", "1 layers"),
	DONE("check sparse.safetensors", "w +2x8 +f16"),
	DONE("check --json sparse.safetensors", "\"format\": *\"safetensors\""),
	DONE("check model.onnx", "fc.q, read by Gemm 'fc'; scales per-channel, zero point 0"),
	DONE("check --json model.onnx", "\"layout_from\": *\"graph\""),
	DONE("check --lanes 4 --block-rows 256 model.onnx", "4 slots a step, blocks of 256"),
	DONE("check --pattern 2:4 lin.npy", "demand: 2:4 holds"),
	{"check --pattern 1:4 lin.npy", 3, "1:4 is BROKEN in 256 of 256 groups, 8 rows", NULL},
	{"check --pattern 1:4 --json lin.npy", 3, "\"bad_rows\": *8", NULL},
	{"check -p2:4 model.onnx", 3, "1 layers break the demanded pattern", NULL},
	DONE("check -p 2:4 --skip mm.w model.onnx", "demand: 2:4 holds"),
	DONE("check -p unstructured dense.npy", "demand: unstructured holds"),

	/* check: files that are not sound */
	NO_SYSTEM("check nothing.npy", "cannot open nothing.npy: No such file"),
	NO_SYSTEM("check .", "is not a regular file"),
	BAD_INPUT("check empty.npy", "it is empty"),
	BAD_INPUT("check text.txt", "readable are .npy, .npz, .safetensors, .onnx and .nmw"),
	BAD_INPUT("check cut.npy", "the header promises [0-9]+ bytes of data, the file has"),
	BAD_INPUT("check cut.onnx", "cut.onnx: byte [0-9]+: a field is longer"),
	BAD_INPUT("check cut.safetensors", "lie outside"),
	BAD_INPUT("check cut.npz", "zip"),
	BAD_INPUT("check cut.npy --json", "the header promises"),

	/* prune */
	WRONG("prune lin.npy", "an operand is missing"),
	WRONG("prune lin.npy p.npy", "--pattern is missing"),
	WRONG("prune --pattern dense lin.npy p.npy", "'dense' prunes nothing"),
	WRONG("prune --pattern 1:4 lin.npy p.txt", "give a name that ends in"),
	WRONG("prune --pattern 1:4 lin.npy p.onnx", "only be made from an ONNX file"),
	DONE("prune --pattern 1:4 lin.npy p.npy", "1 layers pruned to 1:4"),
	DONE("check --pattern 1:4 p.npy", "1:4 holds"),
	WRONG("prune --pattern 1:4 lin.npy p.npy", "p.npy exists; give --force"),
	DONE("prune --pattern 1:4 --force --json lin.npy p.npy", "\"zeros_percent\": *75.00"),
	DONE("prune -p 1:4 model.onnx p.onnx", "3 layers pruned"),
	DONE("check -p 1:4 p.onnx", "1:4 holds"),
	DONE("prune -p 1:4 -j --layer mm.w model.onnx p2.onnx", "\"name\": *\"mm.w\""),
	DONE("prune -p 2:8 --json model.onnx p.safetensors", "\"untouched\""),
	DONE("check -p 2:8 --layer conv.w p.safetensors", "2:8 holds"),
	DONE("check -p 2:8 -l mm.w -L k-rows p.safetensors", "2:8 holds"),
	DONE("prune -p 1:4 two.npz p.npz", "2 layers pruned"),
	DONE("check -p 1:4 p.npz", "1:4 holds"),
	DONE("prune -p 1:4 --zero-point 128 u8.npy pu8.npy", "75.0 %"),
	DONE("check -p 1:4 --zero-point 128 pu8.npy", "1:4 holds"),
	DONE("prune -p 1:4 --json odd.safetensors podd.npz", "\"F8_E4M3\""),
	BAD_INPUT("prune -p 1:4 nan.npy pn.npy", "NaN or infinity"),
	BAD_INPUT("prune -p 1:4 vector.npy pv.npy", "no layer to prune"),
	NO_SYSTEM("prune -p 1:4 lin.npy no/dir/p.npy", "cannot write no/dir/p.npy"),

	/* pack and unpack */
	WRONG("pack lin.npy", "--output is missing"),
	WRONG("pack --prune lin.npy -o l.nmw", "--prune needs a --pattern"),
	WRONG("pack --panel-rows 513 lin.npy -o l.nmw", "from 1 to 512"),
	DONE("pack lin.npy -o lin.nmw", "1 layers packed, 0 tensors left out"),
	WRONG("pack lin.npy -o lin.nmw", "lin.nmw exists"),
	DONE("pack lin.npy -o lin.nmw --force -j", "\"pattern\": *\"2:4\""),
	{"pack lin.npy -o b.nmw --pattern 1:4", 3, NULL, "tensor 'lin'"},
	DONE("pack lin.npy -o lin14.nmw --pattern 1:4 --prune", "1:4"),
	DONE("pack model.onnx -o model.nmw --json", "\"code\": *\"depthwise\""),
	BAD_INPUT("pack model.onnx --layer table -o t.nmw", "'table' is no layer"),
	BAD_INPUT("pack vector.npy -o v.nmw", "no layer to pack"),
	BAD_INPUT("pack nan.npy -o n.nmw", "NaN"),
	BAD_INPUT("pack u8.npy -o u.nmw", "beyond int8"),
	DONE("pack u8.npy --zero-point 128 -o u8.nmw", "1 layers packed"),
	DONE("pack u8.npy --requantize -o u8r.nmw", "1 layers packed"),
	DONE("check lin.nmw", "lin +8x128 +s8 +rows-k +50.0 % +2:4"),
	DONE("check --json model.nmw", "\"layout_from\": *\"file\""),
	DONE("pack lin.npy -o lin256.nmw --block-rows 256 --lanes 16", "1 layers packed"),
	DONE("check lin256.nmw", "engine: 16 slots a step, blocks of 256"),
	DONE("check lin256.nmw --json", "\"block_rows\": *256.*\"layers\".*\"block_rows\": *256"),
	DONE("check lin256.nmw --block-rows 128", "engine: 16 slots a step, blocks of 128"),
	DONE("unpack lin.nmw -o lin_u.npz", "2 tensors"),
	DONE("unpack lin.nmw -o lin_u.npy --json", "\"schema\": *\"nmaccel.unpack\""),
	DONE("unpack model.nmw --dequantize -o model_u.safetensors", "3 tensors"),
	DONE("check -p 2:4 lin_u.npz", "scales per-channel.*2:4 holds"),
	WRONG("unpack lin.nmw", "--output is missing"),
	WRONG("unpack model.nmw -o all.npy", "a .npy file holds one tensor"),
	BAD_INPUT("unpack lin.npy -o x.npz", "is not packed"),
	BAD_INPUT("unpack cut.nmw -o x.npz", "cut.nmw"),

	/* convert */
	DONE("convert model.onnx -o m.npz", "tensors"),
	DONE("convert model.onnx -o m.safetensors -j", "\"format\": *\"onnx\""),
	DONE("convert m.safetensors --layer conv.w -o conv_w.npy", "1 tensors"),
	DONE("convert sparse.safetensors -o s.npz", "1 tensors"),
	DONE("convert odd.safetensors -o o.npz", "left out: f8"),
	DONE("convert --json odd.safetensors -o o2.npz", "\"dtype\": *\"f32\""),
	WRONG("convert model.onnx -o m.txt", "ends in .npy, .npz or .safetensors"),
	WRONG("convert model.onnx -o m.npy", "holds one tensor"),
	BAD_INPUT("convert --skip * lin.npy -o none.npz", "no tensor to write"),
	NO_SYSTEM("convert nothing.onnx -o n.npz", "cannot open"),

	/* info */
	DONE("info", "Devices, best first:.*soft"),
	DONE("info --json", "\"library_version\""),
	DONE("info --backend soft", "backend soft"),
	{"info --backend nothing", 5, NULL, "no device \"nothing\""},
	WRONG("info what", "'what' is one operand too many"),

	/* validate */
	DONE("validate soft --memory 1", "20 passed, 0 failed, 4 skipped"),
	DONE("validate model -m1 --seed 7 --json", "\"failed\": *0"),
	DONE("validate -m 1 soft", "skip  raised +\"soft\" has none"),
	{"validate nothing", 5, NULL, "no device \"nothing\""},
	WRONG("validate soft model", "'model' is one operand too many"),
	WRONG("validate --memory 0", "from 1 to 1024"),

	/* run */
	DONE("run net.plan --input x.npy --output y.npy", "5 samples in batches of 5"),
	DONE("run net.plan -i x.npy -o y1.npy --batch 2 --stats", "memory: weights"),
	DONE("run net.plan -i x.npy -o y2.npy --batch 2 -s -j --repeat 3", "\"peak_bytes\""),
	DONE("run net.plan -i x.npy -o y3.npy --backend model", "on model"),
	DONE("run net.plan -i xf.npy --quantize", "5 samples"),
	WRONG("run net.plan", "--input is missing"),
	WRONG("run net.plan -i x.npy -i x.npy", "2 --input given, the plan has 1"),
	WRONG("run net.plan -i x.npy -o y.npy", "y.npy exists"),
	WRONG("run net.plan -i x.npy -o y.txt", "does not end in .npy"),
	WRONG("run net.plan -i x.npy -o a.npy -o b.npy", "2 --output given, the plan has 1"),
	WRONG("run net.plan -i x.npy --batch 0", "from 1 to"),
	BAD_INPUT("run net.plan -i xf.npy", "--quantize converts real values"),
	BAD_INPUT("run net.plan -i lin_t.npy", "elements a sample"),
	BAD_INPUT("run net.plan -i two.npz", "a .npy array"),
	NO_SYSTEM("run net.plan -i nothing.npy", "cannot open"),
	{"run net.plan -i x.npy --backend nothing", 5, NULL, "nothing"},
	{"run nothing.plan -i x.npy", 1, NULL, "nothing.plan"},
	BAD_INPUT("run text.txt -i x.npy", "text.txt"),

	/* bench */
	DONE("bench --shape 16x32 --pattern 8:128 --repeat 2 --columns 8", "16x32 .*yes"),
	DONE("bench -S 8x16x3x3@6x5 -p dense -p 2:4 -r 2 --json", "\"identical\": *true"),
	DONE("bench -S 8x16x2x3@5x4 -p dense -r 1 --backend model", "yes"),
	DONE("bench net.plan --repeat 3", "latency in ms:  min [0-9.]+  p50"),
	DONE("bench net.plan --repeat 3 --batch 4 --json", "\"latency_ms\""),
	WRONG("bench --shape 16", "--shape takes ROWSxK"),
	WRONG("bench --shape 0x16", "--shape takes ROWSxK"),
	WRONG("bench --shape 16x32x", "--shape takes ROWSxK"),
	WRONG("bench --shape 8x16x3x3", "--shape takes ROWSxK"),
	WRONG("bench --shape 99999999999x2", "--shape takes ROWSxK"),
	WRONG("bench --pattern 9", "--pattern: "),
	WRONG("bench --batch 2", "--batch is for a plan"),
	WRONG("bench net.plan --shape 4x4", "are for layers"),
	{"bench nothing.plan", 1, NULL, "nothing.plan"},

	/* model */
	DONE("model --help", "--network=NETWORK"),
	DONE("model -n resnet50 -C 49", "8:128 +[0-9,]+ +[0-9.]+ %.*mixed"),
	DONE("model --network=bert-base -p 2:4 -b 2", "layer.0.query +2:4 +768x768 +256 "),
	DONE("model -n mobilenetv2 -p mixed -N 16 -C 32 -w 16 -l 100 -d",
	     "16 bytes a clock in all"),
	DONE("model -n resnet50 -p 1:2 --json", "\"layer\": *\"total\""),
	DONE("model -n small.net -j -a 4", "\"network\": *\"small.net\""),
	DONE("model -n small.net -p dense", "dw +dense +16x9 +16"),
	WRONG("model", "--network is missing: a file, or one of resnet50"),
	WRONG("model -n resnet50 more", "'more' is one operand too many"),
	WRONG("model -n resnet50 -p 2:5", "--pattern takes all, mixed, dense or n:m .* not '2:5'"),
	WRONG("model -n resnet50 -p unstructured", "not 'unstructured'"),
	WRONG("model -n resnet50 --lanes 5", "4, 8, 16 or 32"),
	WRONG("model -n resnet50 --columns 0", "from 1 to 1024"),
	WRONG("model -n resnet50 --batch 0", "from 1 to"),
	WRONG("model -n resnet50 --batch 65536", "takes too long to walk; give a smaller --batch"),
	WRONG("model -n resnet50 --activations 9", "from 1 to 8"),
	NO_SYSTEM("model -n resnet-50", "cannot open resnet-50: .*; networks that come with"),
	NO_SYSTEM("model -n .", "cannot read \\."),
	BAD_INPUT("model -n wrong.net", "wrong.net: line 2: kernel is written 3x3"),
	BAD_INPUT("model -n text.txt", "text.txt: line 1: too few words"),
	BAD_INPUT("model -n lin.npy", "not a text, as a table of layers is"),
};

static char program[4096], directory[] = "/tmp/nmaccel-cmdline-XXXXXX";
static struct schema schema;

/* Run the command with stdout and stderr in files; returns the exit code, or -signal. */
static int run_to(char **argv, const char *out, const char *err)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		int out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int err_fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (out_fd < 0 || err_fd < 0 || dup2(out_fd, 1) < 0 || dup2(err_fd, 2) < 0)
			_exit(125);
		execv(program, argv);
		_exit(126);
	}
	assert_true(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static char *read_text(const char *path)
{
	struct bytes text = {0};
	FILE *file = fopen(path, "rb");
	char buffer[4096];
	size_t got;

	assert_non_null(file);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		bytes_add(&text, buffer, got);
	fclose(file);
	bytes_add(&text, "", 1);
	return (char *)text.data;
}

static int run_line(const char *args, char **out, char **err)
{
	char *copy = xstrdup(args), *argv[MAX_ARGS] = {program}, *save;
	int argc = 1, code;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc + 1 < MAX_ARGS);
		argv[argc++] = word;
	}
	code = run_to(argv, "stdout.txt", "stderr.txt");
	*out = read_text("stdout.txt");
	*err = read_text("stderr.txt");
	free(copy);
	return code;
}

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (!pattern)
		return !*text;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool check_row(const struct row *row)
{
	char *out, *err;
	int code = run_line(row->args, &out, &err);
	bool ok = code == row->code && matches(row->out, out) && matches(row->err, err);

	if (ok && (*out == '{' || *out == '['))
		ok = schema_check(&schema, out);
	if (!ok)
		print_error("nmaccel %s\n  code %d, want %d\n  stdout (want /%s/):\n%s\n"
			    "  stderr (want /%s/):\n%s\n",
			    row->args, code, row->code, row->out ? row->out : "^$", out,
			    row->err ? row->err : "^$", err);
	free(out);
	free(err);
	return ok;
}

/* Inputs that only the command itself can make. */
static void prepare(const char *args)
{
	char *out, *err;

	if (run_line(args, &out, &err) != 0)
		fail_msg("nmaccel %s: %s", args, err);
	free(out);
	free(err);
}

static void every_row(void **state)
{
	size_t count = sizeof(rows) / sizeof(rows[0]), failed = 0;

	(void)state;
	prepare("convert model.onnx --layer conv.w --layer mm.w -o two_raw.npz");
	prepare("convert two.safetensors -o two.npz");
	prepare("convert lin.npy -o lin_copy.npz");
	prepare("pack lin.npy -o whole.nmw");
	write_cut("cut.nmw", "whole.nmw", 1);
	write_cut("cut.npz", "lin_copy.npz", 1);
	for (size_t i = 0; i < count; i++)
		failed += !check_row(&rows[i]);
	print_message("%zu command lines, %zu wrong\n", count, failed);
	assert_true(count >= 100);
	assert_int_equal(failed, 0);
}

static void every_documented_key(void **state)
{
	(void)state;
	assert_int_equal(schema_unseen(&schema), 0);
}

static void same_bytes(const char *a, const char *b)
{
	struct bytes files[2] = {0};
	const char *names[2] = {a, b};

	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(names[i], "rb");
		int byte;

		assert_non_null(file);
		while ((byte = fgetc(file)) != EOF) {
			unsigned char one = (unsigned char)byte;

			bytes_add(&files[i], &one, 1);
		}
		fclose(file);
	}
	assert_int_equal(files[0].size, files[1].size);
	assert_memory_equal(files[0].data, files[1].data, files[0].size);
	bytes_free(&files[0]);
	bytes_free(&files[1]);
}

/* Batches, backends and quantised floats of the rows above must have given the same results. */
static void results_agree(void **state)
{
	(void)state;
	same_bytes("y.npy", "y1.npy");
	same_bytes("y.npy", "y2.npy");
	same_bytes("y.npy", "y3.npy");
	prepare("run net.plan -i xf.npy -q -o y4.npy");
	same_bytes("y.npy", "y4.npy");
	prepare("convert two_raw.npz -o again.npz");
	same_bytes("two_raw.npz", "again.npz");
	prepare("unpack u8.nmw -o u8_s8.npy");
	prepare("check u8_s8.npy");
}

static void no_temporary_files_stay(void **state)
{
	(void)state;
	assert_int_equal(system("test -z \"$(find . -type f -name '.*')\""), 0);
	assert_int_equal(access("b.nmw", F_OK), -1);
}

static void full_disk(void **state)
{
	char *argv[] = {program, (char *)"check", (char *)"lin.npy", NULL};
	char *err;

	(void)state;
	if (access("/dev/full", W_OK) < 0)
		skip();
	assert_int_equal(run_to(argv, "/dev/full", "stderr.txt"), 1);
	err = read_text("stderr.txt");
	assert_non_null(strstr(err, "cannot write the result"));
	free(err);
}

/* A reader that goes away changes neither the exit code nor makes a noise. */
static void broken_pipe(void **state)
{
	static const struct {
		const char *pattern;
		int code;
	} cases[] = {{"2:4", 0}, {"1:4", 3}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int ends[2], status;
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		close(ends[0]);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			int err = open("stderr.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);

			if (dup2(ends[1], 1) < 0 || dup2(err, 2) < 0)
				_exit(125);
			execl(program, program, "check", "-p", cases[i].pattern, "lin.npy",
			      (char *)NULL);
			_exit(126);
		}
		close(ends[1]);
		assert_true(waitpid(child, &status, 0) == child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].code);
		assert_int_equal(system("test ! -s stderr.txt"), 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory) < 0)
		return -1;
	write_inputs();
	return 0;
}

static int tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", directory);
	int ret = chdir("/") < 0 || system(command) != 0;

	(void)state;
	free(command);
	return ret;
}

/* Beside this program: BUILD/tools/tests/test_cmdline runs BUILD/nmaccel. */
static int find_program(const char *self)
{
	char *slash;

	if (!realpath(self, program))
		return -1;
	for (int up = 0; up < 3; up++) {
		slash = strrchr(program, '/');
		if (!slash)
			return -1;
		*slash = '\0';
	}
	strncat(program, "/nmaccel", sizeof(program) - strlen(program) - 1);
	return access(program, X_OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),	 cmocka_unit_test(every_documented_key),
		cmocka_unit_test(results_agree), cmocka_unit_test(no_temporary_files_stay),
		cmocka_unit_test(full_disk),	 cmocka_unit_test(broken_pipe),
	};
	int failed;

	(void)argc;
	if (find_program(argv[0]) < 0) {
		fprintf(stderr, "no nmaccel beside %s\n", argv[0]);
		return 1;
	}
	unsetenv("NMACCEL_BACKEND");
	schema_load("docs/cli-json.md", &schema);
	failed = cmocka_run_group_tests(tests, set_up, tear_down);
	schema_free(&schema);
	return failed;
}
