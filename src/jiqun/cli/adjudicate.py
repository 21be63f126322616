"""Disagreements between annotators, decided in Label Studio."""

from pathlib import Path
from typing import Annotated

import typer

from .console import LABELLED, SCHEME, SchemeOption, say, show_steps
from .studio import URL, FolderOption, UrlOption, open_studio

app = typer.Typer(help=__doc__, no_args_is_help=True)
TITLE = "Jiqun adjudication"
LabelledArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[LABELLED…]",
        help=f"One folder of labelled tasks, or a folder for each annotator; none: {LABELLED}.",
    ),
]
ToOption = Annotated[Path, typer.Option("--to", help="Folder of the gold.")]
TitleOption = Annotated[str, typer.Option("--title", help="Of the project, 3 to 50 characters.")]


@app.command("push")
def adjudicate_push(
    labelled: LabelledArgument = None,
    to: ToOption = LABELLED,
    title: TitleOption = TITLE,
    scheme: SchemeOption = SCHEME,
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """Bring the articles on which annotators differ into a project, each reading a prediction.

    What a person has decided in --to already is left out. Again adds nothing.
    """
    from ..annotation.adjudication import (
        INSTRUCTION,
        SHOWN_TOO,
        is_decided,
        make_dispute,
        read_cases,
    )
    from ..annotation.config import SHOWN, make_label_config
    from ..annotation.delivery import push
    from ..annotation.studio import plain_errors
    from ..scheme import read_scheme

    labels = read_scheme(scheme)
    cases = read_cases(labelled or [LABELLED], labels)
    disputed = [case for case in cases if case.places]
    open_cases = [case for case in disputed if not is_decided(case, to)]
    said = (
        f"{len(cases)} articles labelled by several, {len(cases) - len(disputed)} alike, "
        f"{len(disputed) - len(open_cases)} decided already"
    )
    if not open_cases:
        say(f"adjudicate push: {said}; nothing to decide.")
        return
    client, url = open_studio(url, folder)
    tasks = [make_dispute(case, labels) for case in open_cases]
    with show_steps("adjudicate push") as report:
        config = make_label_config(labels, SHOWN | SHOWN_TOO)
        done = push(client, url, title, config, tasks, INSTRUCTION, report=report)
    with plain_errors(url):
        # A project that names a version shows that one alone.
        client.projects.update(done.project, model_version="")
    places = sum(len(case.places) for case in open_cases)
    say(
        f"adjudicate push: {said}; {places} disagreements in {len(open_cases)} articles, "
        f"{len(done.added)} added, {len(done.updated)} updated, {len(done.unchanged)} there "
        f"→ {url}/projects/{done.project}"
    )


@app.command("pull")
def adjudicate_pull(
    labelled: LabelledArgument = None,
    to: ToOption = LABELLED,
    title: TitleOption = TITLE,
    scheme: SchemeOption = SCHEME,
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """Write what was decided as gold, beside what the annotators marked, and who decided.

    Articles that all labelled alike become gold by agreement; no server is asked for them.
    """
    from ..annotation.adjudication import decide, read_cases, read_decisions
    from ..annotation.studio import find_project
    from ..scheme import read_scheme

    labels = read_scheme(scheme)
    cases = read_cases(labelled or [LABELLED], labels)
    decisions = []
    if any(case.places for case in cases):
        client, url = open_studio(url, folder)
        decisions = read_decisions(client, url, find_project(client, url, title).id)
    verdict = decide(cases, decisions, to, labels)
    for reason in verdict.asides.values():
        say(f"adjudicate pull: {reason}")
    say(
        "adjudicate pull: "
        + ", ".join(
            [
                *(f"{count} by {who}" for who, count in sorted(verdict.decided.items())),
                f"{len(verdict.kept)} decided before",
                f"{len(verdict.waiting)} waiting",
                f"{len(verdict.asides)} set aside",
            ]
        )
        + f" → {to}"
    )
    if verdict.outcomes:
        outcomes = verdict.outcomes.most_common()
        say("adjudicate pull: places as read by " + ", ".join(f"{w} {n}" for w, n in outcomes))
