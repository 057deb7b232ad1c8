# Two commands for a newcomer: `make demo` and `make test`. Works with GNU make 3.81 and any POSIX shell.

BIN := .venv/bin
# The name holds the folder: a virtual environment that was moved with its folder does not work and is made again.
empty :=
STAMP := .venv/.installed-in$(subst $(empty) ,_,$(subst /,_,$(CURDIR)))
UPGRADE :=
# Test processes: much of a test is waiting, so one more than two cores have.
TEST_PROCESSES := 3
TEST_OPTIONS :=
# Some container images set it. Every process would compile all modules that it imports anew: half of a start of Upbeat,
# a quarter of one of Airflow or dbt, and most of what pytest needs to find its tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test chaos fuzz check audit bench up down status format lock clean-state install
.DEFAULT_GOAL := help

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## Start the whole stack, collect creators with Airflow, and print leaderboard, campaigns and shares of fakes
	@$(BIN)/upbeat up
	@$(BIN)/upbeat demo

test: $(STAMP) ## Run unit, integration and system tests on a stack of their own
	@$(BIN)/pytest -q --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder $(TEST_OPTIONS) tests

chaos: $(STAMP) ## Run the long fault tests: 50 killed workers, 5 restarts of Postgres over 100,000 tasks
	@$(BIN)/pytest -q -m chaos tests

fuzz: $(STAMP) ## Ask the API at length what schemathesis makes up from its description; no finding is allowed
	@$(BIN)/pytest -q -m fuzz tests

check: $(STAMP) ## Format, lint, types, SQL, layers, policies, committed secrets, known weaknesses
	@BIN=$(BIN) sh include/make/check.sh

audit: $(STAMP) ## Ask for known weaknesses of pinned packages; fails where nobody answers, unlike `check`
	@$(BIN)/python include/make/audit_dependencies.py --required

bench: $(STAMP) ## Run the benchmarks: ratios against named peers in one run
	@$(BIN)/python -m benchmarks

up: $(STAMP) ## Start the stack
	@$(BIN)/upbeat up

down: ## Stop all that was started; data stays
	@if [ -x $(BIN)/upbeat ]; then $(BIN)/upbeat down; else echo "nothing is installed, so nothing runs"; fi

status: $(STAMP) ## Show the parts of the stack
	@$(BIN)/upbeat status

format: $(STAMP) ## Format Python and sort imports
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lock: $(STAMP) ## Compile requirements*.in into requirements*.txt (UPGRADE=--upgrade takes newer versions)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" $(UPGRADE) requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" $(UPGRADE) requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" --constraints requirements.txt \
	    include/serverless/requirements.in -o include/serverless/requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" --constraints requirements.txt --generate-hashes \
	    include/deploy/requirements.in -o include/deploy/requirements.txt

clean-state: ## Stop the stack and delete its data, passwords and logs
	@if [ -x $(BIN)/upbeat ]; then $(BIN)/upbeat delete-state --yes; else echo "nothing is installed, so nothing runs"; fi

install: $(STAMP) ## Bring the tools and packages into .venv

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml include/make/make_venv.sh
	@sh include/make/make_venv.sh
	@touch $@
