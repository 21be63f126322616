"""The list of seed articles: where each came from, and that its bytes are unchanged."""

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files import decode, read_bytes, read_yaml
from .align import Edit
from .restore import Article, Crawled

_REQUIRED = {"id", "file", "sha256", "title", "publisher", "date", "script", "split"}
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Erratum:
    """A correction of crawled text that a person decided on.

    Attributes:
        raw: the damaged characters, found exactly once in the article.
        text: what stood there.
        reason: how that is known.
    """

    raw: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seed:
    """One article of the manifest; `publisher` and `date` may be unknown (empty)."""

    id: str
    path: Path
    sha256: str
    title: str
    publisher: str
    date: str
    script: str
    split: str
    errata: tuple[Erratum, ...] = ()

    def read(self) -> Article:
        """The article, restored, its errata applied; raises what `read_raw` raises."""
        return self.read_raw().restore()

    def read_raw(self) -> Crawled:
        """The article as crawled, with its errata.

        Raises:
            InputError: the file is missing, changed, empty or not UTF-8, or an erratum does
                not fit it.
        """
        data = read_bytes(self.path)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise InputError(
                f"{self.path}: the bytes are not those the manifest lists for {self.id}; "
                "restore the file, or correct its sha256 if the change is meant."
            )
        raw = decode(data, self.path)
        edits = []
        for erratum in self.errata:
            if raw.count(erratum.raw) != 1:
                raise InputError(
                    f"{self.path}: erratum {erratum.raw!r} occurs {raw.count(erratum.raw)} times; "
                    "write enough of its surroundings that it occurs exactly once."
                )
            start = raw.index(erratum.raw)
            edits.append(Edit(start, start + len(erratum.raw), erratum.text))
        edits.sort(key=lambda edit: edit.start)
        for before, after in itertools.pairwise(edits):
            if after.start < before.end:
                raise InputError(f"{self.path}: two errata of {self.id} overlap; join them.")
        meta = {"title": self.title, "publisher": self.publisher, "date": self.date}
        return Crawled(self.id, raw, tuple(edits), meta)


def read_manifest(path: Path | str) -> list[Seed]:
    """The seeds a manifest lists, in its order; the files themselves are not read yet.

    Raises:
        InputError: the manifest is not a list of complete, unique entries.
    """
    path = Path(path)
    entries = read_yaml(path)
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: expected a list of articles, each with its id and file.")
    seeds = [_read_entry(path, number, entry) for number, entry in enumerate(entries, 1)]
    for what in ("id", "path"):
        values = [getattr(seed, what) for seed in seeds]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise InputError(f"{path}: {twice} is listed twice; every article stands once.")
    return seeds


def _read_entry(path: Path, number: int, entry: object) -> Seed:
    where = f"{path}: article {number}"
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected keys and values, found {entry!r}.")
    if missing := _REQUIRED - entry.keys():
        raise InputError(f"{where}: missing {', '.join(sorted(missing))}; add it.")
    if unknown := entry.keys() - _REQUIRED - {"errata"}:
        raise InputError(f"{where}: unknown key {', '.join(map(str, unknown))}; correct it.")
    if entry["split"] not in SPLITS:
        raise InputError(f"{where}: split is {entry['split']!r}, expected one of {SPLITS}.")
    try:
        errata = tuple(Erratum(**erratum) for erratum in entry.get("errata") or ())
    except TypeError:
        raise InputError(f"{where}: an erratum has the keys raw, text and reason only.") from None
    values = {key: str(entry[key] or "") for key in _REQUIRED - {"file"}}
    return Seed(path=path.parent / str(entry["file"]), errata=errata, **values)


def find_seed(path: Path | str) -> Seed | None:
    """The manifest entry of a file whose folder has a `manifest.yaml` that lists it, else None."""
    path = Path(path)
    manifest = path.parent / "manifest.yaml"
    if not manifest.is_file():
        return None
    return next((s for s in read_manifest(manifest) if s.path.name == path.name), None)
