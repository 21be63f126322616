"""The command line: a verb a stage. Data goes to standard output, all else to standard error."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import InputError

app = typer.Typer(
    help="Chinese news of industrial clusters: from crawled articles to a scored model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
studio_app = typer.Typer(
    help="Label Studio: start it, push tasks, pull labels.", no_args_is_help=True
)
app.add_typer(studio_app, name="studio")

SchemeOption = Annotated[Path, typer.Option("--scheme", help="The labels.")]
ManifestOption = Annotated[Path, typer.Option("--manifest", help="The list of seed articles.")]
DataOption = Annotated[str, typer.Option("--data", help="Folder or hub id of the data set.")]
UrlOption = Annotated[
    str, typer.Option("--url", envvar="LABEL_STUDIO_URL", help="Address of the server.")
]
SCHEME = Path("annotation/scheme.yaml")
MANIFEST = Path("seeds/manifest.yaml")
LABELLED = Path("annotation/labelled")
ACCEPTED = Path("annotation/accepted.yaml")
COMPOSED = Path("seeds/composed")
SUITES = Path("evaluate/suites")
MODEL = "train/models/small"


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    try:
        app()
    except InputError as error:
        say(f"jiqun: {error}")
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has seen enough (`jiqun predict … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        say("jiqun: stopped.")
        sys.exit(130)


def say(line: str) -> None:
    """Tell the user something; standard output is for data."""
    print(line, file=sys.stderr, flush=True)


def emit(text: str) -> None:
    """Write data to standard output, UTF-8 whatever the terminal's locale, line ends untouched."""
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


FilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE…",
        help="Crawled articles (.txt, .jsonl), folders, or - (stdin).",
    ),
]


@app.command("restore")
def restore_command(
    files: FilesArgument,
    format: Annotated[str, typer.Option(help="text, or jsonl: an object an article.")] = "text",
    source: Annotated[
        str, typer.Option("--from", help="What standard input holds: text or jsonl.")
    ] = "text",
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out a step: markup, space, pinyin, script, repair, wrap, furniture."
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what was kept aside or lost."),
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at work.")] = 1,
    to: Annotated[
        Path | None, typer.Option(help="Write FOLDER/<id>.txt and FOLDER/articles.jsonl instead.")
    ] = None,
) -> None:
    """Restore crawled articles: readable text whose every character knows where it came from.

    A file that a manifest.yaml beside it lists is checked against its hash, and its errata apply.
    A .jsonl file holds an object a line with `text` and `id`.
    """
    from .files import to_json
    from .seeds.crawl import describe, read_crawled, restore_all, write_articles
    from .seeds.crawl import explain as explain_article
    from .seeds.restore import STEPS

    for option, value in ("--format", format), ("--from", source):
        if value not in ("text", "jsonl"):
            raise InputError(f"{option} {value}: expected text or jsonl.")
    if unknown := set(without or ()) - set(STEPS):
        raise InputError(f"--without {unknown.pop()}: expected one of {', '.join(STEPS)}.")
    steps = [step for step in STEPS if step not in (without or ())]

    def articles():
        for article in restore_all(read_crawled(files, source == "jsonl"), steps, jobs):
            if explain:
                for line in explain_article(article):
                    say(line)
            yield article

    if to is not None:
        say(write_articles(articles(), to))
        return
    for article in articles():
        if format == "jsonl":
            emit(to_json(describe(article)) + "\n")
        else:
            emit(article.text if article.text.endswith("\n") else article.text + "\n")


@app.command()
def tasks(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…]", help="Articles; none: the manifest's."),
    ] = None,
    manifest: ManifestOption = MANIFEST,
    scheme: SchemeOption = SCHEME,
    model: Annotated[str | None, typer.Option(help="Pre-label with this model.")] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Pre-label with rules for amounts, people and bodies.")
    ] = False,
    to: Annotated[Path, typer.Option(help="The file of tasks.")] = Path("annotation/tasks.json"),
) -> None:
    """Make Label Studio tasks, and the label config beside them, to import by hand or push."""
    from .annotation.config import make_label_config
    from .annotation.tasks import add_prediction, make_task
    from .files import to_json, write_text
    from .scheme import read_scheme
    from .seeds.crawl import read_crawled, restore_all
    from .seeds.manifest import read_manifest

    config = make_label_config(read_scheme(scheme))
    crawled = read_crawled(files) if files else (s.read_raw() for s in read_manifest(manifest))
    articles = restore_all(crawled)
    made, spans = [], 0
    version = "+".join(filter(None, ("rules" if rules else "", Path(model).name if model else "")))
    find = make_prelabeller(model, rules) if version else None
    for article in articles:
        task = make_task(article)
        if find:
            found = find(article.text)
            spans += len(found)
            task = add_prediction(task, [p.span for p in found], [p.score for p in found], version)
        made.append(task)
    write_text(to, to_json(made, indent=1) + "\n")
    write_text(to.parent / "label_config.xml", config)
    say(
        f"tasks: {len(made)} tasks, {spans} pre-labelled spans → {to}, {to.parent}/label_config.xml"
    )


def make_prelabeller(model: str | None, rules: bool):
    """From a text to its pre-labels, by a model, by rules that know China's divisions, or both."""
    from .annotation.prelabel import mark, prelabel
    from .annotation.rules import know_places
    from .data.divisions import list_names

    predictor = None
    if model:
        from .predict import Predictor

        predictor = Predictor(model)
    if not rules:
        return lambda text: mark(text, predictor)
    places = know_places(list_names())
    return lambda text: prelabel(text, model=predictor, places=places)


@studio_app.command("start")
def studio_start(
    folder: Annotated[Path, typer.Argument(help="Where the server keeps its data.")],
    port: Annotated[int, typer.Option(help="A free port on the loopback interface.")] = 8080,
    user: Annotated[str, typer.Option(help="Name to log in with.")] = "annotator@localhost.local",
    executable: Annotated[Path, typer.Option(help="Label Studio in its own environment.")] = Path(
        ".venv-studio/bin/label-studio"
    ),
) -> None:
    """Start a Label Studio on this machine alone, until Ctrl-C.

    LABEL_STUDIO_PASSWORD and LABEL_STUDIO_API_KEY (40 characters) are the password and key of its
    first account.
    """
    import time

    from .annotation.studio import serve

    password = read_secret("LABEL_STUDIO_PASSWORD")
    key = read_secret("LABEL_STUDIO_API_KEY")
    say("studio: starting; the first start makes a database and takes about two minutes.")
    with serve(executable, folder, port, user, password, key) as url:
        say(f"studio: {url} is up; log in as {user}. Ctrl-C stops it.")
        while True:
            time.sleep(3600)


@studio_app.command("push")
def studio_push(
    file: Annotated[Path, typer.Argument(help="Tasks made by `jiqun tasks`.")] = Path(
        "annotation/tasks.json"
    ),
    title: Annotated[str, typer.Option(help="The project's title, 3 to 50 characters.")] = "Jiqun",
    scheme: SchemeOption = SCHEME,
    url: UrlOption = "http://127.0.0.1:8080",
) -> None:
    """Bring tasks into a Label Studio project; articles it has already are left alone.

    The key comes from LABEL_STUDIO_API_KEY.
    """
    from .annotation.config import make_label_config
    from .annotation.studio import connect, push
    from .files import read_json
    from .scheme import read_scheme

    tasks = read_json(file)
    if not isinstance(tasks, list) or not all(
        isinstance(t, dict) and isinstance(t.get("data"), dict) and "article" in t["data"]
        for t in tasks
    ):
        raise InputError(f"{file}: expected a list of tasks; make it with `jiqun tasks`.")
    config = make_label_config(read_scheme(scheme))
    client = connect(url, read_secret("LABEL_STUDIO_API_KEY"))
    project, added = push(client, url, title, config, tasks)
    say(
        f"studio push: project {project}, {added} tasks added, "
        f"{len(tasks) - added} there already → {url}/projects/{project}"
    )


@studio_app.command("pull")
def studio_pull(
    project: Annotated[int, typer.Argument(help="The project's number.")],
    to: Annotated[Path, typer.Option(help="Folder for a file a task.")] = LABELLED,
    url: UrlOption = "http://127.0.0.1:8080",
) -> None:
    """Fetch the labelled tasks of a project, a file a task. The key is LABEL_STUDIO_API_KEY."""
    from .annotation.export import write_labelled
    from .annotation.studio import connect, pull

    client = connect(url, read_secret("LABEL_STUDIO_API_KEY"))
    labelled = pull(client, url, project)
    paths = write_labelled(labelled, to)
    spans = sum(len(a["result"] or []) for task in labelled for a in task["annotations"])
    say(f"studio pull: {len(paths)} labelled tasks, {spans} regions → {to}")


def read_secret(name: str) -> str:
    """A secret from the environment; never shown."""
    value = os.environ.get(name, "")
    if not value:
        raise InputError(f"{name} is not set; put it in the environment.")
    return value


@app.command()
def agree(
    folders: Annotated[
        list[Path],
        typer.Argument(help="One folder of labelled tasks, or a folder for each annotator."),
    ],
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path | None, typer.Option(help="Write every disagreement, a line each.")] = None,
) -> None:
    """How far annotators agree: span F1 with intervals, Krippendorff's alpha, disagreements."""
    from .annotation.agreement import describe_disagreement, measure_agreement, read_labellings
    from .files import to_json, write_text
    from .scheme import read_scheme

    labels = read_scheme(scheme)
    labellings = read_labellings(folders, labels)
    agreement = measure_agreement(labellings, labels.names)
    show_agreement(agreement)
    lines = [
        to_json(describe_disagreement(d, next(iter(labellings[d.article].values()))))
        for d in agreement.disagreements
    ]
    if to is not None:
        write_text(to, "".join(line + "\n" for line in lines))
    alpha = "undefined" if agreement.alpha is None else f"{agreement.alpha:.4f}"
    say(
        f"agree: {agreement.articles} articles by {', '.join(agreement.annotators)}, "
        f"alpha {alpha}, {len(lines)} disagreements"
        + (f" → {to}" if to else f"; {len(labellings) - agreement.articles} articles labelled once")
    )


def show_agreement(agreement) -> None:
    """Agreement by label as a table on standard error, and disagreements by kind."""
    from collections import Counter

    from rich.console import Console
    from rich.table import Table

    table = Table("label", title="agreement between annotators, F1", title_justify="left")
    for column in ("exact", "95%", "relaxed", "95%", "spans of both"):
        table.add_column(column, justify="right")
    for name, score in agreement.scores.items():
        cells = []
        for value, interval in (
            (score.exact, score.exact_interval),
            (score.relaxed, score.relaxed_interval),
        ):
            cells.append(f"{100 * value:.1f}")
            cells.append("–".join(f"{100 * end:.1f}" for end in interval) if interval else "")
        table.add_row(name, *cells, str(score.spans))
    Console(stderr=True).print(table)
    kinds = Counter(d.kind for d in agreement.disagreements)
    if kinds:
        say("disagreements: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))


@app.command()
def audit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled files or folders; none: those of the checkout."),
    ] = None,
    scheme: SchemeOption = SCHEME,
    accepted: Annotated[
        Path | None, typer.Option(help="YAML list of suspects that are right; none by default.")
    ] = None,
    format: Annotated[str, typer.Option(help="text, or jsonl: an object a suspect.")] = "text",
) -> None:
    """List labels to look at again, the likeliest mistakes first, each with its reason."""
    from .annotation.audit import audit as find_suspects
    from .annotation.audit import describe_suspect, leave_out, read_accepted, read_documents
    from .files import to_json
    from .scheme import read_scheme

    if format not in ("text", "jsonl"):
        raise InputError(f"--format {format}: expected text or jsonl.")
    documents, asides = read_documents(files or [LABELLED, COMPOSED], read_scheme(scheme))
    suspects = find_suspects(documents, asides)
    known = read_accepted(accepted or ACCEPTED) if accepted or ACCEPTED.exists() else []
    left, idle = leave_out(suspects, known, documents)
    texts = {document.id: document.text for document in documents}
    for suspect in left:
        row = describe_suspect(suspect, texts[suspect.article])
        if format == "jsonl":
            emit(to_json(row) + "\n")
        else:
            place = f"{suspect.article}:{suspect.start}:{suspect.end}"
            emit(f"{place} {suspect.kind}: {row['context']} ({suspect.reason})\n")
    names = {document.id for document in documents}
    for entry in idle:
        if entry.article in names:
            say(f"audit: {entry.article} {entry.kind} {entry.text!r} is accepted for nothing now.")
    say(
        f"audit: {len(documents)} articles, {len(left)} suspects, "
        f"{len(suspects) - len(left)} more accepted as right"
    )


@app.command("build")
def build_command(
    manifest: ManifestOption = MANIFEST,
    labelled: Annotated[Path, typer.Option(help="Folder of labelled tasks.")] = LABELLED,
    composed: Annotated[Path, typer.Option(help="Folder of composed articles.")] = COMPOSED,
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="Folder of the data set.")] = Path("data"),
) -> None:
    """Build the data set that datasets.load_dataset reads."""
    from .data.build import build, read_gold, restore_composed
    from .scheme import read_scheme
    from .seeds.composed import read_plan
    from .seeds.manifest import read_manifest

    labels = read_scheme(scheme)
    gold = read_gold(read_manifest(manifest), labelled, labels)
    say(build(gold, restore_composed(read_plan(composed), labels), labels, to))


@app.command("card")
def card_command(
    data: Annotated[Path, typer.Option(help="Folder of the built data set.")] = Path("data"),
    labelled: Annotated[Path, typer.Option(help="Folder of labelled tasks.")] = LABELLED,
    second: Annotated[
        Path, typer.Option(help="Composed articles labelled twice: folders written and blind.")
    ] = Path("annotation/second"),
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="The card.")] = Path("DATASET_CARD.md"),
) -> None:
    """Write DATASET_CARD.md and Croissant metadata from the data set."""
    from .data.card import write_card
    from .scheme import read_scheme

    metadata = data / "croissant.json"
    say(write_card(data, labelled, second, read_scheme(scheme), to, metadata))


@app.command("export")
def export_command(
    format: Annotated[str, typer.Argument(help="conll, jsonl or label-studio.")],
    to: Annotated[Path, typer.Argument(help="The file to write.")],
    split: Annotated[str | None, typer.Option(help="train, validation or test; none: all.")] = None,
    origin: Annotated[str | None, typer.Option(help="gold or composed; none: both.")] = None,
    manifest: ManifestOption = MANIFEST,
    labelled: Annotated[Path, typer.Option(help="Folder of labelled tasks.")] = LABELLED,
    composed: Annotated[Path, typer.Option(help="Folder of composed articles.")] = COMPOSED,
    scheme: SchemeOption = SCHEME,
) -> None:
    """Write the labelled articles as CoNLL, as JSON Lines or as Label Studio tasks."""
    from .data.build import read_gold, restore_composed
    from .data.formats import export
    from .scheme import read_scheme
    from .seeds.composed import read_plan
    from .seeds.manifest import read_manifest

    labels = read_scheme(scheme)
    gold = read_gold(read_manifest(manifest), labelled, labels)
    written = restore_composed(read_plan(composed), labels)
    say(export(gold, written, format, to, split, origin))


@app.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="A YAML file, as in train/recipes/.")],
) -> None:
    """Train a token-classification model by a recipe."""
    from .train.recipe import read_recipe

    settings, arguments = read_recipe(recipe)
    from .train.finetune import finetune

    say(finetune(settings, arguments))


@app.command()
def predict(
    files: FilesArgument,
    model: Annotated[str, typer.Option(help="Folder or hub id of a model.")] = MODEL,
) -> None:
    """Mark crawled articles with a model: an object a file, spans in text and in raw offsets."""
    from .files import to_json
    from .predict import Predictor, describe, predict_article
    from .seeds.crawl import read_crawled, restore_all

    predictor = Predictor(model)
    for article in restore_all(read_crawled(files)):
        emit(to_json(describe(article, predict_article(predictor, article))) + "\n")


@app.command()
def evaluate(
    systems: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL…]",
            help="Models (folders, hub ids), predictions (.jsonl), rules, lexicon, jieba.",
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
    from .evaluate.run import evaluate_systems
    from .scheme import read_scheme

    if suites is None and SUITES.is_dir():
        suites = SUITES
    results, line = evaluate_systems(
        systems or [MODEL], data, split, read_scheme(scheme), to, suites, seed
    )
    show_results(results)
    say(line)


def show_results(results: dict) -> None:
    """Strict scores of every system, and the tests between them, on standard error."""
    from rich.console import Console
    from rich.table import Table

    labels = [*results["made"]["labels"], "PER", "macro", "micro"]
    about = results["made"]["data"]
    for system in results["systems"]:
        title = f"{system['name']} on {about['split']}, strict"
        table = Table("label", title=title, title_justify="left")
        for column in ("precision", "recall", "F1", "95%", "gold spans"):
            table.add_column(column, justify="right")
        for name in labels:
            if name not in system["strict"]:
                continue
            row = system["strict"][name]
            figures = (f"{100 * row[key]:.1f}" for key in ("precision", "recall", "f1"))
            ends = "–".join(f"{100 * end:.1f}" for end in row["interval"] or ())
            table.add_row(name, *figures, ends, str(row["support"]))
        Console(stderr=True).print(table)
        if system["suites"]:
            passed = sum(suite["passed"] for suite in system["suites"].values())
            total = sum(suite["total"] for suite in system["suites"].values())
            say(f"{system['name']}: {passed} of {total} behaviour cases passed")
    for pair in results["comparisons"]:
        say(
            f"{pair['first']} − {pair['second']}: {100 * pair['difference']:+.1f} micro F1, "
            f"p = {pair['p']:.4f} (randomised by {pair['by']})"
        )


@app.command()
def run(
    always: Annotated[bool, typer.Option(help="Run what has not changed, too.")] = False,
) -> None:
    """Every stage on the seeds, in order; what has not changed is skipped."""
    from . import pipeline

    code = pipeline.run(always)
    if code:
        raise typer.Exit(code)
    results, places = pipeline.summarize()
    show_results(results)
    width = max(map(len, places))
    for name, place in places.items():
        say(f"{name:<{width}}  {place}")
