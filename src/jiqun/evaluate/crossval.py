"""Leave one article out: how well a recipe does on real articles, when there are few of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from transformers import TrainingArguments

from ..files import to_json, write_text
from ..predict import Reader
from ..spans import Document, Prediction
from ..train.dataset import (
    Corpus,
    LabelledArticle,
    get_tag_names,
    hold_out,
    load_articles,
    load_rows,
)
from ..train.recipe import Recipe
from .metrics import score
from .run import mark_articles
from .trial import read_predictions, run_trial

KEY = "crossval_seeds"


def cross_validate(recipe: Recipe, arguments: TrainingArguments) -> tuple[dict[str, Any], str]:
    """Train once for each article of the recipe's first config and each seed, without that article.

    All splits of the first config are left out in turn, article by article; the other configs are
    always trained on, but for rows of the article left out. A seed's folds are scored together, as
    if one model had predicted them all. What is finished in `output_dir` is not run again; the
    models are not kept.

    Returns:
        As in `crossval.json`: `seeds`, `summary` (by label, `macro` and `micro`: mean and standard
        deviation over the seeds of precision, recall and F1, and the support), `summary_with_rules`
        (the same of what a `Reader` makes of the model's spans), `pooled` (the model's scores by
        seed), `articles` (its micro F1 by article and seed); and what was done, in one line. Both
        empty on other processes than the first.

    Raises:
        InputError: the data has no column `article`, or a fold cannot be trained.
    """
    held, always, tags = load_folds(recipe)
    names = list(dict.fromkeys(article.name for article in held))
    folder, first = Path(arguments.output_dir), arguments.process_index == 0
    pooled, ruled, articles = {}, [], {name: {} for name in names}
    for seed in recipe.crossval_seeds:
        gold, predictions = [], []
        for name in names:
            training = [a for a in (*held, *always) if a.name != name]
            validation: list[LabelledArticle] = []
            if arguments.eval_strategy != "no":
                training, validation = hold_out(training, recipe, seed)
            fold = [p for article in held if article.name == name for p in article.paragraphs]
            corpus = Corpus(tags, training, validation)
            place = folder / f"seed-{seed}" / name
            trial = run_trial(recipe, arguments, corpus, fold, place, seed)
            if first:
                f1 = trial["strict"]["micro"]["f1"]
                articles[name][str(seed)] = f1
                gold += fold
                predictions += read_predictions(trial)
                print(f"seed {seed}, {name}: micro F1 {100 * f1:.1f}", file=sys.stderr, flush=True)
        if first:
            pooled[str(seed)] = score(gold, predictions)
            ruled.append(score(gold, add_rules(gold, predictions)))
    if not first:
        return {}, ""
    results = {
        "seeds": recipe.crossval_seeds,
        "summary": summarize(list(pooled.values())),
        "summary_with_rules": summarize(ruled),
        "pooled": pooled,
        "articles": articles,
    }
    write_text(folder / "crossval.json", to_json(results, indent=1) + "\n")
    return results, (
        f"crossval: {len(names)} articles, seeds {', '.join(pooled)}, micro F1 "
        f"{format_rate(results['summary']['micro']['f1'])}, with rules "
        f"{format_rate(results['summary_with_rules']['micro']['f1'])} → {folder}/crossval.json"
    )


def add_rules(
    gold: Sequence[Document], predictions: Sequence[list[Prediction]]
) -> list[list[Prediction]]:
    """What a `Reader` makes of what a model found in the paragraphs of articles."""
    left = iter(predictions)
    return mark_articles(Reader(lambda texts: (next(left) for _ in texts)), gold)


def format_rate(rate: dict[str, float | None]) -> str:
    """Mean ± standard deviation in percent."""
    sd = "" if rate["sd"] is None else f" ± {100 * rate['sd']:.1f}"
    return f"{100 * rate['mean']:.1f}{sd}"


def load_folds(recipe: Recipe) -> tuple[list[LabelledArticle], list[LabelledArticle], list[str]]:
    """The articles to leave out in turn, those always trained on, and the tags."""
    config, *others = recipe.configs
    rows = load_rows(recipe.data, "all", config)
    always = [
        article
        for other in others
        for article in load_articles(load_rows(recipe.data, "train", other), other, KEY)
    ]
    return load_articles(rows, config, KEY), always, get_tag_names(rows)


def summarize(scores: Sequence[dict[str, dict]]) -> dict[str, dict[str, Any]]:
    """Mean and standard deviation (n - 1; None of one alone) of scores, by label and rate."""
    summary = {}
    for label in dict.fromkeys(label for one in scores for label in one):
        rows = [one.get(label, {}) for one in scores]
        summary[label] = {"support": max(row.get("support", 0) for row in rows)}
        for rate in ("precision", "recall", "f1"):
            values = [row.get(rate, 0.0) for row in rows]
            sd = stdev(values) if len(values) > 1 else None
            summary[label][rate] = {"mean": mean(values), "sd": sd}
    return summary
