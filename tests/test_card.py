"""What DATASET_CARD.md and data/croissant.json say, against what is there."""

import json
import shutil

import datasets
import mlcroissant
import pytest
import yaml

from conftest import ROOT
from jiqun.data.card import write_card
from jiqun.errors import InputError
from jiqun.spans import decode_tags

pytestmark = pytest.mark.slow

CARD = (ROOT / "DATASET_CARD.md").read_text(encoding="utf-8")
CONFIGS = ("tokens", "spans", "raw", "composed")


@pytest.fixture(scope="module")
def rows():
    return {name: datasets.load_dataset(str(ROOT / "data"), name) for name in CONFIGS}


def find_table(start):
    """The numbers of the lines that begin so, by the name in their first cell."""
    table = {}
    for line in CARD.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] in start:
            table[cells[0]] = [int(cell) for cell in cells[1:]]
    return table


def list_mentions(table, scheme):
    return [
        ("".join(row["tokens"][span.start : span.end]), span.label)
        for row in table
        for span in decode_tags([scheme.tags[number] for number in row["ner_tags"]])
    ]


def test_the_committed_card_is_what_the_data_makes(scheme, tmp_path):
    places = (ROOT / "data", ROOT / "annotation/labelled", ROOT / "annotation/second")
    write_card(*places, scheme, tmp_path / "CARD.md", tmp_path / "croissant.json")
    assert (tmp_path / "CARD.md").read_text(encoding="utf-8") == CARD
    committed = (ROOT / "data/croissant.json").read_bytes()
    assert (tmp_path / "croissant.json").read_bytes() == committed


def test_a_data_set_that_is_not_built_is_told(scheme, tmp_path):
    places = (tmp_path, ROOT / "annotation/labelled", ROOT / "annotation/second")
    with pytest.raises(InputError, match=r"README\.md: cannot be read"):
        write_card(*places, scheme, tmp_path / "CARD.md", tmp_path / "croissant.json")
    assert list(tmp_path.iterdir()) == []


def test_counts(rows, scheme):
    table = find_table(("train", "validation", "test", "all"))
    counted = {}
    for split in ("train", "validation", "test"):
        articles = rows["spans"][split]
        labels = [span["label"] for row in articles for span in row["spans"]]
        counted[split] = [
            *(len(articles), len(rows["tokens"][split]), sum(map(len, articles["text"]))),
            *(labels.count(name) for name in scheme.names),
            len(labels),
        ]
    counted["all"] = [sum(column) for column in zip(*counted.values())]
    assert table == counted
    composed = rows["composed"]["train"]
    labels = [label for _, label in list_mentions(composed, scheme)]
    figures = [len(set(composed["article"])), len(composed), sum(map(len, composed["tokens"]))]
    figures += [*(labels.count(name) for name in scheme.names), len(labels)]
    assert find_table((str(figures[0]),)) == {str(figures[0]): figures[1:]}
    assert figures[0] >= 240 and figures[2] >= 120_000 and figures[-1] >= 12_000


def test_unseen_mentions(rows, scheme):
    mentions = {split: list_mentions(table, scheme) for split, table in rows["tokens"].items()}
    written = set(list_mentions(rows["composed"]["train"], scheme))
    known = set(mentions["train"])
    test = mentions["test"]
    table = find_table(("spans in test", "unseen in train", "unseen in train and composed"))
    assert [row[-1] for row in table.values()] == [
        len(test),
        sum(mention not in known for mention in test),
        sum(mention not in known | written for mention in test),
    ]
    for place, label in enumerate(scheme.names):
        assert table["spans in test"][place] == sum(kind == label for _, kind in test)


def test_labels_and_columns(rows, scheme):
    for label in scheme.labels:
        assert f"| `{label.name}` | {label.chinese} |" in CARD
    for config, splits in rows.items():
        [line] = [line for line in CARD.splitlines() if line.startswith(f"- Config `{config}`")]
        columns = next(iter(splits.values())).column_names
        assert line.partition(": ")[2] == ", ".join(f"`{column}`" for column in columns) + "."


def test_the_front_matter_loads_the_data(rows):
    matter = yaml.safe_load(CARD.split("---")[1])
    assert [config["config_name"] for config in matter["configs"]] == list(CONFIGS)
    for config in matter["configs"]:
        for file in config["data_files"]:
            found = datasets.load_dataset(
                "parquet", data_files=str(ROOT / file["path"]), split="train"
            )
            assert len(found) == len(rows[config["config_name"]][file["split"]])


def test_croissants_own_validator_accepts_the_metadata_and_reads_the_data(rows, tmp_path):
    # A file that has changed is noticed by its hash, hence a copy.
    folder = shutil.copytree(ROOT / "data", tmp_path / "data")
    described = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    issues = described.metadata.issues
    # It has not been published yet.
    assert not issues.errors
    assert [warning for warning in issues.warnings if "datePublished" not in warning] == []
    metadata = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert len(metadata["distribution"]) == sum(map(len, rows.values()))
    first = next(iter(described.records("tokens-test")))
    assert first["tokens-test/id"].decode() == rows["tokens"]["test"][0]["id"]
