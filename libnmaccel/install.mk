# SPDX-License-Identifier: MIT
# make install and make uninstall: what one puts there the other takes away.

PACKAGING := libnmaccel/packaging
CMAKE_DIR := $(LIBDIR)/cmake/nmaccel
VERSION_PARTS := $(subst ., ,$(VERSION))
COMPLETION_BASH := $(wildcard tools/completions/nmaccel.bash)
COMPLETION_ZSH := $(wildcard tools/completions/_nmaccel)
MAN1_PAGES := $(wildcard tools/man/*.1)

# Way from the CMake package back to the headers, which need not lie under $(PREFIX).
INCLUDE_FROM_CMAKE = $(shell realpath -m --relative-to='$(CMAKE_DIR)' '$(INCLUDEDIR)')

PACKAGE_FILES := $(patsubst $(PACKAGING)/%.in,$(BUILD)/packaging/%,$(wildcard $(PACKAGING)/*.in))
$(PACKAGE_FILES): $(BUILD)/packaging/%: $(PACKAGING)/%.in FORCE
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' -e 's|@VERSION@|$(VERSION)|g' \
		-e 's|@VERSION_MAJOR@|$(word 1,$(VERSION_PARTS))|g' \
		-e 's|@VERSION_MINOR@|$(word 2,$(VERSION_PARTS))|g' \
		-e 's|@LIB_REAL@|$(LIB_REAL)|g' -e 's|@LIB_SONAME@|$(LIB_SONAME)|g' \
		-e 's|@INCLUDE_FROM_CMAKE@|$(INCLUDE_FROM_CMAKE)|g' $< >$@

BIN_PROGRAMS := $(BUILD)/nmaccel
INSTALL_DATA = $(INSTALL) -D -m 644
INSTALL_PROGRAM = $(INSTALL) -D -m 755

install: all $(PACKAGE_FILES)
	$(INSTALL_DATA) libnmaccel/include/nmaccel.h $(DESTDIR)$(INCLUDEDIR)/nmaccel.h
	$(INSTALL_DATA) $(LIB_STATIC) $(DESTDIR)$(LIBDIR)/libnmaccel.a
	$(INSTALL_PROGRAM) $(BUILD)/$(LIB_REAL) $(DESTDIR)$(LIBDIR)/$(LIB_REAL)
	ln -sf $(LIB_REAL) $(DESTDIR)$(LIBDIR)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(LIBDIR)/libnmaccel.so
	$(INSTALL_DATA) $(BUILD)/packaging/nmaccel.pc $(DESTDIR)$(LIBDIR)/pkgconfig/nmaccel.pc
	for file in nmaccel-config nmaccel-config-version; do \
		$(INSTALL_DATA) $(BUILD)/packaging/$$file.cmake \
			$(DESTDIR)$(CMAKE_DIR)/$$file.cmake || exit 1; \
	done
	$(INSTALL_PROGRAM) $(BIN_PROGRAMS) $(DESTDIR)$(BINDIR)/nmaccel
	for page in $(notdir $(MAN1_PAGES)); do \
		$(INSTALL_DATA) tools/man/$$page $(DESTDIR)$(DATADIR)/man/man1/$$page || exit 1; \
	done
	$(INSTALL_DATA) $(COMPLETION_BASH) \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/nmaccel
	$(INSTALL_DATA) $(COMPLETION_ZSH) $(DESTDIR)$(DATADIR)/zsh/site-functions/_nmaccel

uninstall:
	rm -f $(DESTDIR)$(INCLUDEDIR)/nmaccel.h $(DESTDIR)$(LIBDIR)/libnmaccel.a \
		$(addprefix $(DESTDIR)$(LIBDIR)/,$(LIB_REAL) $(LIB_SONAME) libnmaccel.so) \
		$(DESTDIR)$(LIBDIR)/pkgconfig/nmaccel.pc $(DESTDIR)$(BINDIR)/nmaccel \
		$(addprefix $(DESTDIR)$(DATADIR)/man/man1/,$(notdir $(MAN1_PAGES))) \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/nmaccel \
		$(DESTDIR)$(DATADIR)/zsh/site-functions/_nmaccel
	rm -rf $(DESTDIR)$(CMAKE_DIR)
