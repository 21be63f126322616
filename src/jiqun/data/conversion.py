"""A whole export of Label Studio as CoNLL; it needs nothing but the export."""

import gc
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import repeat
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
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
        except (InputError, EOFError, OSError):
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
    """Append an export in its order to a file.

    Raises:
        InputError: what `read_share` and `Formatter.format` raise.
        EOFError: another process found such a fault, or died.
    """
    jobs = min(jobs, len(shares))
    # A new interpreter would need as long as some thousand tasks; not every system can fork.
    if jobs == 1 or "fork" not in get_all_start_methods():
        yield from map(_convert_share, shares, repeat(scheme), repeat(path))
        return
    context, others, found = get_context("fork"), [], {}
    with TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
        parts = [Path(folder, str(number)) for number in range(len(shares))]
        try:
            # The others begin at the end, this process at the beginning, until they meet.
            for _ in range(jobs - 1):
                receiver, sender = context.Pipe(duplex=False)
                work = (shares, scheme, parts, sender)
                other = context.Process(target=_convert_from_behind, args=work, daemon=True)
                other.start()
                others.append((other, receiver))
                # An end that two hold would not close when one of them dies.
                sender.close()
            for share, part in zip(shares, parts):
                if not _claim(part):
                    break
                yield _convert_share(share, scheme, path)
            for _, receiver in others:
                found |= receiver.recv()
            for number in sorted(found):
                with open(parts[number], "rb") as file, open(path, "ab") as whole:
                    shutil.copyfileobj(file, whole)
                yield found[number]
        finally:
            for other, _ in others:
                other.terminate()
                other.join()


def _convert_from_behind(
    shares: Sequence[Share], scheme: Scheme, parts: Sequence[Path], sender: Connection
) -> None:
    """Convert the shares that nobody else claims, each into its part; send what was written."""
    # The first process hears an interrupt too, and stops this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # To look for garbage among what the first process left here would copy all of it.
    gc.freeze()
    # Who hears nothing from here looks for the reason himself.
    with suppress(InputError, OSError):
        sender.send(
            {
                number: _convert_share(shares[number], scheme, parts[number])
                for number in reversed(range(len(shares)))
                if _claim(parts[number])
            }
        )


def _claim(part: Path) -> bool:
    """Whether nobody has claimed a share before, by making its part."""
    try:
        part.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _convert_share(share: Share, scheme: Scheme, path: Path) -> _Appended:
    return _append(read_share(share, scheme), scheme, path)


def _append(articles: Sequence[Tagged], scheme: Scheme, path: Path) -> _Appended:
    content, written = _make_formatter(scheme).format(articles)
    with open(path, "ab") as file:
        file.write(content)
    return written, [article.id for article in articles]


@cache
def _make_formatter(scheme: Scheme) -> Formatter:
    """One for all that a process formats."""
    return Formatter(Tagset(scheme.names))
