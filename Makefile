# Two commands on a fresh machine: `make run` does the main job on the example, `make test` passes all tests.
# The environment is made from the hash-pinned requirements.lock, by uv where it is there, else by venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPARED := $(VENV)/.compared

.DELETE_ON_ERROR:
.PHONY: run test check bench soak lock clean help

help:
	@echo "make run     the main job on the example of config/: half a year of a fictional DCC"
	@echo "make test    all tests"
	@echo "make check   ruff, mypy --strict, the layers, the docs"
	@echo "make bench   the measurements, as a table"
	@echo "make soak    the slow simulations in full"
	@echo "make lock    resolve requirements.lock anew from pyproject.toml (needs uv)"
	@echo "make clean   take the environment, the example's database and its reports away"

$(READY): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . ; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ; \
	fi
	@touch $@

run: $(READY)
	@$(BIN)/pubtrack rehearse config/example/half-a-year.txt

test: $(READY)
	$(BIN)/python -m pytest -n auto

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/unit/test_docs.py

# The libraries that the measurements are held against come on top, and only for them.
$(COMPARED): $(READY) requirements-bench.lock
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock ; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock ; \
	fi
	@touch $@

bench: $(COMPARED)
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.discovery
	$(BIN)/python -m benchmarks.matching_scale
	$(BIN)/python -m benchmarks.matching_again
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -m benchmarks.scanning
	$(BIN)/python -m benchmarks.digest
	$(BIN)/python -m benchmarks.references

soak: $(READY)
	PUBTRACK_KILLS=150 $(BIN)/python -m pytest tests/journey/test_killed.py
	PUBTRACK_MATCH_SEEDS=60 $(BIN)/python -m pytest tests/stages/test_match_again.py
	PUBTRACK_MUTILATED=200 $(BIN)/python -m pytest tests/stages/test_mutilated.py
	PUBTRACK_LAYOUTS=400 $(BIN)/python -m pytest tests/stages/test_credit_documents.py
	PUBTRACK_DOCUMENTS=10000 $(BIN)/python -m benchmarks.reading
	PUBTRACK_MUTATED_RECORDS=3000 $(BIN)/python -m pytest tests/stages/test_mutated_records.py
	PUBTRACK_ROUNDTRIP=all $(BIN)/python -m pytest tests/unit/test_writers_real.py
	PUBTRACK_HARVEST_KILLS=200 $(BIN)/python -m pytest -s tests/journey/test_harvest_killed.py
	PUBTRACK_MAIL_KILLS=60 $(BIN)/python -m pytest tests/stages/test_mailbox.py -k killed_anywhere
	PUBTRACK_SIMULATED=full $(BIN)/python -m pytest -s tests/journey/test_simulated.py

lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --extra dev -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --no-header --extra bench -c requirements.lock -o requirements-bench.lock pyproject.toml

clean:
	rm -rf $(VENV) pubtrack.db pubtrack.db-shm pubtrack.db-wal pubtrack.db.lock
	find reports -mindepth 1 ! -name README.md -delete
