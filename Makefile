# heaplab - a lab kit that teaches memory allocation
#
#   make              build everything into build/
#   make grade        grade a class: SUBMISSIONS=dir (default: labs/sample, a
#                     class to try it on; in a handout, your own files)
#                     LABS="kr" JOBS=2 ROSTER=roster.csv SECRET=file
#                     UNCONFINED=yes (docs/instructors.md)
#   make kr           grade your own file: labs/1-kr/kr.c
#   make starter LAB=kr STEP=3
#                     what students start from, steps 1 to 3 solved
#   make scores       score the kit's allocators on the shipped traces
#   make compare      allocators side by side, trace by trace
#                     ALLOCATORS="kr bump" TRACES="file ..." JSON=out.json;
#                     EXACT=yes leaves measured time out, MAPS=yes draws the
#                     heaps, LATENCY=yes times single calls
#   make map          a heap over time: LAB=kr TRACE=comb ROWS=12
#   make calibrate    the figures that a rubric's floor and full are set by
#   make step         go through a replay, operation by operation:
#                     LAB=kr TRACE=comb AT=17, of labs/*-kr/kr.c if it is there
#   make gdb          the same file in gdb, right before what fails; LAB=kr
#                     TRACE=comb AT=17: there (docs/debugging.md)
#   make memcheck LAB=kr
#                     the lab's traces, or TRACE=comb, on your own file under
#                     valgrind's memcheck, which is told whose each byte is
#   make asan LAB=kr  the same with AddressSanitizer
#   make coverage LAB=kr
#                     which lines of your own file no trace of the lab reaches
#
#   make hint         a hint more: LAB=kr STEP=2, a number or a name; HINT=1
#                     shows the first again
#   make handout      what students get, in build/handout; LABS="kr"
#   make soak-grade   a hundred submissions, three times: the same gradebook?
#   make mutants      how many mutants of LAB=kr are caught by
#                     TRACES="file ..." (default: labs/*-kr/traces/*.trace)
#
#   make test         run the kit's own tests; TEST=name runs one program
#   make memcheck     run them under valgrind
#   make coverage     run them counted: build/coverage/html, and a summary
#   make lint         formatting, clang-tidy, headers, arrows, lengths
#   make doctor       what this machine has and what it lacks
#   make clean        remove build/
#
#   VARIANT=release|asan|tsan|coverage|tools chooses a build; V=1 shows the
#   commands; EXTRA_CFLAGS= is appended; CC= chooses the compiler.
#
# Everything built goes to build/VARIANT; build/heaplab is the release build's.

VARIANT ?= release
OUT     := build/$(VARIANT)
Q       := $(if $(V),,@)

ifeq ($(filter $(VARIANT),release asan tsan coverage tools),)
$(error VARIANT=$(VARIANT): choose release, asan, tsan, coverage or tools)
endif

# A variable that is given has a value: SECRET="$UNSET" is a slip, and to take
# it for none would grade a class by the public traces.
GIVEN = $(filter $(1),$(firstword $(origin $(2))))
EMPTY = $(foreach v,$(2),$(if $(strip $($(v))),,$(if $(call GIVEN,$(1),$(v)),$(v))))
EMPTY_ONE := $(firstword \
    $(call EMPTY,command $(if $(filter grade,$(MAKECMDGOALS)),environment), \
        SUBMISSIONS JOBS ROSTER SECRET) \
    $(call EMPTY,command,LABS UNCONFINED JSON LAB STEP HINT TRACE TRACES AT \
        PROPERTY ROWS ALLOCATORS))
ifneq ($(EMPTY_ONE),)
$(error make $(MAKECMDGOALS): $(EMPTY_ONE)= is empty: give it a value, or \
    leave it out)
endif
ifneq ($(call GIVEN,command,SUBMISSION),)
$(error make $(MAKECMDGOALS): SUBMISSION= is not known: say SUBMISSIONS=folder)
endif

# What every file is compiled with. -fno-pie: a replay's addresses are the
# same every time only if the code's are (grader/runner/place.h).
KIT_CPPFLAGS := $(CPPFLAGS) -D_GNU_SOURCE -iquote . -MMD -MP
STANDARD := -std=c11 -g -fno-pie -pthread -ffile-prefix-map="$(CURDIR)"=.
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wmissing-prototypes \
            -Wstrict-prototypes
FLAGS-release  := -O2
FLAGS-asan     := -O1 -fsanitize=address,undefined \
                  -fno-sanitize-recover=all -DVARIANT_ASAN
FLAGS-tsan     := -O1 -fsanitize=thread -DVARIANT_TSAN
FLAGS-coverage := -O0 --coverage -DVARIANT_COVERAGE
FLAGS-tools := -O1 -DVARIANT_TOOLS
# The packer of handouts is what a handout has not: there, a new compiler's
# warnings stop nobody, and what is about references or tests is left out.
IS_HANDOUT := $(if $(wildcard .house/handout),,yes)
ERROR      := $(if $(IS_HANDOUT),,-Werror)
KIT_CFLAGS := $(STANDARD) $(WARNINGS) $(ERROR) $(FLAGS-$(VARIANT)) \
              $(CFLAGS) $(EXTRA_CFLAGS)
KIT_LDFLAGS := $(LDFLAGS) -no-pie -Wl,-z,now

# valgrind's client requests start and stop the counted clock.
HASH := \#
ifeq ($(shell echo '$(HASH)include <valgrind/callgrind.h>' | \
        $(CC) -E - >/dev/null 2>&1 && echo yes),yes)
KIT_CPPFLAGS += -DHAVE_VALGRIND
endif

# Evaluated when tests are linked, after make test has got the package.
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null || \
               echo -lcheck_pic -pthread -lrt -lm -lsubunit)

objects = $(patsubst %.c,$(OUT)/%.o,$(1))

# What confines submissions needs libseccomp: only who uses it is linked with it.
GRADEBOOK_O  := $(call objects,$(wildcard grader/gradebook/*.c))
# Filters of system calls come from libseccomp, if it is there.
HAS_SECCOMP  := $(shell echo '$(HASH)include <seccomp.h>' | \
                  $(CC) -E - >/dev/null 2>&1 && echo yes)
CONFINE_O    := $(call objects,$(filter-out grader/confine/$(if \
                  $(HAS_SECCOMP),no)calls.c,$(wildcard grader/confine/*.c)))
SECCOMP_LIB  := $(if $(HAS_SECCOMP),-lseccomp)

# In a handout, stubs stand in for the references that it has not.
ALLOCATORS_O := $(call objects,$(wildcard allocators/*.c \
                  allocators/layers/*.c labs/*/stub/*.c))
TRACES_O     := $(call objects,$(filter-out traces/recorder.c, \
                  $(wildcard traces/*.c)))
RUNNER_O     := $(call objects,$(wildcard grader/runner/*.c))
SERVED_O     := $(call objects,$(wildcard grader/served/*.c))
debugged      = $(patsubst %.c,$(OUT)/debugged/%.o,$(1))
DEBUGGED_O   := $(call debugged,$(wildcard allocators/*.c \
                  allocators/layers/*.c labs/*/stub/*.c grader/runner/*.c))
# The rooms of the judging side; runner, served, confine and gradebook are
# linked into what each is for.
ROOMS        := class commands figures inspect lab show shrink step tools
GRADER_O     := $(call objects,$(wildcard grader/*.c \
                  $(ROOMS:%=grader/%/*.c)))
MAINS_O      := $(OUT)/grader/heaplab.o $(OUT)/grader/runner/main.o \
                $(OUT)/grader/runner/plain.o
PARTS_O      := $(filter-out $(MAINS_O), \
                  $(ALLOCATORS_O) $(TRACES_O) $(RUNNER_O) $(GRADER_O))
TESTS        := $(patsubst %.c,$(OUT)/%,$(wildcard */tests/test_*.c))

PRODUCTS := $(OUT)/heaplab $(OUT)/runner $(OUT)/runner.a $(OUT)/served \
            $(OUT)/served.a $(OUT)/runner-debugged.a $(OUT)/include/allocators \
            $(OUT)/recorder.so \
            $(OUT)/compile.txt $(if $(filter release,$(VARIANT)),build/heaplab)

# Labs in which students write a file: "kr" for labs/1-kr/kr.c.
LABS := $(patsubst %.c,%,$(notdir $(wildcard labs/*/*.c)))

.PHONY: all help grade $(LABS) scores compare map step gdb hint test memcheck \
        asan coverage lint doctor clean run-tests
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(PRODUCTS)
	@:

# The top of this file; in a handout without the targets that are left out.
LEFT_OUT := starter|calibrate|handout|soak-grade|mutants|test|lint|memcheck  |coverage  
help:
	@awk '/^$$/ { exit } \
	    /^#( |$$)/ && !/^#    / { out = 0 } \
	    /^#   make ($(LEFT_OUT)) / { out = "$(IS_HANDOUT)" != "" } \
	    !out { sub(/^# ?/, ""); print }' Makefile

# --- what it is built from -------------------------------------------------

# The flags, kept in a file that changes when they do: all objects depend on it.
FLAGS := $(CC) $(KIT_CPPFLAGS) $(KIT_CFLAGS) $(KIT_LDFLAGS)
$(shell mkdir -p $(OUT) && { [ "$$(cat $(OUT)/flags 2>/dev/null)" = '$(FLAGS)' ] || \
        echo '$(FLAGS)' > $(OUT)/flags; })

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(KIT_CPPFLAGS) $(KIT_CFLAGS) -c $< -o $@

$(OUT)/labs/%.o $(OUT)/debugged/labs/%.o: KIT_CFLAGS += -Wno-unused-function

# The kit's own memcpy must not be compiled into a call of itself.
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
$(OUT)/grader/runner/plain.o: KIT_CFLAGS += -fno-builtin \
        $(if $(IS_CLANG),,-fno-tree-loop-distribute-patterns)

$(OUT)/libkit.a: $(PARTS_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# heaplab, which judges and scores, and never runs an allocator itself.
$(OUT)/heaplab: $(OUT)/grader/heaplab.o $(OUT)/libkit.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $^ -lm -o $@

# gradebook, which trusts nobody, and needs libseccomp for it.
$(OUT)/gradebook: $(GRADEBOOK_O) $(CONFINE_O) $(OUT)/libkit.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $^ $(SECCOMP_LIB) -lm -o $@

build/gradebook: $(OUT)/gradebook
	$(Q)ln -sf release/gradebook $@

# The runner, which has the allocators in it. A submission is compiled and
# linked with the same archive; its object stands in for the reference's.
$(OUT)/runner.a: $(ALLOCATORS_O) $(RUNNER_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/runner: $(OUT)/runner.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $< -o $@

# The runner for what is not trusted: its source is the judge's.
SERVED_PARTS_O := $(filter-out $(OUT)/allocators/source%,$(ALLOCATORS_O)) \
                  $(call objects,$(addprefix grader/runner/, \
                    guard.c logged.c plain.c shut.c)) $(SERVED_O)

$(OUT)/served.a: $(SERVED_PARTS_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/served: $(OUT)/served.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $< -o $@

# The runner for heaplab debug: not optimized, with a line to stop at. The
# only struct heap that a debugger knows must be that of the file in question.
$(call debugged,$(shell grep -l '^struct heap {' allocators/*.c)): \
        KIT_CFLAGS += -g0
$(OUT)/debugged/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  CC    $< (debugged)"
	$(Q)$(CC) $(KIT_CPPFLAGS) $(KIT_CFLAGS) -O0 -DRUNNER_DEBUGGED -c $< -o $@

$(OUT)/runner-debugged.a: $(DEBUGGED_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Recording replaces libc's names in other programs, so it is a shared object.
$(OUT)/recorder.so: traces/recorder.c $(OUT)/flags
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CPPFLAGS) -std=c11 -g -O2 $(WARNINGS) $(ERROR) -fPIC -shared \
	    -ftls-model=initial-exec -MF $(OUT)/recorder.d $< -pthread -ldl -o $@

# The headers that a submission may include, without the sources beside them.
$(OUT)/include/allocators: $(wildcard allocators/*.h)
	@mkdir -p $@ && rm -f $@/* && cp $^ $@ && touch $@

# How heaplab compiles a submission: an argument a line.
$(OUT)/compile.txt: $(OUT)/flags Makefile
	$(Q)printf '%s\n' $(CC) -D_GNU_SOURCE $(STANDARD) $(FLAGS-$(VARIANT)) \
	    -Wall -Wextra -Wno-unused-function $(EXTRA_CFLAGS) > $@

build/heaplab: $(OUT)/heaplab
	$(Q)ln -sf release/heaplab $@

# --- what it is for ---------------------------------------------------------

KIT = $(MAKE) --no-print-directory all
JSON_OPTION = $(if $(JSON),--json '$(JSON)')

# A word for the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'

# A class is graded behind walls; the students of a handout grade their own.
ifdef IS_HANDOUT
grade:
	@.house/need --optional valgrind
	+@$(KIT)
	@$(OUT)/heaplab class $(JSON_OPTION) \
	    $(if $(SUBMISSIONS),'$(SUBMISSIONS)')
else
grade:
	$(if $(filter-out yes,$(UNCONFINED)),$(error UNCONFINED=$(UNCONFINED): \
	    say yes, or leave it out))
	$(if $(JSON),$(error make grade writes no JSON but gradebook.csv))
	@.house/need --optional valgrind libseccomp-dev
	+@$(KIT)
	+@$(MAKE) --no-print-directory $(if $(V),,-s) build/gradebook
	@$(if $(SUBMISSIONS),,.house/sample $(OUT) build/sample)
	@$(OUT)/gradebook $(if $(SUBMISSIONS),,--sample) \
	    $(if $(filter command,$(firstword $(origin LABS))), \
	        --labs $(call quoted,$(LABS))) \
	    $(if $(JOBS),--jobs $(call quoted,$(JOBS))) \
	    $(if $(ROSTER),--roster $(call quoted,$(ROSTER))) \
	    $(if $(SECRET),--secret $(call quoted,$(SECRET))) \
	    $(if $(UNCONFINED),--unconfined) \
	    -- $(call quoted,$(or $(SUBMISSIONS),build/sample))
endif

# Status 1 is a verdict: less than full marks.
$(LABS):
	@.house/need --optional valgrind
	+@$(KIT)
	@$(OUT)/heaplab grade $@ $(wildcard labs/*/$@.c) || [ $$? = 1 ]

ifndef IS_HANDOUT
.PHONY: starter calibrate handout mutants soak-grade
STARTER = build/starters/$(or $(LAB),kr)-$(or $(STEP),0).c

starter:
	+@$(KIT)
	@mkdir -p $(dir $(STARTER))
	@$(OUT)/heaplab starter $(or $(LAB),kr) $(or $(STEP),0) -o $(STARTER)
	@echo "$(STARTER): as the file is when step $(or $(STEP),0) is solved"

calibrate:
	@.house/need valgrind
	+@$(KIT)
	@$(OUT)/heaplab calibrate

handout:
	+@$(KIT)
	@.house/handout $(OUT) build/handout $(LABS)

soak-grade:
	@.house/need valgrind libseccomp-dev
	+@$(KIT)
	+@$(MAKE) --no-print-directory $(if $(V),,-s) build/gradebook
	@.house/hundred $(OUT) build/hundred

# Status 1 is a result: some are not caught.
mutants:
	+@$(KIT)
	@$(OUT)/heaplab mutants '$(or $(LAB),kr)' $(TRACES) || [ $$? = 1 ]
endif

hint:
	$(if $(STEP),,$(error make hint wants STEP=2, and LAB=kr if it is another))
	+@$(KIT)
	@mkdir -p build/hints
	@$(OUT)/heaplab hint --state build/hints/shown '$(or $(LAB),kr)' \
	    '$(STEP)' $(if $(HINT),'$(HINT)')

scores:
	@.house/need --optional valgrind
	+@$(KIT)
	@$(OUT)/heaplab scores $(JSON_OPTION) $(ALLOCATORS)

compare:
	@.house/need --optional valgrind
	+@$(KIT)
	@$(OUT)/heaplab compare $(JSON_OPTION) $(if $(EXACT),--exact) \
	    $(if $(MAPS),--maps) $(if $(LATENCY),--latency) \
	    $(foreach t,$(TRACES),--trace '$(t)') $(ALLOCATORS)

# The lab's own file, if it is there; else the kit's allocator of that name.
# LAB=kr-next is a variant of kr; LAB=kr:search=best has options.
LAB_NAME = $(firstword $(subst -, ,$(subst :, ,$(LAB))))
LAB_FILE = $(firstword $(wildcard labs/*-$(LAB_NAME)/$(LAB_NAME).c))

step:
	$(if $(and $(LAB),$(TRACE)),,$(error make step wants LAB=kr TRACE=comb))
	+@$(KIT)
	@$(OUT)/heaplab step $(if $(LAB_FILE),--file $(LAB_FILE)) \
	    $(if $(AT),--at $(AT)) \
	    $(if $(PROPERTY),--property $(PROPERTY)) '$(LAB)' '$(TRACE)'

# Status 1 is a verdict.
map:
	$(if $(and $(LAB),$(TRACE)),,$(error make map wants LAB=kr TRACE=comb))
	+@$(KIT)
	@$(OUT)/heaplab map $(if $(LAB_FILE),--file $(LAB_FILE)) \
	    $(if $(ROWS),--rows $(ROWS)) '$(LAB)' '$(TRACE)' || [ $$? = 1 ]

# Without a trace: the first that fails of the lab's steps.
gdb:
	$(if $(LAB),,$(error make gdb wants LAB=kr))
	@.house/need gdb
	+@$(KIT)
	@$(OUT)/heaplab debug $(if $(LAB_FILE),--file $(LAB_FILE)) \
	    $(if $(AT),--at $(AT)) '$(LAB)' $(if $(TRACE),'$(TRACE)')

# What looks closely at a student's file. The runner that it is linked with is
# another variant's: tools is for memcheck and gcov. Status 1 is a verdict.
RUNNER_FOR = VARIANT=$(1) build/$(1)/runner.a build/$(1)/compile.txt
LOOK_AT = $(if $(LAB_FILE),,$(error there is no labs/*-$(LAB_NAME)/$(LAB_NAME).c))\
    $(OUT)/heaplab $(1) '$(LAB_NAME)' $(LAB_FILE) \
    $(if $(TRACE),'$(TRACE)') || [ $$? = 1 ]

asan:
	$(if $(LAB),,$(error make asan wants LAB=kr))
	+@$(KIT)
	+@$(MAKE) -s --no-print-directory $(call RUNNER_FOR,asan)
	@$(call LOOK_AT,asan)

ifneq ($(LAB),)
memcheck:
	@.house/need valgrind
	+@$(KIT)
	+@$(MAKE) -s --no-print-directory $(call RUNNER_FOR,tools)
	@$(call LOOK_AT,memcheck)

coverage:
	+@$(KIT)
	+@$(MAKE) -s --no-print-directory $(call RUNNER_FOR,tools)
	@$(call LOOK_AT,coverage)
endif

# --- whether it is right ----------------------------------------------------

NEEDS := check valgrind libseccomp-dev lcov clang-format clang-tidy

$(TESTS): %: %.o $(OUT)/libkit.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $^ $(CHECK_LIBS) -lm -o $@

SANDBOX_TESTS := $(patsubst %.c,$(OUT)/%,$(wildcard grader/tests/test_sandbox*.c))
$(SANDBOX_TESTS): CHECK_LIBS += -lseccomp
$(SANDBOX_TESTS): $(CONFINE_O)

# What the walls are tried with: built alike whatever the variant, for no
# sanitizer lives behind them.
$(OUT)/grader/tests/attacker: grader/tests/attacker.c grader/runner/shut.c \
        grader/runner/shut.h $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -D_GNU_SOURCE -iquote . -std=c11 -g -O1 $(WARNINGS) -Werror \
	    $(filter %.c,$^) -o $@

# A runner whose allocators go wrong when told to: what the judge is tried on.
$(OUT)/grader/tests/runner-buggy: $(OUT)/grader/tests/buggy.o \
        $(OUT)/grader/tests/racy.o \
        $(OUT)/grader/tests/registry-buggy.o $(OUT)/runner.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $^ -o $@

$(OUT)/grader/tests/served-buggy: $(OUT)/grader/tests/buggy.o \
        $(OUT)/grader/tests/racy.o \
        $(OUT)/grader/tests/registry-buggy.o $(OUT)/served.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(KIT_CFLAGS) $(KIT_LDFLAGS) $^ -o $@

$(OUT)/grader/tests/registry-buggy.o: allocators/registry.c \
        grader/tests/buggy.def $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  CC    $< (buggy)"
	$(Q)$(CC) $(KIT_CPPFLAGS) $(KIT_CFLAGS) \
	    -DALLOCATORS_DEF='"grader/tests/buggy.def"' -c $< -o $@

# The runners of other variants that students' files are linked with.
.PHONY: other-runners
other-runners:
	+@$(MAKE) -s --no-print-directory $(call RUNNER_FOR,tools)
	+@$(MAKE) -s --no-print-directory $(call RUNNER_FOR,asan)

# What grades a class is tried as it is used: the release build's.
.PHONY: graded-by
graded-by:
	+@$(MAKE) -s --no-print-directory VARIANT=release all build/gradebook

ifdef IS_HANDOUT
run-tests:
	@echo "error: a handout has none of the kit's own tests" >&2; exit 2
test: grade
else
run-tests: all $(TESTS) $(OUT)/grader/tests/runner-buggy \
        $(OUT)/grader/tests/served-buggy $(OUT)/grader/tests/attacker \
        other-runners graded-by
	@.house/run-tests $(OUT) $(if $(TEST),$(filter %/$(TEST),$(TESTS)), \
	    $(TESTS))

test:
	@.house/need $(NEEDS)
	@.house/need --optional gdb
	@$(MAKE) --no-print-directory run-tests

lint:
	@.house/need $(NEEDS)
	@.house/lint
endif

ifeq ($(LAB)$(IS_HANDOUT),yes)
memcheck coverage:
	@echo "error: make $@ wants LAB=kr" >&2; exit 2
else ifeq ($(LAB),)
memcheck:
	@.house/need $(NEEDS)
	@UNDER_VALGRIND=yes $(MAKE) --no-print-directory run-tests

coverage:
	@.house/need $(NEEDS)
	@.house/coverage
endif

doctor:
	@.house/doctor

clean:
	$(Q)rm -rf build

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
