/* SPDX-License-Identifier: MIT */
/*
 * How many clocks a network takes on the engine, and on others with as many multipliers: networks
 * as tables of layer shapes, sparsity patterns, the engine's pipeline, its rivals.
 * docs/performance.md has the formulas, the assumptions and where they come from.
 *
 * Nothing here looks at weights. A pattern n:m means that magnitude pruning has left exactly n of
 * every m input channels of a tap (of what is left of the channels, at most n), at random places.
 * Where blocks of the packed stream cut groups of the pattern, the expected number is taken.
 */
#ifndef NMACCEL_CYCLES_H
#define NMACCEL_CYCLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- networks -------------------------------------------------------------------------------- */

/* n of m; 1:1 is dense. m is a power of two up to 256, 2 included, which the library has not. */
struct cycles_pattern {
	uint32_t n, m;
};

#define CYCLES_MAX_GROUP 256

struct cycles_layer {
	char name[64];
	uint32_t in_h, in_w; /* of one image; a linear layer has 1 x tokens */
	uint32_t channels, rows;
	uint32_t kernel_h, kernel_w, stride, pad;
	bool depthwise;		     /* a filter for each channel: rows == channels */
	bool prune;		     /* false: stays dense under every pattern */
	struct cycles_pattern mixed; /* what it has where each layer has its own pattern */
};

struct cycles_network {
	char name[64];
	size_t count;
	struct cycles_layer *layers;
};

#define CYCLES_ERROR_BYTES 200

/*
 * Read a table of layers (docs/performance.md tells the format). where names it in messages.
 * Returns 0, or -1 with a message of at most CYCLES_ERROR_BYTES in error.
 */
int cycles_network_parse(const char *text, const char *where, struct cycles_network *network,
			 char *error);
void cycles_network_free(struct cycles_network *network);

/* The table of a network that comes with the model, or NULL. */
const char *cycles_network_builtin(const char *name);

/* "n:m" or "dense". Returns 0, or -1. */
int cycles_pattern_parse(const char *text, struct cycles_pattern *pattern);

/* The patterns that tables and charts compare, "dense" first and "mixed" last, then NULL. */
extern const char *const cycles_pattern_names[];

/* What a layer of the network has under a pattern; NULL: its own. */
struct cycles_pattern cycles_layer_pattern(const struct cycles_layer *layer,
					   const struct cycles_pattern *pattern);

uint32_t cycles_layer_out_h(const struct cycles_layer *layer);
uint32_t cycles_layer_out_w(const struct cycles_layer *layer);

/* Input channels of one filter, and its weights: positions of the reduction axis. */
uint32_t cycles_layer_filter_channels(const struct cycles_layer *layer);
uint32_t cycles_layer_reduction(const struct cycles_layer *layer);

/* Output columns of a batch. */
uint64_t cycles_layer_columns(const struct cycles_layer *layer, uint32_t batch);

/* All weights, and those that a pattern leaves. */
uint64_t cycles_layer_weights(const struct cycles_layer *layer);
uint64_t cycles_layer_nonzeros(const struct cycles_layer *layer, struct cycles_pattern pattern);

/* ---- the engine ------------------------------------------------------------------------------ */

/*
 * What the units lose at their seams, in clocks unless said. The numbers are read off the
 * SystemVerilog, whose file is named.
 */
struct cycles_timing {
	uint32_t job_start; /* from ap_start to the first descriptor published; nmaccel_ctl */
	uint32_t descriptor_check; /* from one's start to when the next is known; nmaccel_ctl */
	uint32_t descriptor_start; /* from stored results to the loader's start; nmaccel_loader */
	uint32_t panel_gap; /* from a panel's last step to the next one's start; nmaccel_loader */
	uint32_t descriptor_end; /* from the last write's answer to stored; nmaccel_retire */
	uint32_t windows;	 /* of a column tile, besides one a column; nmaccel_columns */
	uint32_t tap_first;	 /* before the first pass of a tap is offered; nmaccel_taps */
	uint32_t tap_pass;	 /* the same for its further passes */
	uint32_t group_open;	 /* more at the begin of a channel group */
	uint32_t cache_none;	 /* for a pass that reads no tile; nmaccel_cache */
	uint32_t cache_tile;	 /* more for each of the one or two tiles that it reads */
	uint32_t cache_fetch;	 /* more for one that has to be fetched */
	uint32_t fetch_open;	 /* begin of a fetch; nmaccel_tile_fetch */
	uint32_t fetch_burst;	 /* for each burst: translate and ask; nmaccel_tile_fetch */
	uint32_t fetch_arrive;	 /* from the read master's last beat to "fetched" */
	uint32_t read_path;	 /* read master, besides the memory's latency; nmaccel_read */
	uint32_t pass_queue;	 /* passes ahead of the gather unit; nmaccel_loader */
	uint32_t gather_least;	 /* a pass takes that long at least; nmaccel_gather */
	uint32_t block_token;	 /* from the closing pass to the block at issue; nmaccel_gather */
	uint32_t block_free;	 /* from a block's last step to its room; nmaccel_issue */
	uint32_t stream_beats;	 /* of the weight stream that are read ahead; nmaccel_stream_ring */
	uint32_t counts_bytes;	 /* counts of rows that are read a clock; nmaccel_stream_parse */
	uint32_t counts_open;	 /* more for each block; nmaccel_stream */
	uint32_t block_gap;	 /* between the steps of two blocks; nmaccel_issue: none */
	uint32_t core_drain;	 /* from a tile's last step to its result; nmaccel_issue */
	uint32_t bank_free;   /* from the last row read to the bank's next tile; nmaccel_epilogue */
	uint32_t result_path; /* from a row read to its beat at the store; nmaccel_epilogue */
	uint32_t store_burst; /* between two bursts: translate and ask; nmaccel_store */
	uint32_t write_path;  /* store and write master, besides the latency; nmaccel_write */
};

/* A build of the engine and the memory behind it. */
struct cycles_engine {
	uint32_t lanes;		    /* N */
	uint32_t columns;	    /* C */
	uint32_t block_rows;	    /* M of the streams, 128 or 256; 0: 256 for m > 128 */
	uint32_t data_bytes;	    /* of a beat: 16, 32 or 64; divides the pitch */
	uint32_t accumulator_rows;  /* rows of a panel at most */
	uint32_t accumulator_banks; /* 2: the epilogue reads one while the other sums */
	uint32_t cache_rows;	    /* bytes of the halo memory for each column */
	uint32_t cache_lines;	    /* tags of the halo memory */
	uint32_t block_units;	    /* of 128 rows, in the block memory */
	uint32_t write_rows;	    /* rows that the gather unit writes a clock */
	uint32_t latency;	    /* clocks from an address to its first beat, and to an answer */
	double bandwidth;	    /* bytes a clock, each way; more than data_bytes is not used */
	bool half_duplex;	    /* reads and writes share the bandwidth */
	struct cycles_timing timing;
};

enum cycles_bytes {
	CYCLES_WEIGHTS,
	CYCLES_PARAMETERS,
	CYCLES_INPUT,
	CYCLES_OUTPUT,
	CYCLES_CONTROL,
	CYCLES_BYTES_KINDS
};

/* What the clocks were spent on: steps, or what the steps waited for. */
enum cycles_spent {
	CYCLES_COMPUTE,	 /* steps */
	CYCLES_LOADS,	 /* blocks on their way from the halo memory to the block memory */
	CYCLES_MEMORY,	 /* input tiles or weights on their way */
	CYCLES_EPILOGUE, /* results that still occupy the accumulators */
	CYCLES_ENDS,	 /* begin and end of a descriptor or job */
	CYCLES_SPENT_KINDS
};

struct cycles_result {
	uint64_t cycles;
	uint64_t descriptors, steps, loads; /* as the engine counts steps and loads */
	uint64_t macs, nonzero_macs;	    /* of the dense layer; those with a weight */
	uint64_t bytes[CYCLES_BYTES_KINDS];
	uint64_t spent[CYCLES_SPENT_KINDS]; /* sums up to cycles */
};

/* The build that the tools assume: N = 8, C = 64, 64 bytes a clock, 64 clocks of latency. */
void cycles_engine_init(struct cycles_engine *engine);

/* The widest beat that divides the pitch of so many columns. */
uint32_t cycles_engine_data_bytes(uint32_t columns);

/* Returns 0, or -1 if there is no memory. */
int cycles_layer_run(const struct cycles_engine *engine, const struct cycles_layer *layer,
		     struct cycles_pattern pattern, uint32_t batch, struct cycles_result *result);

/*
 * A network in one job. layers: one for each layer, written. total: their sum, and what the job
 * takes besides. pattern as for cycles_layer_pattern. Returns 0, or -1 if there is no memory.
 */
int cycles_network_run(const struct cycles_engine *engine, const struct cycles_network *network,
		       const struct cycles_pattern *pattern, uint32_t batch,
		       struct cycles_result *layers, struct cycles_result *total);

/* Steps of work for the model itself, roughly: some 5 x 10^7 of them take a second. */
double cycles_network_effort(const struct cycles_engine *engine,
			     const struct cycles_network *network, uint32_t batch);

uint64_t cycles_result_bytes(const struct cycles_result *result);

/* Non-zero multiplications over what the multipliers could have done. */
double cycles_utilisation(const struct cycles_engine *engine, const struct cycles_result *result);

/* ---- rivals ---------------------------------------------------------------------------------- */

enum cycles_rival {
	CYCLES_DENSE, /* a dense systolic array */
	CYCLES_VEGETA,
	CYCLES_S2TA,
	CYCLES_SPOTS,
	CYCLES_RIVALS
};

const char *cycles_rival_name(enum cycles_rival rival);

/* An array of rows x columns multipliers. */
struct cycles_array {
	enum cycles_rival rival;
	bool serial;
	bool weight_stationary; /* CYCLES_DENSE: else output stationary */
	uint32_t rows, columns;
};

/* What the rivals are granted. */
struct cycles_grant {
	uint32_t multipliers; /* at most */
	/* Of 8 activations so many are not zero at most; 8 promises nothing. Only S2TA uses it. */
	uint32_t activations;
	/* Each tile of the dense array and of VEGETA waits for the one before to drain. */
	bool serial;
};

/*
 * The array that runs the whole network fastest, and what each layer takes on it. pattern as for
 * cycles_layer_pattern. Returns 0, or -1 if there is no memory.
 */
int cycles_rival_run(enum cycles_rival rival, const struct cycles_grant *grant,
		     const struct cycles_network *network, const struct cycles_pattern *pattern,
		     uint32_t batch, struct cycles_array *array, uint64_t *cycles);

#endif /* NMACCEL_CYCLES_H */
