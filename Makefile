# Everything a developer or a new user runs. `make help` lists it.

SWIFT ?= swift
PREFIX ?= /usr/local
RELEASE := .build/release
# The Swift runtime is linked in, so that what is built here also runs where no toolchain is.
# Optimised across the modules, which there are many of: 6 % less processor time for short jobs.
BUILD_FLAGS := --static-swift-stdlib -Xswiftc -cross-module-optimization
FAKES := .build/fakes
# Debian packages that are needed to build, and those that only tests need.
BUILD_PACKAGES := libcpupower-dev libhwloc-dev libsqlite3-dev coinor-libclp-dev zlib1g-dev pkg-config
TEST_PACKAGES := $(BUILD_PACKAGES) libfuse3-dev fuse3 util-linux xz-utils sqlite3 mandoc
DEB_PACKAGES := $(BUILD_PACKAGES) debhelper dpkg-dev fakeroot lintian
PACKAGING := Sources/pacerd/Support/packaging
VERSION = $(shell sed -n 's/^let pacerVersion = "\(.*\)"/\1/p' Sources/pacerd/Pacerd.swift)

.DEFAULT_GOAL := help
.PHONY: help deps deps-test build demo test test-faults check format tidy bench bench-service bench-idle bench-science bench-changes \
	bench-replay clean install uninstall

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | \
	  awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that the build needs
	@Sources/pacerd/Support/install-packages $(BUILD_PACKAGES)

deps-test: ## install the Debian packages that the tests need
	@Sources/pacerd/Support/install-packages $(TEST_PACKAGES)

# The C programs are linked by cc: the package manager would link the Swift runtime into them, which the keeper's
# licence does not allow and neither needs.
build: deps ## build the programs (release) into .build/release
	$(SWIFT) build -c release $(BUILD_FLAGS)
	cc -std=gnu11 -O2 -Wall -Wextra -Werror Sources/pacer-keeper/*.c -lcpupower -o $(RELEASE)/pacer-keeper
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -ISources/CPacerShims/include Sources/pacer-shepherd/*.c \
	  Sources/CPacerShims/*.c -o $(RELEASE)/pacer-shepherd
	cc -std=gnu11 -O2 -Wall -Wextra -Werror Sources/pacer-lp/*.c -lClp -o $(RELEASE)/pacer-lp

demo: build ## two minutes: real programs with deadlines on an emulated machine
	@Sources/pacerd/Support/demo $(RELEASE)

test: deps-test fakes ## build and pass every test
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	PACER_BIN_DIR=$(CURDIR)/.build/debug PACER_FAKES_DIR=$(CURDIR)/$(FAKES) SWIFT=$(SWIFT) \
	  Tests/Fixtures/run-suite

# Slow, and not part of `make test`: see docs/testing.md.
LAYOUT ?= per-core
.PHONY: test-kernel
test-kernel: build ## the restore promise and more on a real kernel with cpufreq, in QEMU (8 minutes)
	@Tests/Fixtures/kernel/in-a-virtual-machine $(RELEASE) --layout $(LAYOUT)

SEEDS ?= 1-300

test-faults: deps-test fakes ## SEEDS=1-300 seeded runs that kill or fail something; SEED=N runs one again
	$(SWIFT) build --explicit-target-dependency-import-check error
	PACER_BIN_DIR=$(CURDIR)/.build/debug PACER_FAKES_DIR=$(CURDIR)/$(FAKES) \
	  Tests/Fixtures/faults/run-faults --seeds $(or $(SEED),$(SEEDS))

.PHONY: fakes fuzz fuzz-corpus test-asan test-tsan test-usan test-faults
fakes: $(FAKES)/fake_cpufreq $(FAKES)/fault_shim.so
$(FAKES)/fake_cpufreq: Tests/Fixtures/fake-cpufreq/fake_cpufreq.c
	@mkdir -p $(FAKES)
	cc -std=gnu11 -O2 -Wall -Wextra -Werror $< -o $@ $$(pkg-config --cflags --libs fuse3) -lpthread -lm

$(FAKES)/fault_shim.so: Tests/Fixtures/faults/fault_shim.c
	@mkdir -p $(FAKES)
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC $< -o $@ -ldl

# Inputs are made for SECONDS; TARGET is one entry point (Tests/FuzzTests, Tests/Fixtures/fuzz) or all of them.
TARGET ?= all
SECONDS ?= 600

fuzz: deps-test ## fuzz what reads bytes from elsewhere: TARGET=name SECONDS=600
	@SWIFT=$(SWIFT) Tests/Fixtures/fuzz/run $(TARGET) $(SECONDS)

fuzz-corpus: deps-test ## put the smallest set of inputs that covers as much into Tests/Fixtures/fuzz/corpus
	@FUZZ_MERGE=1 SWIFT=$(SWIFT) Tests/Fixtures/fuzz/run $(TARGET)

# FILTER chooses suites; programs that the tests start are built in the same way.
test-asan: deps-test fakes ## every test with the address sanitizer: FILTER=suites
	@SWIFT=$(SWIFT) Tests/Fixtures/sanitize address "$(FILTER)"

test-usan: deps-test fakes ## the programs in C with the address and undefined behaviour sanitizers: FILTER=suites
	@SWIFT=$(SWIFT) Tests/Fixtures/sanitize undefined "$(FILTER)"

test-tsan: deps-test fakes ## every test with the thread sanitizer: FILTER=suites
	@SWIFT=$(SWIFT) Tests/Fixtures/sanitize thread "$(FILTER)"

check: format tidy ## format, warnings, tidy rules

format: ## fail where the code is not formatted as .swift-format says
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

tidy: ## the rules that can be checked by reading: purity, imports, names, links
	$(SWIFT) test --filter TidyTests

bench: bench-idle bench-science bench-replay ## print the figures of docs/results.md

bench-idle: build ## wakeups and memory of the idle daemon, submit-to-exec
	@Sources/pacerd/Support/bench-idle $(RELEASE)

bench-service: build ## thousands of jobs at once, 100,000 in line, idle and one job; beside task-spooler if it is there
	@Sources/pacerd/Support/bench-service $(RELEASE)

bench-science: build ## policies against the optimum on measured surfaces; PACER_SURFACES adds folders of them
	@Sources/pacerd/Support/bench-science $(RELEASE) Tests/Fixtures/surfaces

bench-changes: deps-test ## what a change of CPUs costs a busy job, and how soon its rate is the new one
	@PACER_BENCH=1 $(SWIFT) test --filter WideningBench 2>&1 | grep 'CPUs,'

bench-replay: build ## speed of replay, and policies against the lower bound on the traces that PACER_TRACES names
	@Sources/pacerd/Support/bench-replay $(RELEASE)

.PHONY: manual deb
manual: build ## manual pages and completions, in .build/manual and .build/completions
	@$(PACKAGING)/make-manual $(RELEASE) .build $(VERSION)

deb: manual ## Debian packages, in .build/deb
	@Sources/pacerd/Support/install-packages $(DEB_PACKAGES)
	@$(PACKAGING)/make-deb $(RELEASE) .build $(VERSION) .build/deb

SYSTEM_PACKAGES := $(DEB_PACKAGES) debootstrap qemu-system-x86 seabios busybox-static cpio e2fsprogs
.PHONY: test-system
test-system: manual ## the packages on a clean Debian with systemd, in a virtual machine: install, use, upgrade, purge
	@Sources/pacerd/Support/install-packages $(SYSTEM_PACKAGES)
	@Tests/Fixtures/system/on-debian $(RELEASE) .build $(VERSION) .build/test-system; \
	  status=$$?; [ $$status -eq 77 ] || exit $$status

install: manual ## install below PREFIX (default /usr/local); the configuration is kept where there is one
	@$(PACKAGING)/install-files all '$(DESTDIR)' $(PREFIX) /etc $(RELEASE) .build
	@[ -n '$(DESTDIR)' ] || ! [ -d /run/systemd/system ] || systemctl daemon-reload
	@echo "as root: systemd-sysusers; systemd-tmpfiles --create; systemctl enable --now pacerd"

uninstall: ## remove what install put there, but for the configuration and what jobs left in /var/lib/pacer
	@if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then \
	  systemctl disable --now pacerd.service pacerd.socket pacer-jobs.service || true; fi
	@$(PACKAGING)/uninstall-files '$(DESTDIR)' $(PREFIX)

clean: ## remove what the build made
	rm -rf .build .build-fuzz .build-asan .build-tsan .build-usan
