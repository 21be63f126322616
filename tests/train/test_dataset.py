import pytest

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.spans import Document, split_paragraphs
from jiqun.train.dataset import (
    list_paragraphs,
    load_articles,
    load_corpus,
    load_documents,
    load_rows,
)
from jiqun.train.recipe import Recipe

DATA = str(ROOT / "data")


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_data_that_is_not_there_is_named(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=rf"{name}: .*build the data set with `jiqun build`"):
        load_rows(str(tmp_path / name), "train")


def test_paragraphs_make_the_articles_they_came_from():
    rows = load_rows(DATA, "train", "composed")
    articles = load_articles(rows, "composed", need="copies")
    assert [article.name for article in articles][:2] == ["c001", "c002"]
    assert list_paragraphs(articles) == load_documents(rows)
    again = [p for article in articles for _, p in split_paragraphs(article.join())]
    assert again == [Document(d.id, d.text, d.spans) for d in load_documents(rows)]


def test_without_articles_each_row_stands_alone():
    rows = load_rows(DATA, "test").remove_columns("article")
    articles = load_articles(rows, "tokens")
    assert [article.name for article in articles] == rows["id"][:]
    with pytest.raises(InputError, match="copies: the data has no column 'article'"):
        load_articles(rows, "tokens", need="copies")


def test_a_corpus_has_all_configs_and_is_watched_by_the_validation_split(little):
    recipe = Recipe(data=str(little), configs=["tokens", "composed"])
    corpus = load_corpus(recipe, validate=True, seed=1)
    assert len(corpus.training) == 3 + 6
    assert [article.name for article in corpus.validation] == ["004_eb678d6701aca27f"]
    assert load_corpus(recipe, validate=False, seed=1) == corpus
    recipe = Recipe(data=str(little), configs=["composed"])
    assert load_corpus(recipe, validate=False, seed=1).validation == []


def test_articles_held_out_to_validate_on_are_not_trained_on(little):
    recipe = Recipe(data=str(little), configs=["tokens", "composed"], validation_articles=2)
    corpus = load_corpus(recipe, validate=True, seed=1)
    held = {article.name for article in corpus.validation}
    assert len(held) == 2 and all(name.startswith("c0") for name in held)
    assert len(corpus.training) == 7
    assert not held & {article.name for article in corpus.training}
    assert {a.name for a in load_corpus(recipe, True, seed=3).validation} != held
    with pytest.raises(InputError, match=r"validation_articles 6: .* composed has 6 articles"):
        load_corpus(Recipe(**vars(recipe) | {"validation_articles": 6}), True, seed=1)


def test_copies_are_articles_told_anew(little):
    corpus = load_corpus(Recipe(data=str(little), configs=["composed"]), False, seed=1)
    documents = corpus.list_training(copies=2, seed=1)
    assert len(documents) == 3 * len(list_paragraphs(corpus.training))
    assert corpus.list_training(copies=2, seed=1) == documents
    assert corpus.list_training(copies=2, seed=2) != documents
