// SPDX-License-Identifier: MIT
/* What the readers of .plan files share: words, names, places. */
#include "plan_reader.h"

#include <stdio.h>
#include <string.h>

#include "error.h"

enum nmaccel_status nmaccel_reader_blame(const struct nmaccel_plan_reader *r,
					 enum nmaccel_status status)
{
	if (!status)
		return NMACCEL_OK;
	return nmaccel_error_prefix(status == NMACCEL_ERR_INVALID ? NMACCEL_ERR_FORMAT : status,
				    "%s%s%s", r->json.file, r->json.place[0] ? ": " : "",
				    r->json.place);
}

enum nmaccel_status nmaccel_reader_word(const struct nmaccel_plan_reader *r,
					struct json_object *object, const char *key,
					const struct nmaccel_word *words, int *value)
{
	const struct nmaccel_word *w;
	const char *text = NULL;
	enum nmaccel_status status;

	status = nmaccel_json_string(&r->json, object, key, &text);
	if (status)
		return status;
	for (w = words; w->text && strcmp(w->text, text); w++)
		;
	if (!w->text)
		return nmaccel_json_error(&r->json, key, "\"%.64s\" is unknown here", text);
	*value = w->value;
	return NMACCEL_OK;
}

static bool find_name(const struct nmaccel_plan_reader *r, const char *name, nmaccel_tensor_id *id)
{
	size_t i;

	for (i = 0; i < r->n_tensors; i++) {
		if (strcmp(r->tensors[i].name, name))
			continue;
		*id = r->tensors[i].id;
		return true;
	}
	return false;
}

enum nmaccel_status nmaccel_reader_find(const struct nmaccel_plan_reader *r, const char *key,
					const char *name, nmaccel_tensor_id *id)
{
	if (find_name(r, name, id))
		return NMACCEL_OK;
	return nmaccel_json_error(&r->json, key, "no input or earlier layer is named \"%.64s\"",
				  name);
}

enum nmaccel_status nmaccel_reader_name(struct nmaccel_plan_reader *r, const char *array, size_t i,
					struct json_object *object, const char **name)
{
	enum nmaccel_status status;
	nmaccel_tensor_id id;

	status = nmaccel_json_string(&r->json, object, "name", name);
	if (status)
		return status;
	snprintf(r->json.place, sizeof(r->json.place), "%s[%zu] \"%.64s\"", array, i, *name);
	if (find_name(r, *name, &id))
		return nmaccel_json_error(&r->json, "name", "is used twice");
	return NMACCEL_OK;
}

void nmaccel_reader_add(struct nmaccel_plan_reader *r, const char *name, nmaccel_tensor_id id)
{
	r->tensors[r->n_tensors].name = name;
	r->tensors[r->n_tensors++].id = id;
}

enum nmaccel_status nmaccel_reader_quant(const struct nmaccel_plan_reader *r,
					 struct json_object *object, struct nmaccel_quant *quant)
{
	enum nmaccel_status status;
	int64_t zero = 0;

	status = nmaccel_json_float(&r->json, object, "scale", &quant->scale);
	if (!status)
		status = nmaccel_json_integer(&r->json, object, "zero_point", INT8_MIN, UINT8_MAX,
					      &zero);
	quant->zero_point = (int32_t)zero;
	return status;
}
