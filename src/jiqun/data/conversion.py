"""A whole export of Label Studio as CoNLL; it needs nothing but the export."""

from collections import Counter
from itertools import islice
from pathlib import Path

from ..annotation.bulk import read_tagged
from ..errors import InputError
from ..files import replacing
from ..scheme import Scheme
from ..spans import Tagset
from .conll import Formatter, Written

# Tasks in hand at a time: enough to share the work on lines, few enough for a processor's cache.
_BATCH = 250


def convert(source: Path | str, path: Path | str, scheme: Scheme) -> str:
    """Write what is gold in an export as CoNLL, at once or not at all.

    Args:
        source: a folder with a file a task, or one file that lists them.

    Returns:
        What was written, in one line.

    Raises:
        InputError: a task of the export is not sound, an article stands twice, or a span crosses a
            paragraph's end.
    """
    if Path(path).is_dir():
        raise InputError(f"{path}: this is a folder; name a file.")
    articles = read_tagged(source, scheme)
    counts, ids = Written(0, 0, 0), []
    formatter = Formatter(Tagset(scheme.names))
    with replacing(path) as beside, open(beside, "wb") as file:
        while batch := list(islice(articles, _BATCH)):
            content, written = formatter.format(batch)
            file.write(content)
            counts = Written(*map(sum, zip(counts, written)))
            ids += [article.id for article in batch]
        [(id, times)] = Counter(ids).most_common(1)
        if times > 1:
            raise InputError(f"{source}: article {id!r} stands twice; leave one task of it.")
    return (
        f"convert: {counts.articles} articles, {counts.paragraphs} paragraphs, "
        f"{counts.spans} spans → {path}"
    )
