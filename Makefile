# Parallax. `make run` on a machine with Python 3.11+ and Node 20+ is all it takes.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run install install-finetune test lint bench lock
.SUFFIXES:

BIN := .venv/bin
FRONT_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: install ## install what is missing, start everything, print the address
	@exec $(BIN)/parallax serve --seed examples $(ARGS)

install: .stamp/run .stamp/frontend ## .venv with `parallax` in it, the front end, the models; starts nothing
	@sh .make/models.sh

install-finetune: install .stamp/finetune ## what training a model on this machine takes: PyTorch and friends, about 1 GB

test: .stamp/test .stamp/frontend ## the whole suite: linters, types, front end, pytest
	@sh .make/models.sh
	@sh .make/test.sh

lint: .stamp/test .stamp/frontend ## linters and type checkers only
	@sh .make/lint.sh

bench: .stamp/test .stamp/frontend ## the benchmarks, one JSON line each
	@sh .make/models.sh >&2
	@sh .make/bench.sh

lock: ## pin every dependency anew in .lock (UPGRADE=1: to the newest)
	@UPGRADE=$(UPGRADE) sh .make/lock.sh

.stamp/run: .lock/run.txt pyproject.toml .make/venv.sh
	@sh .make/venv.sh run

.stamp/finetune: .lock/finetune.txt pyproject.toml .make/venv.sh .make/torch.sh
	@sh .make/venv.sh finetune

.stamp/test: .lock/test.txt pyproject.toml .make/venv.sh .make/torch.sh
	@sh .make/venv.sh test

.stamp/frontend: $(FRONT_SOURCES) .make/frontend.sh
	@sh .make/frontend.sh
