import random

import pytest

from conftest import ROOT
from jiqun.seeds.damage import KINDS, choose_pinyin, damage_everywhere
from jiqun.seeds.restore import restore

CLEAN = (ROOT / "evaluate/benchmarks/clean.txt").read_text(encoding="utf-8").rstrip("\n")
ARTICLES = ["\n".join(CLEAN.split("\n")[n : n + 6]) for n in range(0, 18, 6)]


def test_the_clean_text_is_clean():
    article = restore(CLEAN, "clean")
    assert (article.text, article.asides, article.damage) == (CLEAN, (), ())


@pytest.mark.parametrize("kind", [*KINDS, "all at once"])
def test_damage_is_the_same_for_the_same_seed_and_restored(kind):
    damage = KINDS.get(kind, damage_everywhere)
    for seed, article in enumerate(ARTICLES):
        damaged = damage(article, random.Random(seed))
        assert damaged != article and damaged == damage(article, random.Random(seed))
        assert restore(damaged, "id").text.strip("\n") == article


def test_pinyin_stands_behind_its_characters():
    behind = choose_pinyin("产业A，集群", random.Random(1), share=1.0)
    assert [bracket.strip("()（） ") for bracket in behind] == ["chǎn", "yè", "", "", "jí", "qún"]
