# One command each. `make` alone lists them. Needs python3 and make; the rest comes by itself (deploy/setup.sh).
SHELL := /bin/sh
MEMBERS := $(wildcard */pyproject.toml */*/pyproject.toml)
BIN := .venv/bin
TESTS := $(BIN)/pytest -n 2
STACK := $(BIN)/python -m stack
NPM := sh deploy/node.sh npm run --silent --prefix web
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.tools/bin:$(PATH)

.PHONY: help setup up watch web down status logs demo screens figures bench chaos test features matrix fuzz mutants check generate fonts format lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

setup: .venv/.ready web/node_modules/installed.json ## make or update the environment in .venv, and the packages of web/

.venv/.ready: requirements.txt deploy/setup.sh deploy/fonts.txt $(MEMBERS)
	@sh deploy/setup.sh

web/node_modules/installed.json: web/package-lock.json deploy/npm.sh deploy/node.sh deploy/node.txt | .venv/.ready
	@sh deploy/npm.sh web
	@touch $@

up: setup ## start the platform in the background with the web client, and with a demo province to look at
	@sh deploy/web/build.sh
	@$(STACK) up --detach
	@if [ -f demo/src/demo/__main__.py ]; then $(BIN)/python -m demo load; fi

watch: setup ## the processes, live; starts the platform here if none runs
	@$(STACK) watch

web: setup ## the web client with hot reload, on the running platform
	@$(STACK) web

down: setup ## stop the platform
	@$(STACK) down

status: setup ## one line per process
	@$(STACK) status

logs: ## follow all logs
	@tail -n 20 -F .data/logs/*.log

demo: setup ## a whole term through the gateway; SCHEME=changsha, baoshan, beijing or zongyang for another deployment, STUDENTS=3000 for more
	@$(BIN)/python -m demo run $(if $(SCHEME),--scheme $(SCHEME)) $(if $(STUDENTS),--students $(STUDENTS))

screens: setup ## pictures of every screen in every state at both widths, on the platform of make up; ARGS="--only /records"
	@$(BIN)/python -m tests.screens $(ARGS)

figures: setup ## what the web client weighs and how fast it is, on the platform of make up, into docs/figures.md
	@$(BIN)/python -m tests.screens.figures $(ARGS)

bench: setup ## speed and size beside bare limits, some minutes; ARGS="--only a,b --rounds 9" for other measures
	@$(BIN)/python -m bench $(ARGS)

chaos: setup ## terms while everything is killed, paused, cut off, and a checker; SEED=7 MINUTES=10 for more
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

test: setup ## every test, on real servers
	@$(TESTS) $(ARGS)

features: setup ## every rule with the tests that show it, and their result
	@$(TESTS) -q --features $(ARGS)

matrix: setup ## every route as everybody; OUT=docs/matrix.md writes the whole table as a page
	@MATRIX=$(OUT) $(BIN)/pytest -q -s tests/matrix $(ARGS)

fuzz: setup ## made-up requests to every operation as several roles, and state machines; EXAMPLES=200 SEED=7 for a long run
	@EXAMPLES=$(or $(EXAMPLES),6) SEED=$(or $(SEED),20260901) $(BIN)/pytest -q -s --timeout=0 tests/fuzz services/identity/tests/test_account_histories.py $(ARGS)

mutants: setup ## do the rules' tests notice one changed expression? a sample of 400; SEED=7 N=100, ALL=1, ARGS="--only records/"
	@$(BIN)/python -m tests.mutants $(if $(SEED),--seed $(SEED)) $(if $(N),-n $(N)) $(if $(ALL),--all) $(ARGS)

check: setup ## format, lint, types, import rules, OpenAPI rules, the same and the weight of the web client, house tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@sh deploy/openapi/lint.sh
	$(NPM) generate -- --check
	$(NPM) types
	$(NPM) lint
	@sh deploy/web/build.sh
	$(NPM) check-build
	$(TESTS) -q --dist loadfile tests/house

generate: setup ## write anew what is made from the code: schemas, OpenAPI documents, tables of the docs, keys of schemes, types of the client
	$(BIN)/python -m contracts
	$(BIN)/python -m stack.handbook
	$(BIN)/python tests/house/test_scheme_keys.py
	$(BIN)/python -m scheme schema
	@$(NPM) generate

fonts: setup ## which characters of names can be printed, and a list of those that cannot
	@$(BIN)/python -m typesetting

format: setup ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) format

lock: setup ## pin the packages that the members need, with hashes; ARGS=--upgrade for the newest
	@sh deploy/lock.sh $(ARGS)

clean: ## stop the platform, and remove its data and the caches
	@if [ -x $(BIN)/python ]; then $(STACK) down; $(STACK) forget; fi
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
