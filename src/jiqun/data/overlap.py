"""What articles have in common: sentences that stand twice, near-duplicates, people."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product

from datasketch import MinHash, MinHashLSH

from ..scheme import PEOPLE
from ..seeds.kinds import get_converter
from ..spans import Document

# Shorter ones are formulas that any two articles may share (编辑同志：, 二、主要做法).
SENTENCE_HAN = 6
# Shorter ones are often a name alone: of organisations' names 99 in 100 have at most 14 characters.
NEAR_SENTENCE_HAN = 14
# With one name replaced, 9 in 10 sentences stay as similar to themselves. Of the pairs found in our
# articles those above read as one sentence; below come the formulas of court judgments.
SENTENCE_THRESHOLD = 0.5
# With every mention replaced, 19 in 20 articles do; two that tell different news reach 0.12.
ARTICLE_THRESHOLD = 0.2
# Words mostly have two characters; of three-character shingles a changed name breaks more.
SHINGLE = 2
# Enough that neither threshold needs bands of one row, which make most pairs candidates.
PERMUTATIONS = 256
MISSED = 0.01
SEED = 1

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_SENTENCE = re.compile(r"[^\s。！？!?；][^。！？!?；\n]*[。！？!?；]*[”’」』\"]*")


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """The characters `start:end` of an article, `text`: a sentence of it, or all."""

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A sentence that stands twice or more, with every place, in the order of the documents."""

    sentences: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two passages, each a `sentence` or an `article` as `kind` says, that are nearly or wholly
    the same; `similarity` is the exact Jaccard similarity of their shingles.
    """

    kind: str
    one: Passage
    other: Passage
    similarity: float


@dataclass(frozen=True, slots=True)
class SharedPerson:
    """A name, in Simplified characters, and the articles on each side that mention it."""

    name: str
    one: tuple[str, ...]
    other: tuple[str, ...]


def split_sentences(document: Document, fewest: int = SENTENCE_HAN) -> Iterator[Passage]:
    """A document's sentences; they end behind 。！？!?； and closing quotes, or with the line.

    Those of fewer than `fewest` Han characters are left out.
    """
    for match in _SENTENCE.finditer(document.text):
        if len(_HAN.findall(match[0])) >= fewest:
            yield Passage(document.id, *match.span(), match[0])


def find_repeated_sentences(documents: Iterable[Document], fewest=SENTENCE_HAN) -> list[Repeat]:
    """Sentences (`fewest` as in `split_sentences`) that stand twice, in one article or in two.

    They are the same if their letters are: digits, punctuation, white space, full width, case and
    Traditional forms make no difference.
    """
    places = defaultdict(list)
    for document in documents:
        for sentence in split_sentences(document, fewest):
            places[_normalise(sentence.text)].append(sentence)
    return [Repeat(tuple(same)) for same in places.values() if len(same) > 1]


def find_near_duplicates(
    documents: Iterable[Document],
    threshold: float = SENTENCE_THRESHOLD,
    article_threshold: float = ARTICLE_THRESHOLD,
) -> list[NearDuplicate]:
    """Pairs of sentences of 14 Han characters or more, and of articles, that are alike.

    MinHash (Broder 1997) over two-character shingles of the letters, sought in bands, finds the
    candidates; each is then compared exactly, so that none is reported wrongly. Of pairs at the
    threshold one in a hundred may be missed, of closer ones fewer. The seed is fixed. Sentences
    come first, the most similar ahead; passages that are wholly the same count as well.
    Thresholds, of sentences and of articles, are Jaccard similarities from 0.02 to 1.
    """
    documents = list(documents)
    sentences = [s for d in documents for s in split_sentences(d, NEAR_SENTENCE_HAN)]
    articles = [Passage(d.id, 0, len(d.text), d.text) for d in documents]
    found = _find_alike("sentence", sentences, threshold)
    return found + _find_alike("article", articles, article_threshold)


def find_shared_people(one: Iterable[Document], other: Iterable[Document]) -> list[SharedPerson]:
    """People (OFFICIAL or PERSON) mentioned on both sides by the same name, sorted by it.

    White space and dots within a name and its Traditional forms make no difference; a surname of
    one character is nobody.
    """
    here, there = _list_people(one), _list_people(other)
    return [SharedPerson(name, here[name], there[name]) for name in sorted(here.keys() & there)]


def check_splits(documents_by_split: Mapping[str, Iterable[Document]]) -> list[str]:
    """What articles of `test` share with those of other splits, a sentence for each; best none."""
    if "test" not in documents_by_split:
        raise ValueError(f"no split is named test, only {', '.join(documents_by_split)}")
    sides = {True: [], False: []}
    for split, documents in documents_by_split.items():
        sides[split == "test"] += [replace(d, id=f"{d.id} ({split})") for d in documents]
    tested, both = {document.id for document in sides[True]}, sides[True] + sides[False]
    found = [
        (one, other, f"mention the same person, {person.name}")
        for person in find_shared_people(sides[True], sides[False])
        for one, other in product(person.one, person.other)
    ]
    found += [
        (one.article, other.article, f"have the same sentence: {one.text!r}")
        for repeat in find_repeated_sentences(both)
        for one, other in combinations(repeat.sentences, 2)
    ]
    for pair in find_near_duplicates(both):
        one, other, how = pair.one, pair.other, f"(similarity {pair.similarity:.2f})"
        if pair.kind == "article":
            found.append((one.article, other.article, f"are nearly the same {how}"))
        elif _normalise(one.text) != _normalise(other.text):
            what = f"have nearly the same sentence {how}: {one.text!r} and {other.text!r}"
            found.append((one.article, other.article, what))
    across = dict.fromkeys(item for item in found if (item[0] in tested) != (item[1] in tested))
    return [f"{one} and {other} {what}." for one, other, what in across]


def _normalise(text: str) -> str:
    """The letters of a text, in Simplified characters."""
    simplified = get_converter("t2s").convert(unicodedata.normalize("NFKC", text))
    return "".join(filter(str.isalpha, simplified.casefold()))


def _list_people(documents: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    """Articles by the people they mention, each once."""
    people = defaultdict(dict)
    for document in documents:
        for span in document.spans:
            if span.label in PEOPLE:
                people[_normalise(document.surface(span))][document.id] = None
    return {name: tuple(articles) for name, articles in people.items() if len(name) > 1}


def _find_alike(kind: str, passages: list[Passage], threshold: float) -> list[NearDuplicate]:
    """The pairs at or above the threshold, the most similar first."""
    keys = [_normalise(passage.text) for passage in passages]
    sets = [{key[i : i + SHINGLE] for i in range(len(key) - SHINGLE + 1)} for key in keys]
    index = MinHashLSH(num_perm=PERMUTATIONS, params=_choose_bands(threshold))
    encoded = ([shingle.encode() for shingle in shingles] for shingles in sets)
    found = []
    for number, sketch in enumerate(MinHash.generator(encoded, num_perm=PERMUTATIONS, seed=SEED)):
        if not sets[number]:
            continue
        for earlier in sorted(index.query(sketch)):
            similarity = len(sets[number] & sets[earlier]) / len(sets[number] | sets[earlier])
            if similarity >= threshold:
                found.append(NearDuplicate(kind, passages[earlier], passages[number], similarity))
        index.insert(number, sketch, check_duplication=False)
    return sorted(found, key=lambda pair: -pair.similarity)


def _choose_bands(threshold: float) -> tuple[int, int]:
    """Bands and their rows: the most rows that miss few pairs at the threshold.

    A pair of similarity s is missed with probability (1 - s^rows)^bands (Leskovec, Rajaraman,
    Ullman: Mining of Massive Datasets, section 3.4).
    """
    if not 0.02 <= threshold <= 1:
        raise ValueError(f"the threshold is {threshold}; expected 0.02 to 1")
    options = ((PERMUTATIONS // rows, rows) for rows in range(PERMUTATIONS // 2, 0, -1))
    return next(o for o in options if (1 - threshold ** o[1]) ** o[0] <= MISSED)
