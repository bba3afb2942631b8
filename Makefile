PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked-install

.PHONY: setup browser demo test check lock clean

# The virtual environment holds exactly what requirements.lock names, hash by hash.
setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# The pages are tested in a real Chromium. Where it is missing and this is a Debian as root, it
# is installed; elsewhere the tests of the pages fail and say what to install.
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null \
		|| { apt-get update -qq && apt-get install -qq -y chromium chromium-driver >/dev/null; } \
		|| echo "chromium and chromedriver are missing: the tests in tests/ui will fail" >&2

demo: setup
	$(BIN)/smarterpay demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Three on two cores: much of what the tests do is to wait for the processes they kill.
test: check browser
	$(BIN)/python -m pytest -n 3 --dist worksteal

# Versions and hashes, no URLs. `uv` is needed for this target only.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--output-file requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
