# make run    every stage on the five seeds, ending with the scores
# make test   all tests, against a real Label Studio and a real Chromium
# make quick  the tests that need neither, in under a minute

PYTHON ?= python3
BIN = .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test quick lint clean
run: .venv/run.done
	@$(BIN)/jiqun run

test: .venv/test.done .venv-studio lint
	@$(BIN)/pytest

quick: .venv/test.done
	@$(BIN)/pytest -m "not slow and not studio and not browser"

lint: .venv/test.done
	@$(BIN)/ruff check src tests
	@$(BIN)/ruff format --check src tests

# Each environment is made again when its pins change; a half-made one leaves no stamp.
.venv/%.done: pyproject.toml constraints.txt
	@echo "Installing the toolkit into .venv, once (a few minutes)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@

# Label Studio's own pins would hold the toolkit's back, so it never shares its environment.
.venv-studio: .venv-studio/done
.venv-studio/done: annotation/studio-constraints.txt
	@echo "Installing Label Studio into .venv-studio, once (about five minutes, 1 GB)…"
	@test -x .venv-studio/bin/python || $(PYTHON) -m venv .venv-studio
	@.venv-studio/bin/pip install --quiet --constraint $< label-studio
	@touch $@

clean:
	rm -rf seeds/restored annotation/tasks.json train/models evaluate/results .doit.json
