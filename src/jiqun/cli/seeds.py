"""Crawled articles to readable text."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import FilesArgument, emit, say

app = typer.Typer()


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
    from ..files import to_json
    from ..seeds.crawl import describe, read_crawled, restore_all, write_articles
    from ..seeds.crawl import explain as explain_article
    from ..seeds.restore import STEPS

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
