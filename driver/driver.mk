# SPDX-License-Identifier: GPL-2.0-only
# The driver's part of the build: a test in user space, and the module if one asks for it.

VALIDATE_TEST := $(BUILD)/driver/tests/test_validate
VALIDATE_OBJS := $(VALIDATE_TEST).o $(BUILD)/driver/nmaccel_validate.o
$(VALIDATE_OBJS): OBJ_CFLAGS += -Idriver
$(VALIDATE_TEST): $(VALIDATE_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka

TEST_PROGRAMS += $(VALIDATE_TEST)
SOURCE_DIRS += driver

# What is written in the header, as a page: $(BUILD)/uapi.md.
.PHONY: uapi-doc
uapi-doc: $(BUILD)/uapi.md
$(BUILD)/uapi.md: uapi/drm/nmaccel_accel.h docs/uapi-doc.sh
	$(call say,DOC)
	$(Q)mkdir -p $(@D)
	$(Q)docs/uapi-doc.sh $< >$@.new
	$(Q)mv $@.new $@

# make driver KDIR=...: built outside of the tree, for that kernel alone.
KDIR ?= /lib/modules/$(shell uname -r)/build
DRIVER_BUILD = $(abspath $(BUILD))/driver/$(subst /,_,$(patsubst /%,%,$(KDIR)))

.PHONY: driver
driver:
	@test -e '$(KDIR)/Makefile' || { echo "no kernel headers in $(KDIR);" \
		"name them with KDIR=/lib/modules/VERSION/build (Debian: linux-headers-amd64)" >&2; \
		exit 1; }
	@mkdir -p $(DRIVER_BUILD)
	@cp -ru Kbuild driver uapi $(DRIVER_BUILD)/
	$(MAKE) -C $(KDIR) M=$(DRIVER_BUILD) modules
	@echo "$(DRIVER_BUILD)/nmaccel.ko"
