"""Tasks for annotators, how far they agree, and what to look at again."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import (
    COMPOSED,
    LABELLED,
    MANIFEST,
    QUARANTINE,
    SCHEME,
    ManifestOption,
    QuarantineOption,
    SchemeOption,
    emit,
    say,
)
from .tables import describe_intake, show_agreement, show_intake

app = typer.Typer()
ACCEPTED = Path("annotation/accepted.yaml")


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
    from ..annotation.config import make_label_config
    from ..annotation.tasks import add_prediction, make_task
    from ..files import to_json, write_text
    from ..scheme import read_scheme
    from ..seeds.crawl import read_crawled, restore_all
    from ..seeds.manifest import read_manifest

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
    from ..annotation.prelabel import mark, prelabel
    from ..annotation.rules import know_places
    from ..data.divisions import list_names

    predictor = None
    if model:
        from ..predict import Predictor

        predictor = Predictor(model)
    if not rules:
        return lambda text: mark(text, predictor)
    places = know_places(list_names())
    return lambda text: prelabel(text, model=predictor, places=places)


@app.command("import")
def import_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Exported files.")],
    format: Annotated[
        str | None, typer.Option(help="json, json-min, doccano or conll; none: as they look.")
    ] = None,
    annotator: Annotated[
        str | None, typer.Option(help="Who made the labels of a file that does not say.")
    ] = None,
    offsets: Annotated[
        str | None, typer.Option(help="What doccano's offsets count: code-points or utf-16.")
    ] = None,
    tasks: Annotated[
        Path | None,
        typer.Option(help="Tasks that the texts belong to; none: the manifest's articles."),
    ] = None,
    manifest: ManifestOption = MANIFEST,
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="Folder for a file a task.")] = LABELLED,
    quarantine: QuarantineOption = QUARANTINE,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace other labels by the same annotators.")
    ] = False,
) -> None:
    """Add labels exported by hand: Label Studio's JSON and JSON-MIN, doccano's JSONL, CoNLL.

    They come in as those of `jiqun studio pull` do: proven, repaired where that is certain, or set
    aside with their reason.
    """
    from functools import cache

    from ..annotation.interchange import import_labels
    from ..annotation.placement import Articles, read_tasks
    from ..annotation.tasks import make_task
    from ..scheme import read_scheme
    from ..seeds.manifest import read_manifest

    @cache
    def find_articles() -> Articles:
        if tasks is not None:
            return Articles(read_tasks(tasks))
        return Articles(make_task(seed.read()) for seed in read_manifest(manifest))

    readings, intake = import_labels(
        files,
        find_articles,
        read_scheme(scheme),
        to,
        quarantine,
        format=format,
        annotator=annotator,
        units=offsets,
        overwrite=overwrite,
    )
    for file, reading in zip(files, readings):
        what = "sentences" if reading.format == "conll" else "records"
        say(
            f"import: {file} ({reading.format}): {reading.records} {what}, "
            f"{reading.unplaced} of no known article"
        )
    show_intake("import", intake, quarantine)
    written = len(intake.written) + len(intake.same) + len(intake.kept)
    say(
        f"import: {written} labelled tasks; {describe_intake(intake)} → {to} "
        f"({len(intake.written)} files new or changed)"
    )


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
    from ..annotation.agreement import describe_disagreement, measure_agreement, read_labellings
    from ..files import to_json, write_text
    from ..scheme import read_scheme

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


@app.command()
def audit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled files or folders; none: those of the checkout."),
    ] = None,
    scheme: SchemeOption = SCHEME,
    accepted: Annotated[
        Path | None,
        typer.Option(help="YAML list of suspects that are right."),
    ] = None,
    format: Annotated[str, typer.Option(help="text, or jsonl: an object a suspect.")] = "text",
) -> None:
    """List labels to look at again, the likeliest mistakes first, each with its reason."""
    from ..annotation.audit import audit as find_suspects
    from ..annotation.audit import describe_suspect, leave_out, read_accepted, read_documents
    from ..files import to_json
    from ..scheme import read_scheme

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
