/* SPDX-License-Identifier: MIT */
/* What do the nodes of a graph use its constant tensors for? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "onnx.h"
#include "onnx_scope.h"

struct walk {
	struct tensor_source *src;
	struct onnx_state *state;
};

/*
 * Operators with weights. Inputs by number, -1 for none; data is the input that takes activations
 * where the weight may also stand there (MatMul with a constant left side).
 */
struct weight_op {
	const char *name;
	enum tensor_use use;
	int data, weight, scale, zero, bias;
};

static const struct weight_op weight_ops[] = {
	{"Conv", USE_CONV, -1, 1, -1, -1, 2},
	{"FusedConv", USE_CONV, -1, 1, -1, -1, 2},
	{"ConvInteger", USE_CONV, -1, 1, -1, 3, -1},
	{"QLinearConv", USE_CONV, -1, 3, 4, 5, 8},
	{"ConvTranspose", USE_CONV_TRANSPOSE, -1, 1, -1, -1, 2},
	{"Gemm", USE_LINEAR, 0, 1, -1, -1, 2},
	{"FusedGemm", USE_LINEAR, 0, 1, -1, -1, 2},
	{"QGemm", USE_LINEAR, -1, 3, 4, 5, 6},
	{"MatMul", USE_LINEAR, 0, 1, -1, -1, -1},
	{"FusedMatMul", USE_LINEAR, 0, 1, -1, -1, -1},
	{"MatMulInteger", USE_LINEAR, -1, 1, -1, 3, -1},
	{"QLinearMatMul", USE_LINEAR, -1, 3, 4, 5, -1},
	{"DynamicQuantizeMatMul", USE_LINEAR, -1, 1, 2, 3, 4},
	{"MatMulIntegerToFloat", USE_LINEAR, -1, 1, 3, 5, 6},
	{"Gather", USE_EMBEDDING, -1, 0, -1, -1, -1},
	{"LSTM", USE_RECURRENT, -1, 1, -1, -1, 3},
	{"GRU", USE_RECURRENT, -1, 1, -1, -1, 3},
	{"RNN", USE_RECURRENT, -1, 1, -1, -1, 3},
};

static const struct weight_op *find_op(const char *name)
{
	for (size_t i = 0; i < sizeof(weight_ops) / sizeof(weight_ops[0]); i++) {
		if (!strcmp(weight_ops[i].name, name))
			return &weight_ops[i];
	}
	return NULL;
}

static const Onnx__AttributeProto *attribute(const Onnx__NodeProto *node, const char *name)
{
	for (size_t i = 0; i < node->n_attribute; i++) {
		if (node->attribute[i]->name && !strcmp(node->attribute[i]->name, name))
			return node->attribute[i];
	}
	return NULL;
}

static int64_t int_attribute(const Onnx__NodeProto *node, const char *name, int64_t otherwise)
{
	const Onnx__AttributeProto *attr = attribute(node, name);

	return attr && attr->has_i ? attr->i : otherwise;
}

static const char *op_type(const Onnx__NodeProto *node)
{
	return node->op_type ? node->op_type : "";
}

static const struct onnx_value *input_value(const struct onnx_scope *scope,
					    const Onnx__NodeProto *node, int i)
{
	if (i < 0 || (size_t)i >= node->n_input)
		return NULL;
	return onnx_scope_find(scope, node->input[i]);
}

static int add_tensor(struct walk *walk, Onnx__TensorProto *proto, const char *name,
		      const char *prefix, struct onnx_scope *scope)
{
	struct tensor_source *src = walk->src;
	struct onnx_state *state = walk->state;
	char *full = xasprintf("%s%s", prefix, name);
	char *where = xasprintf("%s: tensor '%s'", src->in.path, full);
	struct tensor *t = source_add(src, full);
	int ret;

	if (state->capacity < src->capacity) {
		state->capacity = src->capacity;
		state->protos =
			xrealloc_array(state->protos, state->capacity, sizeof(*state->protos));
	}
	state->protos[src->count - 1] = proto;
	ret = onnx_tensor_describe(proto, where, t);
	t->use = USE_UNKNOWN;
	free(where);
	free(full);
	onnx_scope_put(scope, name, src->count - 1, false);
	return ret;
}

/* Listed, so that a report can name it; its data is not read. */
static int add_sparse(struct walk *walk, const Onnx__SparseTensorProto *sparse, const char *prefix,
		      struct onnx_scope *scope)
{
	Onnx__TensorProto *values = sparse->values;
	Onnx__TensorProto shape = ONNX__TENSOR_PROTO__INIT;
	int ret;

	if (!values)
		return fail(FAIL_INPUT, "%s: a sparse initialiser has no values",
			    walk->src->in.path);
	shape.n_dims = sparse->n_dims;
	shape.dims = sparse->dims;
	ret = add_tensor(walk, &shape, values->name ? values->name : "", prefix, scope);
	walk->state->protos[walk->src->count - 1] = values;
	if (ret < 0)
		return -1;
	free(walk->src->tensors[walk->src->count - 1].dtype_text);
	walk->src->tensors[walk->src->count - 1].dtype_text = xstrdup("sparse_initializer");
	return 0;
}

static enum nmaccel_weight_layout linear_layout(bool k_first)
{
	return k_first ? NMACCEL_WEIGHTS_K_ROWS : NMACCEL_WEIGHTS_ROWS_K;
}

static void set_layout(struct tensor *t, const struct weight_op *op, const Onnx__NodeProto *node,
		       bool left, bool transposed)
{
	bool k_first;

	if (op->use == USE_CONV) {
		int64_t groups = int_attribute(node, "group", 1);

		t->layout = NMACCEL_WEIGHTS_OIHW;
		t->n_groups = groups > 0 && groups <= UINT32_MAX ? (uint32_t)groups : 0;
		return;
	}
	if (op->use != USE_LINEAR)
		return;
	/* y = A * B: the reduction axis is A's last one and B's first one. */
	k_first = !left;
	if (int_attribute(node, left ? "transA" : "transB", 0))
		k_first = !k_first;
	t->layout = linear_layout(k_first != transposed);
}

static void set_use(struct walk *walk, const struct onnx_value *value, enum tensor_use use,
		    const Onnx__NodeProto *node)
{
	struct tensor *t = &walk->src->tensors[value->tensor];
	const char *name = node->name && *node->name ? node->name
			   : node->n_output	     ? node->output[0]
						     : "";

	t->use = use;
	t->use_from = FROM_GRAPH;
	free(t->consumer);
	t->consumer = xasprintf("%s '%s'", op_type(node), name);
}

/* A tensor that several nodes read is described by the first that reads it as a weight. */
static bool is_weight_use(enum tensor_use use)
{
	return use != USE_UNKNOWN && use != USE_OTHER && use != USE_BIAS && use != USE_QUANT;
}

static void mark(struct walk *walk, const struct onnx_value *value, enum tensor_use use,
		 const Onnx__NodeProto *node)
{
	if (value && walk->src->tensors[value->tensor].use == USE_UNKNOWN)
		set_use(walk, value, use, node);
}

static int read_quant_values(struct tensor_source *src, size_t scale, ptrdiff_t zero,
			     struct tensor_quant *quant)
{
	const struct tensor *s = &src->tensors[scale];

	if (source_load(src, scale) < 0 || (zero >= 0 && source_load(src, (size_t)zero) < 0))
		return -1;
	quant->count = (size_t)s->elements;
	quant->scales = xcalloc(quant->count, sizeof(float));
	quant->zero_points = xcalloc(quant->count, sizeof(int32_t));
	dtype_to_f32(s->dtype, s->data, s->elements, quant->scales);
	for (size_t i = 0; zero >= 0 && i < quant->count; i++) {
		const struct tensor *z = &src->tensors[zero];

		quant->zero_points[i] =
			(int32_t)dtype_get(z->dtype, z->data, z->elements == 1 ? 0 : i);
	}
	source_unload(src, scale);
	if (zero >= 0)
		source_unload(src, (size_t)zero);
	return 0;
}

static bool quant_dtype(enum dtype dtype)
{
	return dtype == DTYPE_S8 || dtype == DTYPE_U8;
}

/*
 * The tensor's scale and zero point. Without a constant scale (ConvInteger and the like have none
 * at hand) the scale is 1: the zero point alone tells which weights are zero.
 */
static int attach_quant(struct walk *walk, const struct onnx_value *value,
			const struct onnx_value *scale, const struct onnx_value *zero, int64_t axis,
			bool blocked)
{
	struct tensor_source *src = walk->src;
	struct tensor *t = &src->tensors[value->tensor];
	struct tensor_quant quant = {.present = true, .blocked = blocked};
	const struct tensor *z = zero ? &src->tensors[zero->tensor] : NULL;
	const struct tensor *s = scale ? &src->tensors[scale->tensor] : NULL;

	if (t->quant.present || !quant_dtype(t->dtype))
		return 0;
	if (z && !quant_dtype(z->dtype))
		z = NULL;
	if (s && !dtype_is_float(s->dtype))
		s = NULL;
	if ((!s && !z) || (s && !s->elements) || (z && !z->elements))
		return 0;
	if (s && z && z->elements != 1 && z->elements != s->elements)
		return fail(FAIL_INPUT,
			    "%s: tensor '%s' has %" PRIu64 " zero points '%s' for %" PRIu64
			    " scales '%s'",
			    src->in.path, t->name, z->elements, z->name, s->elements, s->name);
	if (axis < 0)
		axis += t->rank;
	quant.axis = axis >= 0 && axis < t->rank ? (int)axis : 0;
	if (value->transposed && t->rank == 2)
		quant.axis = 1 - quant.axis;
	quant.has_zero_points = z != NULL;
	if (quant.blocked) {
		t->quant = quant;
		return 0;
	}
	if (s) {
		if (read_quant_values(src, scale->tensor, z ? (ptrdiff_t)zero->tensor : -1,
				      &quant) < 0)
			return -1;
	} else {
		if (read_quant_values(src, zero->tensor, (ptrdiff_t)zero->tensor, &quant) < 0)
			return -1;
		for (size_t i = 0; i < quant.count; i++)
			quant.scales[i] = 1.0f;
	}
	if (quant.count != 1 && (!t->rank || quant.count != t->shape[quant.axis]))
		quant.blocked = true;
	t->quant = quant;
	return 0;
}

static int visit_dequantize(struct walk *walk, struct onnx_scope *scope,
			    const Onnx__NodeProto *node)
{
	const struct onnx_value *x = input_value(scope, node, 0);
	const struct onnx_value *scale = input_value(scope, node, 1);
	const struct onnx_value *zero = input_value(scope, node, 2);
	int ret;

	mark(walk, scale, USE_QUANT, node);
	mark(walk, zero, USE_QUANT, node);
	if (!x)
		return 0;
	ret = attach_quant(walk, x, scale, zero, int_attribute(node, "axis", 1),
			   int_attribute(node, "block_size", 0) != 0);
	if (ret == 0 && node->n_output)
		onnx_scope_put(scope, node->output[0], x->tensor, x->transposed);
	return ret;
}

/* Nodes behind which a weight is still the same weight. */
static bool visit_pass_through(struct walk *walk, struct onnx_scope *scope,
			       const Onnx__NodeProto *node)
{
	const struct onnx_value *x = input_value(scope, node, 0);
	bool transposed;

	if (!x || !node->n_output)
		return false;
	transposed = x->transposed;
	if (!strcmp(op_type(node), "Transpose")) {
		const Onnx__AttributeProto *perm = attribute(node, "perm");

		if (walk->src->tensors[x->tensor].rank != 2)
			return false;
		if (!perm || (perm->n_ints == 2 && perm->ints[0] == 1))
			transposed = !transposed;
	} else if (strcmp(op_type(node), "Identity") && strcmp(op_type(node), "Cast") &&
		   strcmp(op_type(node), "QuantizeLinear")) {
		return false;
	}
	onnx_scope_put(scope, node->output[0], x->tensor, transposed);
	for (int i = 1; i < 3; i++)
		mark(walk, input_value(scope, node, i), USE_QUANT, node);
	return true;
}

static int visit_weight_op(struct walk *walk, const struct onnx_scope *scope,
			   const Onnx__NodeProto *node, const struct weight_op *op)
{
	const struct onnx_value *value = input_value(scope, node, op->weight);
	const struct onnx_value *scale = input_value(scope, node, op->scale);
	const struct onnx_value *zero = input_value(scope, node, op->zero);
	bool left = false;
	struct tensor *t;

	mark(walk, scale, USE_QUANT, node);
	mark(walk, zero, USE_QUANT, node);
	mark(walk, input_value(scope, node, op->bias), USE_BIAS, node);
	if (!value && op->data >= 0) {
		value = input_value(scope, node, op->data);
		left = true;
	}
	if (!value)
		return 0;
	t = &walk->src->tensors[value->tensor];
	if (!is_weight_use(t->use)) {
		set_use(walk, value, op->use, node);
		set_layout(t, op, node, left, value->transposed);
	}
	/* QLinearMatMul and MatMulInteger know columns of B only, convolutions the first axis. */
	return attach_quant(walk, value, scale, zero,
			    op->use == USE_CONV || t->layout == NMACCEL_WEIGHTS_ROWS_K
				    ? 0
				    : (int64_t)t->rank - 1,
			    false);
}

static int list_graph(struct walk *walk, Onnx__GraphProto *graph, const struct onnx_scope *parent,
		      const char *prefix);

static int visit_subgraphs(struct walk *walk, const struct onnx_scope *scope,
			   const Onnx__NodeProto *node, const char *prefix)
{
	int ret = 0;

	for (size_t i = 0; i < node->n_attribute && ret == 0; i++) {
		const Onnx__AttributeProto *attr = node->attribute[i];
		char *inner;

		if (!attr->g && !attr->n_graphs)
			continue;
		inner = xasprintf("%s%s.%s/", prefix,
				  node->name && *node->name ? node->name : op_type(node),
				  attr->name ? attr->name : "");
		if (attr->g)
			ret = list_graph(walk, attr->g, scope, inner);
		for (size_t g = 0; g < attr->n_graphs && ret == 0; g++)
			ret = list_graph(walk, attr->graphs[g], scope, inner);
		free(inner);
	}
	return ret;
}

static int visit_node(struct walk *walk, struct onnx_scope *scope, const Onnx__NodeProto *node,
		      const char *prefix)
{
	const struct weight_op *op = find_op(op_type(node));

	if (visit_subgraphs(walk, scope, node, prefix) < 0)
		return -1;
	if (!strcmp(op_type(node), "Constant")) {
		const Onnx__AttributeProto *attr = attribute(node, "value");

		if (attr && attr->t && node->n_output)
			return add_tensor(walk, attr->t, node->output[0], prefix, scope);
		return 0;
	}
	if (!strcmp(op_type(node), "DequantizeLinear"))
		return visit_dequantize(walk, scope, node);
	if (visit_pass_through(walk, scope, node))
		return 0;
	if (op && visit_weight_op(walk, scope, node, op) < 0)
		return -1;
	for (size_t i = 0; i < node->n_input; i++)
		mark(walk, input_value(scope, node, (int)i), USE_OTHER, node);
	return 0;
}

/* The depth of graphs in graphs is bounded by onnx_wire_check. */
static int list_graph(struct walk *walk, Onnx__GraphProto *graph, const struct onnx_scope *parent,
		      const char *prefix)
{
	struct onnx_scope scope = {.parent = parent};
	int ret = 0;

	for (size_t i = 0; i < graph->n_initializer && ret == 0; i++) {
		const char *name = graph->initializer[i]->name;

		ret = add_tensor(walk, graph->initializer[i], name ? name : "", prefix, &scope);
	}
	for (size_t i = 0; i < graph->n_sparse_initializer && ret == 0; i++)
		ret = add_sparse(walk, graph->sparse_initializer[i], prefix, &scope);
	for (size_t i = 0; i < graph->n_node && ret == 0; i++)
		ret = visit_node(walk, &scope, graph->node[i], prefix);
	onnx_scope_fini(&scope);
	return ret;
}

int onnx_graph_list(struct tensor_source *src)
{
	struct walk walk = {.src = src, .state = src->state};

	return list_graph(&walk, walk.state->model->graph, NULL, "");
}
