// SPDX-License-Identifier: MIT
#include "fasm.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ADDRESS 0xffffu

bool fasm_bit(const struct fasm_line *line, uint32_t i)
{
	return line->value[i / 8] >> i % 8 & 1;
}

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* A decimal number up to limit. */
static bool parse_number(const char *text, const char *end, uint32_t limit, uint32_t *number)
{
	uint32_t n = 0;

	if (text == end)
		return false;
	for (; text < end; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		n = n * 10 + (uint32_t)(*text - '0');
		if (n > limit)
			return false;
	}
	*number = n;
	return true;
}

/* value = value * base + digit; false if it has more than FASM_MAX_BITS bits. */
static bool append_digit(uint8_t *value, uint32_t base, uint32_t digit)
{
	uint32_t i, carry = digit;

	for (i = 0; i < FASM_MAX_BITS / 8; i++) {
		carry += value[i] * base;
		value[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

static bool parse_digits(const char *text, uint32_t base, uint8_t *value)
{
	static const char digits[] = "0123456789abcdef";
	bool any = false;

	for (; *text; text++) {
		const char *digit = strchr(digits, tolower((unsigned char)*text));

		if (*text == '_')
			continue;
		if (!digit || digit - digits >= (ptrdiff_t)base ||
		    !append_digit(value, base, (uint32_t)(digit - digits)))
			return false;
		any = true;
	}
	return any;
}

static uint32_t base_of(char letter)
{
	switch (letter) {
	case 'b':
		return 2;
	case 'd':
		return 10;
	case 'h':
		return 16;
	default:
		return 0;
	}
}

/* Bits of the value from limit up are zero. */
static bool fits(const struct fasm_line *line, uint32_t limit)
{
	uint32_t i;

	for (i = limit; i < FASM_MAX_BITS; i++)
		if (fasm_bit(line, i))
			return false;
	return true;
}

static bool parse_value(const char *text, struct fasm_line *line)
{
	const char *quote = strchr(text, '\'');
	uint32_t width = FASM_MAX_BITS;

	if (!quote)
		return parse_digits(text, 10, line->value);
	return parse_number(text, quote, FASM_MAX_BITS, &width) && base_of(quote[1]) &&
	       parse_digits(quote + 2, base_of(quote[1]), line->value) && fits(line, width);
}

/* The [bit] or [high:low] at the end of the name. */
static bool parse_address(char *name, struct fasm_line *line)
{
	char *open = strchr(name, '['), *close, *colon;
	uint32_t high;

	line->low = 0;
	line->bits = 1;
	line->addressed = open;
	if (!open)
		return true;
	close = open + strlen(open) - 1;
	if (*close != ']')
		return false;
	*open = '\0';
	colon = memchr(open + 1, ':', (size_t)(close - open - 1));
	if (!colon)
		return parse_number(open + 1, close, MAX_ADDRESS, &line->low);
	if (!parse_number(open + 1, colon, MAX_ADDRESS, &high) ||
	    !parse_number(colon + 1, close, MAX_ADDRESS, &line->low) || high < line->low ||
	    high - line->low >= FASM_MAX_BITS)
		return false;
	line->bits = high - line->low + 1;
	return true;
}

static bool parse_name(char *name, struct fasm_line *line)
{
	char *dot = strchr(name, '.');

	if (!dot || dot == name || !dot[1] || strpbrk(name, " \t{}"))
		return false;
	*dot = '\0';
	line->tile = name;
	line->feature = dot + 1;
	return true;
}

enum fasm_result fasm_parse(char *text, struct fasm_line *line, const char **reason)
{
	char *equals;

	text[strcspn(text, "#")] = '\0';
	text = trim(text);
	if (!*text)
		return FASM_EMPTY;
	memset(line, 0, sizeof(*line));
	equals = strchr(text, '=');
	if (equals)
		*equals = '\0';
	*reason = "this is no value";
	if (!equals)
		line->value[0] = 1;
	else if (!parse_value(trim(equals + 1), line))
		return FASM_ERROR;
	text = trim(text);
	*reason = "this is no address";
	if (!parse_address(text, line))
		return FASM_ERROR;
	*reason = "the value is wider than its address";
	if (!fits(line, line->bits))
		return FASM_ERROR;
	*reason = "this is not TILE.FEATURE";
	return parse_name(text, line) ? FASM_FEATURE : FASM_ERROR;
}
