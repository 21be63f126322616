"""A recipe on public sets of Chinese entities, by their official splits, beside published figures.

    python evaluate/benchmarks/public.py FOLDER [KEY=VALUE…] [--recipe …] [--sets …] [--seeds …]

The sets are not in this repository, and their terms are research alone: FOLDER has one folder a
set, with `train.jsonl`, `test.jsonl` and perhaps `dev.jsonl`, plain or `.xz`; a line of them is
`{"text": …, "spans": [[start, end, label], …]}`, in code points, half-open. Where a set has a dev
split, it chooses the epoch. A training that was killed goes on when the command is given again;
one that is finished is not repeated. The models are not kept.
"""

import argparse
import json
import lzma
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jiqun.errors import InputError
from jiqun.evaluate.crossval import format_rate, summarize
from jiqun.evaluate.trial import run_trial
from jiqun.files import decode, read_bytes
from jiqun.spans import Document, Span
from jiqun.train.dataset import Corpus, LabelledArticle
from jiqun.train.recipe import read_recipe

ROOT = Path(__file__).resolve().parents[2]
WATCHED = (
    "eval_strategy=epoch",
    "per_device_eval_batch_size=64",
    "load_best_model_at_end=true",
    "metric_for_best_model=f1",
)
RESUMED = ("save_strategy=epoch", "save_total_limit=1", "resume_from_checkpoint=true")


@dataclass(frozen=True)
class PublicSet:
    """A public set.

    Attributes:
        published: strict F1 in percent of the LSTM-CRF on characters in Zhang and Yang (2018,
            Chinese NER using lattice LSTM), which starts from pretrained character vectors.
        changes: what differs from the recipe, as `read_recipe` takes it.
    """

    published: float
    changes: tuple[str, ...] = ()


SETS = {
    "resume": PublicSet(93.48, ("num_train_epochs=10",)),
    "weibo": PublicSet(52.77, ("num_train_epochs=30",)),
    "msra": PublicSet(88.81, ("num_train_epochs=3",)),
}


def read_set(folder: Path) -> tuple[Corpus, list[Document]]:
    """What of a public set is trained on and watched, and its test split.

    Raises:
        InputError: a split is missing (dev may be), or a line is not as this module says.
    """
    splits = {
        split: read_split(path)
        for split in ("train", "dev", "test")
        for path in [folder / f"{split}.jsonl", folder / f"{split}.jsonl.xz"]
        if path.is_file()
    }
    for split in ("train", "test"):
        if split not in splits:
            raise InputError(f"{folder}: no {split}.jsonl or {split}.jsonl.xz; name another set.")
    training, validation = (
        [LabelledArticle(d.id, split, (d,)) for d in splits.get(split, ())]
        for split in ("train", "dev")
    )
    labels = sorted({span.label for document in splits["train"] for span in document.spans})
    tags = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
    return Corpus(tags, training, validation), splits["test"]


def read_split(path: Path) -> list[Document]:
    """The texts of one file, a line each.

    Raises:
        InputError: a line is not as this module says.
    """
    data = read_bytes(path)
    lines = decode(lzma.decompress(data) if path.suffix == ".xz" else data, path).split("\n")
    documents = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
                spans = tuple(Span(*span) for span in row["spans"])
                documents.append(Document(f"{path.name}:{number}", row["text"], spans))
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(
                    f"{path}: line {number}: {error}; expected a text and its spans, "
                    "[start, end, label] each, ascending and flat."
                ) from None
    return documents


def measure(
    name: str, folder: Path, recipe: Path, changes: list[str], seeds: list[int], to: Path
) -> dict[str, Any]:
    """Train on one set with each seed and score its test split.

    Returns:
        `epochs`, and `precision`, `recall` and `f1` with `mean` and `sd` over the seeds.

    Raises:
        InputError: the set, the recipe or an older result in `to` is not as it should be.
    """
    corpus, gold = read_set(folder / name)
    settings, arguments = read_recipe(
        recipe,
        [
            *RESUMED,
            *(WATCHED if corpus.validation else ()),
            *SETS[name].changes,
            *changes,
            f"output_dir={to}",
        ],
    )
    scores = []
    for seed in seeds:
        trial = run_trial(settings, arguments, corpus, gold, to / name / f"seed-{seed}", seed)
        scores.append(trial["strict"])
        f1 = 100 * trial["strict"]["micro"]["f1"]
        print(f"{name}, seed {seed}: F1 {f1:.1f}; {trial['line']}", file=sys.stderr, flush=True)
    return summarize(scores)["micro"] | {"epochs": arguments.num_train_epochs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds a folder a set")
    parser.add_argument("changes", nargs="*", help="KEY=VALUE, in place of what the recipe says")
    parser.add_argument("--recipe", type=Path, default=ROOT / "train/recipes/small.yaml")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--to", type=Path, default=ROOT / "train/models/public")
    given = parser.parse_intermixed_args()
    print("| set | epochs | seeds | precision | recall | F1 | published F1 |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    try:
        for name in given.sets:
            row = measure(name, given.folder, given.recipe, given.changes, given.seeds, given.to)
            rates = " | ".join(format_rate(row[rate]) for rate in ("precision", "recall", "f1"))
            print(
                f"| {name} | {row['epochs']:g} | {len(given.seeds)} | {rates} "
                f"| {SETS[name].published:.1f} |",
                flush=True,
            )
    except InputError as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
