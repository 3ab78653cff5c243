# SPDX-License-Identifier: MIT
# Plain GNU make; all objects go under $(BUILD). `make help` lists the targets.

BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
DESTDIR ?=
CC ?= cc
AR ?= ar
INSTALL ?= install
CFLAGS ?= -O2 -g
WERROR ?= -Werror
WARNINGS := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
SAN_FLAGS_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_FLAGS_tsan := -fsanitize=thread
SAN ?=
SANFLAGS := $(if $(SAN),$(or $(SAN_FLAGS_$(SAN)),$(error SAN must be asan or tsan, not '$(SAN)')))
COVERAGE ?=
COVFLAGS := $(if $(COVERAGE),--coverage -fprofile-update=atomic)
FUZZER ?=
FUZZFLAGS := $(if $(FUZZER),-fsanitize=fuzzer-no-link)

PKG_CONFIG ?= pkg-config
override CPPFLAGS := -D_GNU_SOURCE -Ilibnmaccel/include -Iuapi $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(CFLAGS) $(WARNINGS) $(SANFLAGS) $(COVFLAGS) $(FUZZFLAGS) \
	-ffp-contract=off -pthread
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS) $(COVFLAGS) -pthread

# What the given goals need must be there before anything asks pkg-config for it. The VM lab builds in
# a root of its own.
GOALS := $(or $(MAKECMDGOALS),all)
NO_BUILD := vm-check vm-shell
ifneq ($(filter-out clean help uninstall $(NO_BUILD),$(GOALS)),)
MISSING := $(shell CC='$(CC)' AR='$(AR)' PKG_CONFIG='$(PKG_CONFIG)' \
	sh selftests/harness/deps-check.sh $(GOALS) >&2 || echo missing)
ifneq ($(MISSING),)
$(error Build dependencies are missing, see above)
endif
endif

SOURCE_DIRS := libnmaccel hw tools selftests examples

# Recipes print what they make; V=1 prints the commands.
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)')

# Recipe for a file that holds a text, and is newer only when the text is.
define keep_text
@mkdir -p $(@D)
@printf '%s\n' '$(subst ','\'',$(1))' >$@.new
@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
endef

# Recipes that make a program or a library add to these.
ALL :=
TEST_PROGRAMS :=
FUZZ_PROGRAMS :=
FUZZ_SEEDS :=
BENCH_PROGRAMS :=

.PHONY: all check demo install uninstall clean help deps-check FORCE
.DELETE_ON_ERROR:
all:

# The fragments ask pkg-config, which a machine that only cleans up need not have.
ifneq ($(filter-out clean help $(NO_BUILD),$(GOALS)),)
include libnmaccel/libnmaccel.mk
-include hw/hls/hls.mk
-include driver/driver.mk
-include hw/card/card.mk
-include hw/xrt/xrt.mk
-include hw/model/model.mk
-include tools/tools.mk
-include selftests/selftests.mk
-include examples/examples.mk
include selftests/harness/harness.mk
include libnmaccel/install.mk
endif
include selftests/vm/vm.mk

all: $(ALL)

# Another compiler, other flags or other rules than those of the last time make all objects again.
RULES := $(shell cat $(filter-out %.d,$(MAKEFILE_LIST)) | cksum)
FLAGS_NOW = $(RULES) $(CC) $(shell $(CC) -dumpversion) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(BUILD)/flags: FORCE
	$(call keep_text,$(FLAGS_NOW))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(OBJ_CFLAGS) -MMD -MP -c $< -o $@

-include $(shell find $(SOURCE_DIRS:%=$(BUILD)/%) -name '*.d' 2>/dev/null)

deps-check:
	@echo 'all build dependencies of these goals are there: $(GOALS)'

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#: \{0,1\}//p' selftests/harness/harness.mk
