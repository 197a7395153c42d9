# SPDX-License-Identifier: Apache-2.0
# Thin front of CMake and the scripts. Every target installs what it lacks by package name, and does nothing twice.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: build demo test check bench format readme fuzz clean distclean help

configure_release = scripts/quietly.sh build/configure.log cmake --preset release
python = .venv/bin/python
# The binding is built for the Python that runs the tests.
configure_test = $(configure_release) -D EVENKEEL_BUILD_TESTS=ON -D EVENKEEL_BUILD_PYTHON=ON -D Python_EXECUTABLE=$(CURDIR)/$(python)

build:  ## build the command build/evenkeel
	@scripts/install_packages.sh build
	@$(configure_release)
	@cmake --build --preset release --target evenkeel_command

demo: build .venv  ## plan and initialise a ResNet-50 and a small GPT, run both
	@$(python) scripts/demo.py

test: .venv  ## build everything and run every suite; ends with one line of totals
	@scripts/install_packages.sh build test
	@scripts/install_torch.sh .venv
	@$(configure_test)
	@cmake --build --preset release
	@$(python) scripts/run_tests.py

check: .venv  ## sanitizers, format, lint, headers alone, slow tests, model zoo
	@scripts/install_packages.sh build test check
	@scripts/install_torch.sh .venv
	@$(configure_test)
	@cmake --build --preset release
	@scripts/check.sh

bench: .venv  ## build and run the benchmarks, write docs/performance.md; ARGS go to the C++ ones, PEERS to the comparison
	@scripts/install_packages.sh build test bench
	@scripts/make_venv.sh .venv-bench scripts/requirements-bench.txt
	@$(configure_test) -D EVENKEEL_BUILD_BENCH=ON
	@cmake --build --preset release
	@PEERS="$(PEERS)" scripts/bench.sh $(ARGS)

fuzz: build .venv  ## build the fuzz programs, make a corpus and run each for a minute; ARGS go to scripts/fuzz.sh
	@scripts/install_packages.sh build fuzz
	@scripts/quietly.sh build/fuzz-configure.log cmake --preset fuzz
	@cmake --build --preset fuzz
	@$(python) fuzz/make_corpus.py --out build/fuzz-corpus --command build/evenkeel
	@scripts/fuzz.sh $(ARGS)

format:  ## rewrite the sources in the house format
	@scripts/install_packages.sh check
	@scripts/format.sh

readme: .venv  ## run the commands of the pages again and put their output in
	@scripts/install_packages.sh build test
	@$(configure_test)
	@cmake --build --preset release --target evenkeel_command evenkeel_python
	@$(python) scripts/readme_output.py

.PHONY: .venv
.venv:
	@scripts/make_venv.sh .venv scripts/requirements-test.txt

clean:  ## remove what was built
	@rm -rf build

distclean: clean  ## remove the Python environments too
	@rm -rf .venv .venv-zoo .venv-bench tests/.pytest_cache .hypothesis

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile
