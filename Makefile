# SPDX-License-Identifier: MIT
# Plain GNU make; all objects go under $(BUILD). `make help` lists the targets.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
AR ?= ar
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
SAN_FLAGS_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_FLAGS_tsan := -fsanitize=thread
SAN ?=
SANFLAGS := $(if $(SAN),$(or $(SAN_FLAGS_$(SAN)),$(error SAN must be asan or tsan, not '$(SAN)')))
COVERAGE ?=
COVFLAGS := $(if $(COVERAGE),--coverage)

PKG_CONFIG ?= pkg-config
CPPFLAGS += -D_GNU_SOURCE -Ilibnmaccel/include -Iuapi
ALL_CFLAGS = -std=c11 $(CFLAGS) $(WARNINGS) $(SANFLAGS) $(COVFLAGS) -ffp-contract=off -pthread
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS) $(COVFLAGS) -pthread

# Recipes that make a program or a library add to these.
ALL :=
TEST_PROGRAMS :=
CLEAN_HELP :=

.PHONY: all check demo install clean help
all:

include libnmaccel/libnmaccel.mk
-include hw/hls/hls.mk
-include tools/tools.mk
-include selftests/selftests.mk
-include examples/examples.mk

all: $(ALL)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(OBJ_CFLAGS) -MMD -MP -c $< -o $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)
