"""What the commands share: the options that name the checkout's files, and how they speak."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ..errors import InputError

SCHEME = Path("annotation/scheme.yaml")
MANIFEST = Path("seeds/manifest.yaml")
LABELLED = Path("annotation/labelled")
QUARANTINE = Path("annotation/quarantine")
COMPOSED = Path("seeds/composed")

SchemeOption = Annotated[Path, typer.Option("--scheme", help="The labels.")]
ManifestOption = Annotated[Path, typer.Option("--manifest", help="The list of seed articles.")]
QuarantineOption = Annotated[
    Path, typer.Option("--quarantine", help="Folder for what is set aside, with its reason.")
]
FilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE…",
        help="Crawled articles (.txt, .jsonl), folders, or - (stdin).",
    ),
]


def say(line: str) -> None:
    """Tell the user something; standard output is for data."""
    print(line, file=sys.stderr, flush=True)


def emit(text: str) -> None:
    """Write data to standard output, UTF-8 whatever the terminal's locale, line ends untouched."""
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


@contextmanager
def show_steps(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, if that is a terminal; yields what to tell of steps done, of all."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        step = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(step, completed=done, total=total)


def check_choices(option: str, chosen: Iterable[str], *known: str) -> None:
    """Raise InputError for the first of `chosen` that an option does not know."""
    for one in chosen:
        if one not in known:
            raise InputError(f"{option} {one}: expected {' or '.join(known)}.")
