# Everyday commands. ARGS goes to the program that the target runs: make run ARGS="--port 9000",
# make test ARGS="--lib catalogue".

CARGO ?= cargo
# What the shop speaks, as en or en,zh: set-up fetches the encoder for Chinese (95 MB) with zh. Not set: both, unless a
# configuration of your own says otherwise.
export LANGUAGES
SPOKEN = $(or $(LANGUAGES),$(if $(wildcard shopkeeper.toml),,en,zh))

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench fmt clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Fetch libtorch, the encoder and htmx (about 0.9 GB, once per user)
	@scripts/setup

run: setup ## Start the server with the demo shop
	$(if $(SPOKEN),SHOPKEEPER_LANGUAGES=$(SPOKEN) )$(CARGO) run --release --bin shopkeeper -- serve $(ARGS)

# Examples in doc comments are linked by rustdoc, which does not take the search path that build.rs gives.
test: export LD_LIBRARY_PATH := $(or $(LIBTORCH),$(CURDIR)/.shopkeeper/libtorch)/lib$(addprefix :,$(LD_LIBRARY_PATH))
test: setup ## Run all tests
	$(CARGO) test --release $(ARGS)

check: setup ## What CI runs: format, lints, tests
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets -- -D warnings
	$(MAKE) --no-print-directory test

bench: setup ## Run the benchmarks
	$(CARGO) bench $(ARGS)

fmt: ## Format the code
	$(CARGO) fmt

clean: ## Remove build output and the links; downloads stay in the cache
	$(CARGO) clean
	rm -rf .shopkeeper
