"""The data set as what a model learns from: labelled articles, each a few paragraphs."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import datasets

from ..data.augment import augment_rows
from ..errors import InputError
from ..spans import Document, Span, decode_tags, split_paragraphs
from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """One article of a config of the data set, as its paragraphs.

    Attributes:
        name: of the article; of its one paragraph where the data names no articles.
    """

    name: str
    config: str
    paragraphs: tuple[Document, ...]

    def join(self) -> Document:
        """The paragraphs as one document, a line each."""
        text, spans = "", []
        for paragraph in self.paragraphs:
            offset = len(text)
            spans += (Span(s.start + offset, s.end + offset, s.label) for s in paragraph.spans)
            text += paragraph.text + "\n"
        return Document(self.name, text, tuple(spans))


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a model is trained on, and what its training is watched by and its scores fitted on."""

    tags: list[str]
    training: list[LabelledArticle]
    validation: list[LabelledArticle]

    def list_training(self, copies: int, seed: int) -> list[Document]:
        """The paragraphs to train on, and those of `copies` augmented copies of each article."""
        documents = list_paragraphs(self.training)
        for copy in augment_rows((a.join() for a in self.training), copies, seed):
            documents += (paragraph for _, paragraph in split_paragraphs(copy))
        return documents


def load_corpus(recipe: Recipe, validate: bool, seed: int) -> Corpus:
    """What a recipe trains on: the split train of its configs.

    It is watched by the split validation of its first config, or by `validation_articles` of its
    last one, drawn by `seed` and not trained on.

    Args:
        validate: whether the training is watched; else the split comes along if there is one.

    Raises:
        InputError: the data cannot be loaded, or does not hold what the recipe asks for.
    """
    articles, tags = [], []
    for config in recipe.configs:
        rows = load_rows(recipe.data, "train", config)
        tags = tags or get_tag_names(rows)
        articles += load_articles(rows, config, need="copies" if recipe.copies else None)
    if validate and recipe.validation_articles:
        return Corpus(tags, *hold_out(articles, recipe, seed))
    config = recipe.configs[0]
    if not validate and "validation" not in datasets.get_dataset_split_names(recipe.data, config):
        return Corpus(tags, articles, [])
    return Corpus(
        tags, articles, load_articles(load_rows(recipe.data, "validation", config), config)
    )


def hold_out(
    articles: Sequence[LabelledArticle], recipe: Recipe, seed: int
) -> tuple[list[LabelledArticle], list[LabelledArticle]]:
    """The articles less `validation_articles` of the recipe's last config, and these.

    Raises:
        InputError: there are not so many.
    """
    names = sorted({a.name for a in articles if a.config == recipe.configs[-1]})
    if recipe.validation_articles >= len(names):
        raise InputError(
            f"validation_articles {recipe.validation_articles}: the config {recipe.configs[-1]} "
            f"has {len(names)} articles to train on; hold out fewer."
        )
    held = set(random.Random(f"validation {seed}").sample(names, recipe.validation_articles))
    return [a for a in articles if a.name not in held], [
        a for a in articles if a.name in held and a.config == recipe.configs[-1]
    ]


def load_rows(data: str, split: str, config: str = "tokens") -> datasets.Dataset:
    """One split of a config of a data set, local or on a hub.

    Raises:
        InputError: it cannot be loaded, or its columns are not `tokens` and `ner_tags`.
    """
    try:
        rows = datasets.load_dataset(data, config, split=split)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{data}: {reason}; build the data set with `jiqun build`.") from None
    for column in ("tokens", "ner_tags"):
        if column not in rows.column_names:
            raise InputError(f"{data}: the split {split} of {config} has no column {column!r}.")
    return rows


def load_documents(rows: datasets.Dataset) -> list[Document]:
    """Rows with `id`, `tokens` and `ner_tags` as documents."""
    tags = get_tag_names(rows)
    return [
        Document(
            row["id"],
            "".join(row["tokens"]),
            tuple(decode_tags([tags[number] for number in row["ner_tags"]])),
        )
        for row in rows
    ]


def load_articles(
    rows: datasets.Dataset, config: str, need: str | None = None
) -> list[LabelledArticle]:
    """Rows by their column `article`; without it each row is an article of its own.

    Args:
        need: the key of a recipe that cannot do without that column.

    Raises:
        InputError: `need` is given, and there is no such column.
    """
    documents = load_documents(rows)
    if "article" not in rows.column_names:
        if need:
            raise InputError(
                f"{need}: the data has no column 'article' to say which rows belong together; "
                f"leave {need} out."
            )
        return [LabelledArticle(document.id, config, (document,)) for document in documents]
    groups: dict[str, list[Document]] = {}
    for name, document in zip(rows["article"], documents):
        groups.setdefault(name, []).append(document)
    return [LabelledArticle(name, config, tuple(group)) for name, group in groups.items()]


def list_paragraphs(articles: Iterable[LabelledArticle]) -> list[Document]:
    return [paragraph for article in articles for paragraph in article.paragraphs]


def get_tag_names(rows: datasets.Dataset) -> list[str]:
    """The IOB2 tags that number the classes of `ner_tags`."""
    return rows.features["ner_tags"].feature.names
