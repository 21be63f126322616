"""A data set to a model, a model to spans, spans to scores."""

from pathlib import Path
from typing import Annotated

import typer

from .console import SCHEME, FilesArgument, SchemeOption, emit, say
from .tables import show_crossval, show_curve, show_results

app = typer.Typer()
DataOption = Annotated[str, typer.Option("--data", help="Folder or hub id of the data set.")]
SUITES = Path("evaluate/suites")
MODEL = "train/models/small"


@app.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="A YAML file, as in train/recipes/.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE…]", help="In place of what the recipe says."),
    ] = None,
) -> None:
    """Train a token-classification model by a recipe; or many, to see how good a recipe is."""
    from ..train.recipe import read_recipe

    settings, arguments = read_recipe(recipe, changes or ())
    if settings.crossval_seeds:
        from ..evaluate.crossval import cross_validate

        results, line = cross_validate(settings, arguments)
        show_crossval(results)
    elif settings.curve_shares:
        from ..evaluate.curve import draw_curve

        curve, line = draw_curve(settings, arguments)
        show_curve(curve)
    else:
        from ..train.finetune import finetune

        line = finetune(settings, arguments)
    # Of several processes only the first has something to say.
    if line:
        say(line)


@app.command()
def pretrain(
    recipe: Annotated[Path, typer.Argument(help="A YAML file, as train/recipes/pretrain.yaml.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE…]", help="In place of what the recipe says."),
    ] = None,
) -> None:
    """Make an encoder of unlabelled texts, to be named in a recipe of `jiqun train`."""
    from ..silver import SilverReader
    from ..train.pretrain import Pretraining
    from ..train.pretrain import pretrain as pretrain_encoder
    from ..train.recipe import read_recipe

    settings, arguments = read_recipe(recipe, changes or (), Pretraining)
    teacher = SilverReader(settings.teacher) if settings.teacher else None
    say(pretrain_encoder(settings, arguments, teacher))


@app.command()
def predict(
    files: FilesArgument,
    model: Annotated[
        str | None, typer.Option(help="Folder or hub id of a model; none: the package's own.")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="The model only, without rules.")] = False,
) -> None:
    """Mark crawled articles: an object an article, spans in text and in raw offsets.

    By a model, by the rules of jiqun prelabel, and by what mentions of one name say of each other.
    A text file of over two million characters is marked in parts, an object each.
    """
    from ..files import to_json
    from ..predict import EMBEDDED, Predictor, Reader, describe, predict_articles
    from ..seeds.crawl import read_crawled, restore_all

    reader = Reader(Predictor(model or EMBEDDED).stream, alone)
    articles = restore_all(read_crawled(files, parts=True))
    for article, predictions in predict_articles(reader, articles):
        emit(to_json(describe(article, predictions)) + "\n")


@app.command()
def evaluate(
    systems: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL…]",
            help="Models (folders, hub ids, embedded), MODEL+rules, predictions (.jsonl), "
            "rules, lexicon, jieba.",
        ),
    ] = None,
    data: DataOption = "data",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    suites: Annotated[
        Path | None, typer.Option(help="Folder of behaviour cases; the checkout's by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the intervals and tests.")] = 0,
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="Folder for results, predictions and report.")] = Path(
        "evaluate/results/small"
    ),
) -> None:
    """Score any number of systems on a split, and write a report to look at."""
    from ..evaluate.run import evaluate_systems
    from ..scheme import read_scheme

    if suites is None and SUITES.is_dir():
        suites = SUITES
    results, line = evaluate_systems(
        systems or [MODEL], data, split, read_scheme(scheme), to, suites, seed
    )
    show_results(results)
    say(line)


@app.command()
def run(
    always: Annotated[bool, typer.Option(help="Run what has not changed, too.")] = False,
) -> None:
    """Every stage on the seeds, in order; what has not changed is skipped."""
    from .. import pipeline

    ran = pipeline.run(always)
    if ran is None:
        raise typer.Exit(2)
    results, places = pipeline.summarize()
    if "evaluate" not in ran:
        show_results(results)
    width = max(map(len, places))
    for name, place in places.items():
        say(f"{name:<{width}}  {place}")
