"""Labelled articles to a data set."""

from pathlib import Path
from typing import Annotated

import typer

from .console import COMPOSED, LABELLED, MANIFEST, SCHEME, ManifestOption, SchemeOption, say

app = typer.Typer()


@app.command("build")
def build_command(
    manifest: ManifestOption = MANIFEST,
    labelled: Annotated[Path, typer.Option(help="Folder of labelled tasks.")] = LABELLED,
    composed: Annotated[Path, typer.Option(help="Folder of composed articles.")] = COMPOSED,
    scheme: SchemeOption = SCHEME,
    to: Annotated[Path, typer.Option(help="Folder of the data set.")] = Path("data"),
) -> None:
    """Build the data set that datasets.load_dataset reads."""
    from ..data.build import build, read_gold, restore_composed
    from ..scheme import read_scheme
    from ..seeds.composed import read_plan
    from ..seeds.manifest import read_manifest

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
    from ..data.card import write_card
    from ..scheme import read_scheme

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
    from ..data.build import read_gold, restore_composed
    from ..data.formats import export
    from ..scheme import read_scheme
    from ..seeds.composed import read_plan
    from ..seeds.manifest import read_manifest

    labels = read_scheme(scheme)
    gold = read_gold(read_manifest(manifest), labelled, labels)
    written = restore_composed(read_plan(composed), labels)
    say(export(gold, written, format, to, split, origin))


@app.command("convert")
def convert_command(
    source: Annotated[
        Path,
        typer.Argument(help="A folder of exported tasks, or one .json that lists them."),
    ],
    to: Annotated[Path, typer.Argument(help="The file to write.")],
    scheme: SchemeOption = SCHEME,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at work; none: one for each core.")
    ] = None,
) -> None:
    """Write the gold of a Label Studio export as CoNLL.

    Every task proves itself as for jiqun build; the seed articles are not needed.
    """
    from ..data.conversion import convert
    from ..scheme import read_scheme

    say(convert(source, to, read_scheme(scheme), jobs))
