// SPDX-License-Identifier: MIT
/* A few test images in the terminal, with their labels and what a network says they are. */
#include <stdio.h>
#include <string.h>

#include "demo.h"

/* A character shows two pixels, one above the other; the image shrinks to 24 x 24 for it. */
#define SIDE	   24
#define LINES	   (SIDE / 2)
#define GAP	   2
#define MAX_IMAGES 6

static const char *const class_names[FASHION_CLASSES] = {
	"T-shirt", "trouser", "pullover", "dress", "coat",
	"sandal",  "shirt",   "sneaker",  "bag",   "ankle boot",
};

/* Pixel of the small image: the mean of the part of the large one that it covers. */
static unsigned int small_pixel(const uint8_t *image, int y, int x)
{
	unsigned int sum = 0, weight = 0;

	/* Both sides are cut into SIDE * FASHION_SIDE parts, which divide evenly. */
	for (int i = y * FASHION_SIDE; i < (y + 1) * FASHION_SIDE; i++) {
		for (int j = x * FASHION_SIDE; j < (x + 1) * FASHION_SIDE; j++) {
			sum += image[i / SIDE * FASHION_SIDE + j / SIDE];
			weight++;
		}
	}
	return sum / weight;
}

static void draw_line(const uint8_t *image, int line, bool colour, bool utf8)
{
	static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
	static const char ascii[] = " .:-=+*#%@";

	for (int x = 0; x < SIDE; x++) {
		unsigned int top = small_pixel(image, 2 * line, x);
		unsigned int bottom = small_pixel(image, 2 * line + 1, x);

		if (colour && utf8) /* 24 greys begin at colour 232 */
			printf("\033[38;5;%u;48;5;%um▀", 232 + top * 23 / 255,
			       232 + bottom * 23 / 255);
		else if (utf8)
			printf("%s", shades[(top + bottom) * 4 / 510]);
		else
			putchar(ascii[(top + bottom) * 9 / 510]);
	}
	if (colour && utf8)
		printf("\033[0m");
}

static void print_caption(const char *prefix, const char *text, int mark, bool colour)
{
	char caption[SIDE + 1];

	snprintf(caption, sizeof(caption), "%s%s", prefix, text);
	if (colour && mark)
		printf("\033[3%dm%-*s\033[0m", mark > 0 ? 2 : 1, SIDE, caption);
	else
		printf("%-*s", SIDE, caption);
}

static void draw_row(const struct demo_set *set, const struct demo_model *model,
		     const uint32_t *images, int count)
{
	bool colour = demo_has_colour(), utf8 = demo_has_utf8();

	for (int line = 0; line < LINES; line++) {
		for (int i = 0; i < count; i++) {
			printf("%*s", i ? GAP : 0, "");
			draw_line(set->data.images + (size_t)images[i] * FASHION_PIXELS, line,
				  colour, utf8);
		}
		printf("\n");
	}
	for (int i = 0; i < count; i++) {
		printf("%*s", i ? GAP : 0, "");
		print_caption("label: ", class_names[set->data.labels[images[i]]], 0, colour);
	}
	printf("\n");
	for (int i = 0; i < count; i++) {
		uint8_t said = model->classes[images[i]];
		bool right = said == set->data.labels[images[i]];

		printf("%*s", i ? GAP : 0, "");
		print_caption(right ? "said:  " : "SAID:  ", class_names[said], right ? 1 : -1,
			      colour);
	}
	printf("\n\n");
}

/* The first image of each class, so that nobody has picked them. */
static int choose_images(const struct demo_set *set, uint32_t *images)
{
	bool seen[FASHION_CLASSES] = {false};
	int count = 0;

	for (uint32_t i = 0; i < set->data.count && count < MAX_IMAGES; i++) {
		if (seen[set->data.labels[i]])
			continue;
		seen[set->data.labels[i]] = true;
		images[count++] = i;
	}
	return count;
}

void demo_draw(const struct demo_set *set, const struct demo_model *model)
{
	uint32_t images[MAX_IMAGES];
	int count = choose_images(set, images);
	int per_row = (demo_columns() + GAP) / (SIDE + GAP);

	if (per_row < 1)
		per_row = 1;
	printf("\nThe first test images of %d classes, and what %s %s says they are:\n\n", count,
	       model->result.network, model->result.pattern);
	for (int i = 0; i < count; i += per_row)
		draw_row(set, model, images + i, count - i < per_row ? count - i : per_row);
}
