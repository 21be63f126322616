"""Tasks for annotators, how far they agree, and what to look at again."""

from dataclasses import replace
from importlib.util import find_spec
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
    check_choices,
    emit,
    say,
)
from .studio import URL, FolderOption, UrlOption, open_studio
from .tables import describe_intake, show_agreement, show_intake, show_measures, show_suspects

app = typer.Typer()
TASKS = Path("annotation/tasks.json")
ACCEPTED = Path("annotation/accepted.yaml")


@app.command()
def tasks(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…]", help="Articles; none: the manifest's."),
    ] = None,
    manifest: ManifestOption = MANIFEST,
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="The file of tasks.")] = TASKS,
) -> None:
    """Make Label Studio tasks, and the label config beside them, to import by hand or push."""
    from ..annotation.config import make_label_config
    from ..annotation.tasks import make_task
    from ..files import to_json, write_text
    from ..scheme import read_scheme
    from ..seeds.crawl import read_crawled, restore_all
    from ..seeds.manifest import read_manifest

    config = make_label_config(read_scheme(scheme))
    crawled = read_crawled(files) if files else (s.read_raw() for s in read_manifest(manifest))
    made = [make_task(article) for article in restore_all(crawled)]
    write_text(to, to_json(made, indent=1) + "\n")
    write_text(to.parent / "label_config.xml", config)
    say(f"tasks: {len(made)} tasks → {to}, {to.parent}/label_config.xml")


@app.command("prelabel")
def prelabel_command(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="Tasks made by `jiqun tasks`.")
    ] = TASKS,
    to: Annotated[Path | None, typer.Option(help="The file to write; none: FILE.")] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out a source: rules, lexicon, model.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Folder or hub id; none: the package's own model.")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Leave the tasks alone; score the sources on gold.")
    ] = False,
    format: Annotated[
        str, typer.Option(help="Of --measure: table, or json on standard output.")
    ] = "table",
    labelled: Annotated[Path, typer.Option(help="Folder of labelled tasks.")] = LABELLED,
    composed: Annotated[Path, typer.Option(help="Folder of composed articles.")] = COMPOSED,
    scheme: SchemeOption = SCHEME,
) -> None:
    """Put pre-labels with scores into tasks, in place of those that are there.

    They come from rules (amounts, posts before names, endings of bodies, known places), from a
    lexicon of what labelled and composed articles nearly always mark, and from a model where it is
    sure. The lexicon learns nothing from the articles that are pre-labelled or measured.
    """
    from ..annotation.labelled import read_documents
    from ..annotation.lexicon import Lexicon
    from ..annotation.prelabel import (
        Prelabeller,
        explain_refusal,
        measure_left_out,
        prelabel_tasks,
    )
    from ..annotation.rules import know_places
    from ..annotation.tasks import read_tasks
    from ..data.divisions import list_names
    from ..files import to_json, write_text
    from ..scheme import read_scheme

    without = without or []
    check_choices("--without", without, "rules", "lexicon", "model")
    check_choices("--format", [format], "table", "json")
    labels = read_scheme(scheme)
    gold, known = (
        read_documents([folder] if folder.is_dir() else [], labels).documents
        for folder in (labelled, composed)
    )
    prelabeller = Prelabeller(
        rules="rules" not in without,
        places=know_places(list_names()),
        lexicon=None if "lexicon" in without else Lexicon({}),
    )
    if model is None and "model" not in without and not find_spec("torch"):
        say("prelabel: no model is asked; `pip install 'jiqun[predict]'` brings what it needs.")
    elif "model" not in without:
        from ..predict import EMBEDDED, Predictor

        path = model or EMBEDDED
        seen = explain_refusal(path, gold) if measure else None
        if seen and model:
            raise InputError(f"{seen}; name another model, or measure --without model.")
        if seen:
            say(f"prelabel: measured without a model: {seen}.")
        else:
            prelabeller = replace(prelabeller, model=Predictor(path), name=Path(path).name)
    if measure:
        scores = measure_left_out(gold, prelabeller, known)
        if format == "json":
            emit(to_json(scores, indent=1) + "\n")
        else:
            show_measures(scores)
        say(f"prelabel: measured on {len(gold)} articles, each left out of {len(gold + known)}")
        return
    made, counts, learnt = prelabel_tasks(read_tasks(file), prelabeller, [*gold, *known])
    write_text(to or file, to_json(made, indent=1) + "\n")
    listed = ", ".join(f"{label} {counts[label]}" for label in labels.names if counts[label])
    say(
        f"prelabel: {len(made)} tasks, {counts.total()} spans ({listed or 'none'}) by "
        f"{prelabeller.version}, {learnt} articles known → {to or file}"
    )


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
    from ..annotation.placement import Articles
    from ..annotation.tasks import make_task, read_tasks
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


@app.command("audit")
def audit_command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled files or folders; none: those of the checkout."),
    ] = None,
    scheme: SchemeOption = SCHEME,
    accepted: Annotated[
        Path | None,
        typer.Option(help="YAML list of suspects that are right."),
    ] = None,
    format: Annotated[str, typer.Option(help="table, or jsonl: an object a suspect.")] = "table",
    crossval: Annotated[
        bool,
        typer.Option("--crossval", help="Ask a model of the other articles, too: half a minute."),
    ] = False,
    push: Annotated[
        str | None,
        typer.Option(metavar="PROJECT", help="Show them in this Label Studio project, too."),
    ] = None,
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """List labels to look at again, the likeliest mistakes first, each with its reason.

    With --push the project gets a view called audit with the tasks that hold suspects; what people
    have labelled is not touched.
    """
    from ..annotation.audit import audit, describe_suspect, leave_out, rank, read_accepted
    from ..annotation.labelled import read_documents
    from ..files import to_json
    from ..scheme import read_scheme

    check_choices("--format", [format], "table", "jsonl")
    labels = read_scheme(scheme)
    found = read_documents(files or [LABELLED, COMPOSED], labels)
    documents = found.documents
    suspects = audit(documents, found.asides)
    if crossval:
        from ..annotation.doubt import cross_validate, find_doubts
        from ..annotation.rules import know_places
        from ..data.divisions import list_names

        chances = cross_validate(documents, labels.tags, know_places(list_names()))
        suspects = rank([*suspects, *find_doubts(documents, chances, labels.tags, found.asides)])
    known = read_accepted(accepted or ACCEPTED) if accepted or ACCEPTED.exists() else []
    left, idle = leave_out(suspects, known, documents)
    texts = {document.id: document.text for document in documents}
    rows = [describe_suspect(suspect, texts[suspect.article]) for suspect in left]
    if format == "jsonl":
        emit("".join(to_json(row) + "\n" for row in rows))
    elif rows:
        show_suspects(rows)
    for entry in idle:
        if entry.article in texts:
            say(f"audit: {entry.article} {entry.kind} {entry.text!r} is accepted for nothing now.")
    for path in found.undecided:
        say(f"audit: {path} is left out: nobody has decided between its annotators.")
    say(
        f"audit: {len(documents)} articles, {len(left)} suspects, "
        f"{len(suspects) - len(left)} more accepted as right"
    )
    if push is not None:
        from ..annotation.review import push_suspects
        from ..annotation.studio import find_project

        client, url = open_studio(url, folder)
        project = find_project(client, url, push)
        review = push_suspects(client, url, project, left, documents)
        if review.missing:
            say(f"audit: {len(review.missing)} articles are not in the project with this text.")
        say(
            f"audit: {review.suspects} suspects in {review.tasks} tasks, {review.changed} changed "
            f"→ {url}/projects/{project.id}/data?tab={review.view}"
        )
