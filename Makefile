# make run    every stage on the five seeds, ending with the scores
# make test   all tests, against a real Label Studio and a real Chromium
# make quick  the tests that need neither, in under a minute
# make bench  every stage beside its peer in one run, into README.md and evaluate/benchmarks/

PYTHON ?= python3
BIN = .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test quick lint bench chromium clean
run: .venv/run.done
	@$(BIN)/jiqun run

test: .venv/test.done chromium lint
	@$(MAKE) --no-print-directory .venv-studio/done \
	  || echo "Label Studio cannot be installed here: its tests are skipped by name."
	@$(MAKE) --no-print-directory .venv-datasets3/done .venv-datasets4/done \
	  || echo "datasets 3 or 4 cannot be installed here: its tests are skipped by name."
	@$(BIN)/pytest

quick: .venv/test.done
	@OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto -m "not slow and not studio and not browser"

lint: .venv/test.done
	@$(BIN)/ruff check --quiet src tests evaluate
	@$(BIN)/ruff format --quiet --check src tests evaluate

bench: .venv/test.done
	@$(BIN)/python evaluate/benchmarks/run.py

# Each environment is made again when its pins change; a half-made one leaves no stamp.
.venv/%.done: pyproject.toml constraints.txt
	@echo "Installing the toolkit into .venv, once (a few minutes)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@

# Label Studio's own pins would hold the toolkit's back, so it never shares its environment.
.venv-studio/done: annotation/studio-constraints.txt
	@echo "Installing Label Studio into .venv-studio, once (about five minutes, 1 GB)…"
	@test -x .venv-studio/bin/python || $(PYTHON) -m venv .venv-studio
	@.venv-studio/bin/pip install --quiet --constraint $< label-studio
	@touch $@

# The data set loads with older versions of datasets, which the toolkit itself does not run on.
.venv-datasets%/done: tests/data/datasets%-constraints.txt
	@echo "Installing datasets $* into $(@D), once (half a minute, 0.4 GB)…"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install --quiet --constraint $< datasets
	@touch $@

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  echo "Installing Chromium and Chinese fonts from Debian, once…" \
	  && apt-get update -qq >/dev/null \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	     chromium fonts-noto-cjk >/dev/null; } \
	  || echo "Chromium cannot be installed here: the browser tests are skipped by name."

clean:
	rm -rf seeds/restored annotation/tasks.json train/models evaluate/results .doit.json
