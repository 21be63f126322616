import hashlib
import shutil
from dataclasses import replace

import datasets
import pytest

from conftest import ROOT
from jiqun.data.build import build, read_gold, split_raw
from jiqun.errors import InputError
from jiqun.seeds.align import Edit
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span, decode_tags

pytestmark = pytest.mark.slow


def hash_folder(folder):
    files = [folder / "README.md", *folder.glob("*/*.parquet")]
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_the_committed_data_set_is_what_the_labels_make(data):
    assert hash_folder(data) == hash_folder(ROOT / "data")


def test_building_again_gives_the_same_bytes(gold, composed, scheme, data, tmp_path):
    line = build(gold, composed, scheme, tmp_path)
    build(gold, composed, scheme, tmp_path)
    assert hash_folder(tmp_path) == hash_folder(data)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "README.md",
        "composed",
        "raw",
        "spans",
        "tokens",
    ]
    assert line.startswith(
        "build: 5 articles, 71 paragraphs, 382 spans "
        "(ORG 128, LOC 115, OFFICIAL 69, PERSON 11, FIGURE 59); 322 composed articles, "
    )


def test_composed_rows_are_for_training_and_say_what_they_are(data, scheme, composed):
    loaded = datasets.load_dataset(str(data), "composed")
    assert list(loaded) == ["train"]
    rows = loaded["train"]
    assert list(rows.features)[4:] == [
        *("fold", "origin", "industry", "province", "genre", "register"),
        *("year", "script", "noise"),
    ]
    assert set(rows["origin"]) == {"composed"} and set(rows["fold"]) == {-1}
    assert len(set(rows["article"])) == 322
    row = rows[0]
    assert (row["id"], row["industry"], row["year"]) == ("c001#0", "自行车", 2022)
    spans = sum(tag % 2 for row in rows for tag in row["ner_tags"])
    assert spans == sum(len(item.document.spans) for item in composed) > 12_000
    assert sum(len(row["tokens"]) for row in rows) > 120_000


def test_raw_rows_hold_the_damage_and_the_same_mentions(data, gold, composed):
    loaded = datasets.load_dataset(str(data), "raw")
    names = loaded["train"].features["ner_tags"].feature.names
    found = {}
    for row in (row for part in loaded.values() for row in part):
        text = "".join(row["tokens"])
        for span in decode_tags([names[number] for number in row["ner_tags"]]):
            mention = (text[span.start : span.end], span.label)
            found.setdefault(row["article"], []).append(mention)
    for item in [*gold, *composed]:
        alignment, raw = item.article.alignment, item.article.raw
        assert found[item.document.id] == [
            (raw[slice(*alignment.to_raw(span.start, span.end))], span.label)
            for span in item.document.spans
        ]
    first = loaded["validation"][0]
    assert "".join(first["tokens"])[:20] == "本報訊 (記者 馬永偉 劉男) 6月7日"


def test_lines_of_raw_that_gave_nothing_are_left_out():
    article = restore("轴承\n上一篇：没有了\n产值\n12亿元。", "a", [Edit(13, 14)])
    assert article.text == "轴承\n产值12亿元。"
    assert list(split_raw(article, [Span(11, 17, "FIGURE")])) == [
        Document("a#0", "轴承"),
        Document("a#1", "产值\n12亿元。", (Span(0, 6, "FIGURE"),)),
    ]


def test_a_person_in_test_and_in_training_stops_the_build(gold, composed, scheme, tmp_path):
    [test] = [item for item in gold if item.seed.split == "test"]
    name = next(test.document.surface(s) for s in test.document.spans if s.label == "OFFICIAL")
    one = composed[0]
    document = Document(one.document.id, name + "到会。", (Span(0, len(name), "PERSON"),))
    with pytest.raises(InputError, match=f"mention the same person, {name}"):
        build(gold, [replace(one, document=document)], scheme, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_tokens_is_the_default_config(data, scheme, gold):
    loaded = datasets.load_dataset(str(data))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {
        "train": 48,
        "validation": 6,
        "test": 17,
    }
    features = loaded["train"].features
    assert list(features) == ["id", "article", "tokens", "ner_tags", "fold", "origin"]
    assert features["ner_tags"].feature.names == scheme.tags
    texts = {item.document.id: item.document.text for item in gold}
    rows = [row for part in loaded.values() for row in part]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert len(row["tokens"]) == len(row["ner_tags"])
        assert all(len(token) == 1 for token in row["tokens"])
        assert "".join(row["tokens"]) in texts[row["article"]].split("\n")
        assert row["origin"] == "gold"


def test_no_article_stands_in_two_splits_and_each_is_a_fold(data):
    loaded = datasets.load_dataset(str(data))
    articles = {split: set(rows["article"]) for split, rows in loaded.items()}
    assert {split: len(names) for split, names in articles.items()} == {
        "train": 3,
        "validation": 1,
        "test": 1,
    }
    assert len(set.union(*articles.values())) == 5
    folds = {(row["article"], row["fold"]) for part in loaded.values() for row in part}
    assert sorted(fold for _, fold in folds) == [0, 1, 2, 3, 4]


def test_spans_and_raw_spans_mark_the_same_mentions(data, gold):
    loaded = datasets.load_dataset(str(data), "spans")
    by_id = {item.document.id: item for item in gold}
    for row in (row for part in loaded.values() for row in part):
        item = by_id[row["id"]]
        assert (row["text"], row["raw"]) == (item.document.text, item.article.raw)
        assert [Span(**span) for span in row["spans"]] == list(item.document.spans)
        for span, raw in zip(row["spans"], row["raw_spans"], strict=True):
            assert span["label"] == raw["label"]
            back = item.article.alignment.to_text(raw["start"], raw["end"])
            assert back == (span["start"], span["end"])
    [row] = loaded["validation"]
    first = [(row["raw"][s["start"] : s["end"]], s["label"]) for s in row["raw_spans"][:5]]
    assert first == [
        ("馬永偉", "PERSON"),
        ("劉男", "PERSON"),
        ("市政府新聞辦", "ORG"),
        ("聊城市", "LOC"),
        ("聊城", "LOC"),
    ]


def test_both_configs_hold_the_same_spans(data):
    tokens, spans = (datasets.load_dataset(str(data), name) for name in ("tokens", "spans"))
    for split in tokens:
        names = tokens[split].features["ner_tags"].feature.names
        decoded = [
            ("".join(row["tokens"])[span.start : span.end], span.label)
            for row in tokens[split]
            for span in decode_tags([names[number] for number in row["ner_tags"]])
        ]
        stored = [
            (row["text"][span["start"] : span["end"]], span["label"])
            for row in spans[split]
            for span in row["spans"]
        ]
        assert decoded == stored


def test_a_rebuilt_data_set_is_not_read_from_the_cache(gold, scheme, tmp_path):
    build(gold, [], scheme, tmp_path)
    before = datasets.load_dataset(str(tmp_path), split="validation")[0]["ner_tags"]
    one = gold[4]
    relabelled = (replace(one.document.spans[0], label="ORG"), *one.document.spans[1:])
    changed = replace(one, document=replace(one.document, spans=relabelled))
    build([*gold[:4], changed], [], scheme, tmp_path)
    after = datasets.load_dataset(str(tmp_path), split="validation")[0]["ner_tags"]
    assert (before[8:11], after[8:11]) == ([7, 8, 8], [1, 2, 2])


def copy_labelled(tmp_path):
    return shutil.copytree(ROOT / "annotation/labelled", tmp_path / "labelled")


def test_labels_of_an_articles_other_texts_are_passed_over(tmp_path, seeds, gold, scheme):
    labelled = copy_labelled(tmp_path)
    (labelled / f"{seeds[0].id}.0123abcd.json").write_text("{}")
    assert [item.document for item in read_gold(seeds, labelled, scheme)] == [
        item.document for item in gold
    ]


def test_labels_of_an_unlisted_article_are_refused(tmp_path, seeds, scheme):
    labelled = copy_labelled(tmp_path)
    (labelled / "zzz.json").write_text("{}")
    with pytest.raises(InputError, match=r"zzz\.json: the manifest lists no article zzz"):
        read_gold(seeds, labelled, scheme)


def test_an_article_without_labels_is_refused(tmp_path, seeds, scheme):
    labelled = copy_labelled(tmp_path)
    (labelled / f"{seeds[2].id}.json").unlink()
    with pytest.raises(InputError, match=f"{seeds[2].id}.json: cannot be read"):
        read_gold(seeds, labelled, scheme)


def test_labels_under_another_name_are_refused(tmp_path, seeds, scheme):
    labelled = copy_labelled(tmp_path)
    shutil.copy(labelled / f"{seeds[0].id}.json", labelled / f"{seeds[1].id}.json")
    with pytest.raises(InputError, match=f"holds the labels of {seeds[0].id}; rename the file"):
        read_gold(seeds, labelled, scheme)


def test_a_failed_build_leaves_the_data_set_as_it_was(gold, scheme, data, tmp_path):
    folder = shutil.copytree(data, tmp_path / "data")
    one = gold[0]
    broken = Document(one.document.id, one.document.text, (Span(0, 200, "LOC"),))
    with pytest.raises(InputError, match="crosses the end of its line; mark it in one paragraph"):
        build([type(one)(one.seed, one.article, broken), *gold[1:]], [], scheme, folder)
    with pytest.raises(InputError, match="no article of the manifest is in the split test"):
        build(gold[1:], [], scheme, folder)
    assert hash_folder(folder) == hash_folder(data)
