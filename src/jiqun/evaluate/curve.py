"""How much more data brings: F1 after training on growing samples of the articles."""

import math
import random
import sys
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from ..errors import InputError
from ..files import to_json, write_text
from ..train.dataset import Corpus, LabelledArticle, list_paragraphs, load_corpus
from ..train.recipe import Recipe
from .crossval import load_folds
from .trial import run_trial


def draw_curve(recipe: Recipe, arguments: TrainingArguments) -> tuple[list[dict[str, Any]], str]:
    """Train on each of the recipe's `curve_shares`, and score on all real articles not trained on.

    These are the articles of all splits of the first config but those of train, and but those of
    validation where they watch the training. The last model stays in `output_dir`, and
    `curve.json` beside it, so that `jiqun evaluate` draws the curve into its report. What is
    finished is not run again.

    Returns:
        The points of the curve, as in `curve.json`: `articles`, `f1` (micro), `labels` (F1 by
        label) and `share`; and what was done, in one line. Empty on other processes than the first.

    Raises:
        InputError: the data has no column `article`, there is nothing to score on, or a model
            cannot be trained.
    """
    watched = arguments.eval_strategy != "no"
    corpus = load_corpus(recipe, watched, arguments.seed)
    # Every article that can be scored is worth more here than scores that are fitted.
    validation = corpus.validation if watched else []
    used = {article.name for article in (*corpus.training, *validation)}
    real, _, _ = load_folds(recipe)
    gold = list_paragraphs(article for article in real if article.name not in used)
    if not gold:
        raise InputError(
            f"curve_shares: every article of {recipe.configs[0]} is trained on; "
            "give the data set a split test."
        )
    folder, curve = Path(arguments.output_dir), []
    shares = sorted(set(recipe.curve_shares))
    for share in shares:
        part = sample(corpus.training, share, arguments.seed)
        last = share == shares[-1]
        place = folder if last else folder / f"share-{share:g}"
        own = Corpus(corpus.tags, part, validation)
        trial = run_trial(recipe, arguments, own, gold, place, arguments.seed, keep=last)
        if arguments.process_index == 0:
            f1 = {label: row["f1"] for label, row in trial["strict"].items()}
            point = {"articles": len({a.name for a in part}), "f1": f1.pop("micro")}
            del f1["macro"]
            curve.append(point | {"labels": f1, "share": share})
            print(
                f"{point['articles']} articles: micro F1 {100 * point['f1']:.1f}",
                file=sys.stderr,
                flush=True,
            )
    if arguments.process_index:
        return [], ""
    write_text(folder / "curve.json", to_json(curve, indent=1) + "\n")
    return curve, (
        f"curve: {len(curve)} points to {curve[-1]['articles']} articles, micro F1 "
        f"{100 * curve[0]['f1']:.1f} to {100 * curve[-1]['f1']:.1f} → {folder}/curve.json"
    )


def sample(articles: list[LabelledArticle], share: float, seed: int) -> list[LabelledArticle]:
    """A share of the articles of each config, rounded up; a smaller share is part of a larger."""
    chosen: set[str] = set()
    for config in dict.fromkeys(article.config for article in articles):
        names = sorted({article.name for article in articles if article.config == config})
        random.Random(f"curve {seed} {config}").shuffle(names)
        chosen |= set(names[: math.ceil(share * len(names))])
    return [article for article in articles if article.name in chosen]
