"""Behaviour cases after CheckList (Ribeiro et al. 2020, ACL): small texts, one capability each.

A suite is a YAML file, named after what it tests:

    about: what the capability is, in one sentence
    cases:
    - name: unique in the file
      text: '{ORG|…}局长{OFFICIAL|…}'   # every mention must be found, and nothing else
    - name: one mention alone
      text: '…'
      only: [surface]                   # these mentions must be found
      without: [surface]                # nothing may be found there
    - name: a crawled text
      raw: '…'                          # restored first, the mentions carried along
    - name: an invariance
      template: '{OFFICIAL|{}}局长'      # its mentions say what is right, and are not compared
      fillings: [甲, 乙]                 # the same must be found for each, whatever it is
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_yaml
from ..scheme import Scheme
from ..seeds.composed import parse_marked, restore_spans
from ..seeds.restore import restore
from ..spans import Document, Prediction, Span

_SLOT = "{}"
# A private-use character stands for the slot while the template's marks are read.
_HELD = "\ue000"
_KINDS = {
    "text": {"name", "text", "only", "without"},
    "raw": {"name", "raw", "only", "without"},
    "template": {"name", "template", "fillings"},
}


@dataclass(frozen=True, slots=True)
class Functionality:
    """A minimum functionality test: one text, and what must be found in it.

    Attributes:
        name: unique in its suite.
        document: the text as models read it, with all of its mentions.
        wanted: mentions that must be found with their exact bounds and label.
        barred: places, as `(start, end)` in code points, that nothing found may touch.
        complete: whether nothing but `wanted` may be found.
    """

    name: str
    document: Document
    wanted: frozenset[Span]
    barred: tuple[tuple[int, int], ...] = ()
    complete: bool = True

    @property
    def documents(self) -> tuple[Document, ...]:
        return (self.document,)

    def passes(self, found: Sequence[Collection[Span]]) -> bool:
        spans = set(found[0])
        if self.complete:
            return spans == self.wanted
        touched = any(s.start < end and start < s.end for s in spans for start, end in self.barred)
        return self.wanted <= spans and not touched


@dataclass(frozen=True, slots=True)
class Invariance:
    """An invariance test: a template filled in several ways, which must not change what is found.

    Attributes:
        name: unique in its suite.
        documents: the template with each filling, with all of its mentions.
        places: for each document, by offset, what place of the template that is: its offset, and
            how far inside the filling. Of shape (text length + 1,) each.
    """

    name: str
    documents: tuple[Document, ...]
    places: tuple[tuple[tuple[int, int], ...], ...]

    def passes(self, found: Sequence[Collection[Span]]) -> bool:
        alike = {
            frozenset((places[span.start], places[span.end], span.label) for span in spans)
            for places, spans in zip(self.places, found)
        }
        return len(alike) == 1


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one capability, which is named as the file is."""

    capability: str
    about: str
    cases: tuple[Functionality | Invariance, ...]


def read_suites(folder: Path | str, scheme: Scheme) -> list[Suite]:
    """The suites of a folder, by the names of its YAML files.

    Raises:
        InputError: there is none, or a file or one of its cases is damaged.
    """
    paths = sorted(Path(folder).glob("*.yaml"))
    if not paths:
        raise InputError(f"{folder}: no suites there; expected files like places.yaml.")
    return [read_suite(path, scheme) for path in paths]


def read_suite(path: Path | str, scheme: Scheme) -> Suite:
    """The suite in a YAML file.

    Raises:
        InputError: the file or one of its cases is damaged.
    """
    path = Path(path)
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) != {"about", "cases"}:
        raise InputError(f"{path}: expected `about` and `cases`, and nothing else.")
    entries = content["cases"]
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: expected a list under `cases`.")
    cases: dict[str, Functionality | Invariance] = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            raise InputError(f"{path}: case {number} needs a `name`.")
        if name in cases:
            raise InputError(f"{path}: two cases are called {name!r}; rename one.")
        cases[name] = _read_case(entry, f"{path}: case {name!r}", scheme.names)
    return Suite(path.stem, str(content["about"]), tuple(cases.values()))


def run_suites(
    suites: Sequence[Suite],
    predict: Callable[[list[str]], Sequence[Sequence[Span | Prediction]]],
) -> dict[str, dict[str, Any]]:
    """Which cases a predictor passes, asked once for the texts of all suites.

    Args:
        suites: with capabilities that differ.
        predict: from texts to the spans of each, offsets in code points of that text.

    Returns:
        For each capability the number of cases `passed`, their `total`, and the names of the
        `failures` in the order of the file.

    Raises:
        ValueError: `predict` answered another number of texts.
    """
    texts = [d.text for suite in suites for case in suite.cases for d in case.documents]
    answers = list(predict(texts))
    if len(answers) != len(texts):
        raise ValueError(f"asked for {len(texts)} texts, answered {len(answers)}")
    rest = iter([{getattr(one, "span", one) for one in spans} for spans in answers])
    results = {}
    for suite in suites:
        failures = [
            case.name
            for case in suite.cases
            if not case.passes([spans for _, spans in zip(case.documents, rest)])
        ]
        total = len(suite.cases)
        results[suite.capability] = {
            "passed": total - len(failures),
            "total": total,
            "failures": failures,
        }
    return results


def _read_case(
    entry: Mapping[str, Any], where: str, labels: Collection[str]
) -> Functionality | Invariance:
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) != 1:
        raise InputError(f"{where} needs one of {', '.join(_KINDS)}.")
    kind = kinds[0]
    if unknown := sorted(map(str, set(entry) - _KINDS[kind])):
        raise InputError(f"{where} has no use for {unknown[0]!r} beside `{kind}`.")
    if not isinstance(entry[kind], str):
        raise InputError(f"{where} needs text under `{kind}`; put it in quotes.")
    if kind == "template":
        return _read_invariance(entry, where, labels)
    text, spans = parse_marked(entry[kind], labels, where)
    document = Document(entry["name"], text, tuple(spans))
    if kind == "raw":
        article = restore(document.text, document.id)
        document = restore_spans(document, article.text, article.alignment, where)
    return _choose(document, entry, where)


def _choose(document: Document, entry: Mapping[str, Any], where: str) -> Functionality:
    spans = frozenset(document.spans)
    if not {"only", "without"} & set(entry):
        return Functionality(document.id, document, spans)
    only = _read_strings(entry, "only", where)
    surfaces = {document.surface(span) for span in spans}
    if missing := [surface for surface in only if surface not in surfaces]:
        raise InputError(f"{where}: no mention reads {missing[0]!r}; mark it or mend `only`.")
    barred = []
    for surface in _read_strings(entry, "without", where):
        found = _find_all(document.text, surface)
        if not found:
            raise InputError(f"{where}: {surface!r} does not occur; mend `without`.")
        if any(s.start < end and start < s.end for s in spans for start, end in found):
            raise InputError(f"{where}: {surface!r} touches a mention; mend `without`.")
        barred += found
    wanted = frozenset(span for span in spans if document.surface(span) in only)
    return Functionality(document.id, document, wanted, tuple(barred), complete=False)


def _read_strings(entry: Mapping[str, Any], key: str, where: str) -> list[str]:
    strings = entry.get(key, [])
    if not isinstance(strings, list) or not all(isinstance(s, str) and s for s in strings):
        raise InputError(f"{where} needs a list of texts under `{key}`; put them in quotes.")
    return strings


def _find_all(text: str, surface: str) -> list[tuple[int, int]]:
    places, start = [], text.find(surface)
    while start >= 0:
        places.append((start, start + len(surface)))
        start = text.find(surface, start + 1)
    return places


def _read_invariance(entry: Mapping[str, Any], where: str, labels: Collection[str]) -> Invariance:
    fillings = _read_strings(entry, "fillings", where)
    if len(set(fillings)) < max(2, len(fillings)):
        raise InputError(f"{where} needs two `fillings` or more, all different.")
    if _SLOT not in entry["template"]:
        raise InputError(f"{where} needs {_SLOT} in its template, where fillings go.")
    text, spans = parse_marked(entry["template"].replace(_SLOT, _HELD), labels, where)
    documents, places = [], []
    for filling in fillings:
        steps = [len(filling) if character == _HELD else 1 for character in text]
        starts = [sum(steps[:place]) for place in range(len(text) + 1)]
        moved = tuple(Span(starts[s.start], starts[s.end], s.label) for s in spans)
        documents.append(Document(entry["name"], text.replace(_HELD, filling), moved))
        inside = [(place, n) for place, step in enumerate(steps) for n in range(step)]
        places.append((*inside, (len(text), 0)))
    return Invariance(entry["name"], tuple(documents), tuple(places))
