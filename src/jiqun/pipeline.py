"""Every stage on the seeds, in order; what has not changed since the last run is skipped.

A stage is a command of this program with the files it reads and writes, so each can be run alone.
doit keeps the hashes; only what it should say, and how, stands here.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain
from doit.reporter import ConsoleReporter

import jiqun

from .errors import InputError
from .files import read_json
from .seeds.manifest import SPLITS

RECIPE = "train/recipes/small.yaml"
MODEL = "train/models/small"
RESULTS = "evaluate/results/small"
CODE = Path(jiqun.__file__).parent


@dataclass(frozen=True, slots=True)
class Stage:
    """One command, the files and folders it reads, the files it writes, the code it runs."""

    command: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    code: tuple[str, ...]


_SEEDS = ("seeds/*.txt", "seeds/manifest.yaml")
_SCHEME = "annotation/scheme.yaml"
_COMPOSED = ("seeds/composed/*.txt", "seeds/composed/plan.csv")
_CONFIGS = [f"data/{c}/{s}.parquet" for c in ("tokens", "spans", "raw") for s in SPLITS]
_CONFIGS.append("data/composed/train.parquet")

STAGES = {
    "restore": Stage(
        ("restore", "seeds", "--to", "seeds/restored"),
        _SEEDS,
        ("seeds/restored/articles.jsonl",),
        ("seeds",),
    ),
    "tasks": Stage(
        ("tasks",),
        (*_SEEDS, _SCHEME),
        ("annotation/tasks.json", "annotation/label_config.xml"),
        ("seeds", "annotation"),
    ),
    # Rewrites the tasks, so it names no file of its own.
    "prelabel": Stage(
        ("prelabel",),
        ("annotation/tasks.json", *_COMPOSED, _SCHEME, "annotation/labelled/*.json"),
        (),
        ("seeds", "annotation", "data", "train", "predict.py"),
    ),
    "build": Stage(
        ("build",),
        (*_SEEDS, *_COMPOSED, _SCHEME, "annotation/labelled/*.json"),
        (*_CONFIGS, "data/README.md"),
        ("seeds", "annotation", "data"),
    ),
    "card": Stage(
        ("card",),
        ("data/README.md", _SCHEME, "annotation/labelled/*.json", "annotation/second/*/*.txt"),
        ("DATASET_CARD.md", "data/croissant.json"),
        ("annotation", "data"),
    ),
    "train": Stage(
        ("train", RECIPE),
        (RECIPE, "data/README.md", "data/tokens/train.parquet", "data/composed/train.parquet"),
        (f"{MODEL}/model.safetensors", f"{MODEL}/config.json"),
        ("train", "data"),
    ),
    "evaluate": Stage(
        ("evaluate", MODEL, "--to", RESULTS),
        (
            *(f"{MODEL}/model.safetensors", f"{MODEL}/config.json", "data/README.md"),
            *(_SCHEME, "evaluate/suites/*.yaml"),
        ),
        (f"{RESULTS}/results.json", f"{RESULTS}/report.html", f"{RESULTS}/predictions/small.jsonl"),
        ("evaluate", "train", "annotation", "predict.py"),
    ),
}


def run(always: bool = False) -> list[str] | None:
    """Run the stages in the current folder, a checkout; those that had to run, None if one failed.

    Args:
        always: run what has not changed, too.

    Raises:
        InputError: the current folder is no checkout.
    """
    for needed in ("seeds/manifest.yaml", _SCHEME, RECIPE):
        if not Path(needed).is_file():
            raise InputError(f"{needed} is missing here; run this in the root of a checkout.")
    loader = ModuleTaskLoader({f"task_{name}": _make_task(name) for name in STAGES})
    ran: list[str] = []

    class Reporter(_Reporter):
        def execute_task(self, task):
            ran.append(task.name)
            super().execute_task(task)

    settings = {"dep_file": ".doit.json", "backend": "json", "reporter": Reporter, "verbosity": 2}
    main = DoitMain(loader, config_filenames=(), extra_config={"GLOBAL": settings})
    failed = main.run(["run", *(["--always-execute"] if always else []), *STAGES])
    return None if failed else ran


def _make_task(name: str) -> Callable[[], dict]:
    stage = STAGES[name]

    def task() -> dict:
        # Globbed when doit asks, at the start of each run.
        sources = [CODE / "scheme.py", CODE / "spans.py", CODE / "files.py"]
        for place in (*stage.code, "cli"):
            path = CODE / place
            sources += path.rglob("*.*") if path.is_dir() else [path]
        files = []
        for pattern in stage.reads:
            # What an earlier stage writes may not be there yet; only a pattern needs looking up.
            found = sorted(Path().glob(pattern)) if "*" in pattern else [pattern]
            files += map(str, found)
        files += [
            str(path) for path in sources if path.suffix in (".py", ".html", ".jinja", ".txt")
        ]
        return {
            "actions": [[sys.executable, "-m", "jiqun", *stage.command]],
            "file_dep": files,
            "targets": list(stage.writes),
            "io": {"capture": False},
        }

    return task


class _Reporter(ConsoleReporter):
    def __init__(self, outstream, options):
        super().__init__(sys.stderr, options)

    def execute_task(self, task):
        self.write(f"── {task.name}: jiqun {' '.join(STAGES[task.name].command)}\n")

    def skip_uptodate(self, task):
        self.write(f"── {task.name}: unchanged, skipped\n")

    def add_failure(self, task, fail):
        self.write(f"── {task.name}: failed\n")

    def complete_run(self):
        for message in self.runtime_errors:
            self.write(f"{message}\n")


def summarize() -> tuple[dict, dict[str, str]]:
    """After a run: the results on the test split, and where to look, by what there is to see."""
    return read_json(Path(RESULTS, "results.json")), {
        "restored texts": "seeds/restored/",
        "tasks for Label Studio": "annotation/tasks.json",
        "data set": 'data/  (datasets.load_dataset("data"))',
        "model": f"{MODEL}/",
        "report": f"{RESULTS}/report.html",
    }
