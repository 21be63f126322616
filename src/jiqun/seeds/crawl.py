"""Crawled articles from where people keep them, restored; and where restored ones go."""

import json
import sys
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from ..errors import InputError
from ..files import decode, decode_blocks, read_text, to_json
from .manifest import find_seed
from .restore import REACH, STEPS, Article, Crawled, split_chunks

_LINES = (".jsonl", ".ndjson")
_BATCH = 1 << 16
LONG = 4 * REACH


def read_crawled(
    names: Iterable[str], lines: bool = False, parts: bool = False
) -> Iterator[Crawled]:
    """Crawled articles for file names, folders of `*.txt` and `*.jsonl`, and `-` (standard input).

    A file that a `manifest.yaml` beside it lists is checked against its hash and brings its errata.
    A JSON Lines file holds an object a line with `text` and, if it has one, `id`; it is read a line
    at a time.

    Args:
        lines: standard input is JSON Lines.
        parts: a text file of `LONG` bytes or more is never whole in memory, but comes as the pieces
            that it would be restored in, `id#1`, `id#2`, ….

    Raises:
        InputError: a file is missing, empty, not UTF-8, or not the one its manifest lists; a line
            is no such object; or a folder holds no article.
    """
    for name in names:
        path = Path(name)
        if name == "-" and lines:
            yield from _read_lines(sys.stdin.buffer, "standard input", "stdin")
        elif name == "-" and parts:
            yield from _read_parts(sys.stdin.buffer, "standard input", "stdin")
        elif name == "-":
            yield Crawled("stdin", decode(sys.stdin.buffer.read(), "standard input"))
        elif path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in (".txt", *_LINES))
            if not inside:
                raise InputError(f"{name}: no .txt or .jsonl file in this folder; name another.")
            yield from read_crawled(map(str, inside), parts=parts)
        elif path.suffix not in _LINES and (seed := find_seed(path)):
            yield seed.read_raw()
        elif path.suffix in _LINES or parts:
            read = _read_lines if path.suffix in _LINES else _read_parts
            try:
                with path.open("rb") as file:
                    yield from read(file, name, path.stem)
            except OSError as error:
                raise InputError(
                    f"{name}: cannot be read ({error.strerror}); check the path."
                ) from None
        else:
            yield Crawled(path.stem, read_text(path))


def _read_lines(file: Iterable[bytes], name: str, stem: str) -> Iterator[Crawled]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            record = json.loads(decode(line, where))
            text = record["text"]
            text.encode("utf-8")
        except (json.JSONDecodeError, TypeError, KeyError, AttributeError, UnicodeEncodeError):
            raise InputError(
                f"{where}: expected a JSON object with a `text`; correct it."
            ) from None
        yield Crawled(str(record.get("id", f"{stem}#{number}")), text)


def _read_parts(file: BinaryIO, name: str, stem: str) -> Iterator[Crawled]:
    head = file.read(LONG)
    if len(head) < LONG:
        yield Crawled(stem, decode(head, name))
        return
    text, offset = "", 0
    numbers = count(1)
    for block in decode_blocks(chain([head], iter(partial(file.read, 1 << 20), b"")), name):
        text += block
        while len(text) > REACH:
            _, piece = next(split_chunks(text))
            yield Crawled(f"{stem}#{next(numbers)}", piece, offset=offset)
            text, offset = text[len(piece) :], offset + len(piece)
    for start, piece in split_chunks(text):
        yield Crawled(f"{stem}#{next(numbers)}", piece, offset=offset + start)


def restore_all(
    crawled: Iterable[Crawled], steps: Collection[str] = STEPS, jobs: int = 1
) -> Iterator[Article]:
    """Restored articles in the order given, by `jobs` processes.

    With one job each is yielded before the next is read. With more, only a few batches of about
    65,536 characters are in memory at a time, however long the stream.
    """
    if jobs == 1:
        yield from (one.restore(steps) for one in crawled)
        return
    work = partial(_restore_each, steps=tuple(steps))
    # Pool.imap would read the whole of a stream before the first article is taken.
    with ProcessPoolExecutor(jobs) as pool:
        waiting: deque[Future[list[Article]]] = deque()
        for batch in _batch(crawled):
            waiting.append(pool.submit(work, batch))
            if len(waiting) > 2 * jobs:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _batch(crawled: Iterable[Crawled]) -> Iterator[list[Crawled]]:
    """Articles together until they are worth a process's while; a long one stands alone."""
    batch, size = [], 0
    for article in crawled:
        batch.append(article)
        size += len(article.raw)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _restore_each(batch: list[Crawled], steps: Collection[str]) -> list[Article]:
    return [crawled.restore(steps) for crawled in batch]


def explain(article: Article) -> Iterator[str]:
    """What restoration kept aside or could not repair, a line each, with its place in raw."""
    for aside in article.asides:
        said = article.raw[aside.raw_start : aside.raw_end].strip()
        yield f"{article.id}: {aside.raw_start}:{aside.raw_end} aside ({aside.rule}): {said!r}"
    for damage in article.damage:
        start, end = article.alignment.to_raw(damage.start, damage.end)
        guess = f", perhaps {damage.guess!r}" if damage.guess else ""
        yield f"{article.id}: {start}:{end} lost ({damage.kind}): {article.raw[start:end]!r}{guess}"


def describe(article: Article) -> dict[str, Any]:
    """A restored article as `jiqun restore --format jsonl` prints it.

    `alignment` holds rows `[text_start, text_end, raw_start, raw_end]`, as `Alignment.segments`.
    """
    return {
        "id": article.id,
        "text": article.text,
        "alignment": article.alignment.segments(),
        "asides": [asdict(aside) for aside in article.asides],
        "damage": [asdict(damage) for damage in article.damage],
    }


def write_articles(articles: Iterable[Article], folder: Path) -> str:
    """Write `folder/<id>.txt` for each article, and all of them to `folder/articles.jsonl`.

    Returns:
        What was done, in one line.

    Raises:
        InputError: an article's id is no file name, or reading one failed; nothing is written.
    """
    count = raw = text = asides = damage = 0
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        beside = Path(made)
        with (beside / "articles.jsonl").open("w", encoding="utf-8") as lines:
            for article in articles:
                name = f"{article.id}.txt"
                if Path(name).name != name:
                    raise InputError(f"article {article.id!r}: no file name; leave out --to.")
                (beside / name).write_bytes(article.text.encode("utf-8"))
                print(to_json(describe(article)), file=lines)
                count, raw, text = count + 1, raw + len(article.raw), text + len(article.text)
                asides, damage = asides + len(article.asides), damage + len(article.damage)
        folder.mkdir(exist_ok=True)
        for path in beside.iterdir():
            path.replace(folder / path.name)
    return (
        f"restore: {count} articles, {raw} raw characters → {text}, {asides} asides, "
        f"{damage} damaged places left → {folder}"
    )
