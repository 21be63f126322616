"""A whole export of Label Studio as CoNLL; it needs nothing but the export."""

import gc
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import repeat
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from ..annotation.bulk import Share, cut, read_share, read_tagged
from ..errors import InputError
from ..files import replacing
from ..scheme import Scheme
from ..spans import Tagged, Tagset
from .conll import Formatter, Written

# How much of some articles was written, and their ids.
_Appended = tuple[Written, list[str]]


def convert(source: Path | str, path: Path | str, scheme: Scheme, jobs: int | None = None) -> str:
    """Write what is gold in an export as CoNLL, at once or not at all.

    Args:
        source: a folder with a file a task, or one file that lists them.
        jobs: processes at work, none but this one for a small export; None: one for each core that
            this process may use. What is written or raised is the same for any number.

    Returns:
        What was written, in one line.

    Raises:
        InputError: a task of the export is not sound, an article stands twice, or a span crosses a
            paragraph's end; of several such tasks the first.
    """
    if Path(path).is_dir():
        raise InputError(f"{path}: this is a folder; name a file.")
    with replacing(path) as beside:
        try:
            appended = list(_convert_shares(cut(source), scheme, jobs or count_cores(), beside))
        except (InputError, BrokenProcessPool):
            # One by one this finds the first fault, and can read any source.
            beside.write_bytes(b"")
            appended = [_append([one], scheme, beside) for one in read_tagged(source, scheme)]
        counts = Written(*map(sum, zip(*(written for written, _ in appended))))
        [(id, times)] = Counter(id for _, ids in appended for id in ids).most_common(1)
        if times > 1:
            raise InputError(f"{source}: article {id!r} stands twice; leave one task of it.")
    return (
        f"convert: {counts.articles} articles, {counts.paragraphs} paragraphs, "
        f"{counts.spans} spans → {path}"
    )


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _convert_shares(
    shares: Sequence[Share], scheme: Scheme, jobs: int, path: Path
) -> Iterator[_Appended]:
    jobs = min(jobs, len(shares))
    # A new interpreter would need as long as some thousand tasks; not every system can fork.
    if jobs == 1 or "fork" not in get_all_start_methods():
        yield from map(_convert_share, shares, repeat(scheme), repeat(path))
        return
    pool = ProcessPoolExecutor(jobs, get_context("fork"), _begin)
    with TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
        try:
            parts = [Path(folder, str(number)) for number in range(len(shares))]
            work = zip(shares, repeat(scheme), parts)
            done = [pool.submit(_convert_share, *one) for one in work]
            for part, one in zip(parts, done):
                yield one.result()
                with open(part, "rb") as file, open(path, "ab") as whole:
                    shutil.copyfileobj(file, whole)
                part.unlink()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    # The first process hears an interrupt too, and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # To look for garbage among what the first process left here would copy all of it.
    gc.freeze()


def _convert_share(share: Share, scheme: Scheme, path: Path) -> _Appended:
    return _append(read_share(share, scheme), scheme, path)


def _append(articles: Sequence[Tagged], scheme: Scheme, path: Path) -> _Appended:
    content, written = _make_formatter(tuple(scheme.names)).format(articles)
    with open(path, "ab") as file:
        file.write(content)
    return written, [article.id for article in articles]


@cache
def _make_formatter(labels: tuple[str, ...]) -> Formatter:
    """One for all that a process formats."""
    return Formatter(Tagset(labels))
