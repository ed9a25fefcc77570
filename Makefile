# One word for each thing a person does here. Everything behind it is Python in tools/, so that it reads and runs the same everywhere.
# `make help` lists the words.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= data
BIN := .venv/bin
# As it was typed, whatever stands in it: make reads no $ in it, and the shell sees it only as a variable of its own.
unexport DATA_DIR HOST PORT
run: export WUXIAO_DATA_DIR := $(value DATA_DIR)
run: export RUN_HOST := $(value HOST)
run: export RUN_PORT := $(value PORT)

.DEFAULT_GOAL := help
.PHONY: help setup dev run test check mutate bench soak docs messages lock clean

help:           ## list these words
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup:          ## everything the product needs to run, in .venv (done work is skipped)
	@$(PYTHON) tools/setup.py

dev:            ## the same, and everything the tests and checks need
	@$(PYTHON) tools/setup.py --dev

run: setup      ## the demo county in the browser: PORT=8000 HOST=127.0.0.1 DATA_DIR=data
	@exec $(BIN)/wuxiao run --host="$$RUN_HOST" --port="$$RUN_PORT"

test: dev       ## every test: on SQLite, and on PostgreSQL what may differ there; the browser stories
	@exec $(BIN)/python tools/test.py $(ARGS)

check: dev      ## lint, types, storeys, both languages complete, papers true
	@exec $(BIN)/python tools/check.py

mutate: dev     ## small faults put into the code one at a time: do the tests notice?
	@exec $(BIN)/python tools/mutate.py $(ARGS)

bench: dev      ## the figures of docs/performance.md and docs/planning, measured here
	@exec $(BIN)/python -m bench $(ARGS)

soak: dev       ## hours of use in minutes, with processes killed on the way
	@exec $(BIN)/python -m bench.soak $(ARGS)

docs: dev       ## draw the pictures and diagrams in docs/ again
	@exec $(BIN)/python tools/docs.py $(ARGS)

messages: dev   ## bring the English messages file up to date with the pages
	@$(BIN)/python tools/messages.py update

lock:           ## choose dependency versions anew (needs uv)
	@$(PYTHON) tools/lock.py

clean:          ## remove what was built or fetched; DATA_DIR is never touched
	@$(PYTHON) tools/setup.py --clean
