"""What DATASET_CARD.md says, against what is there."""

import datasets
import pytest
import yaml

from conftest import ROOT

CARD = (ROOT / "DATASET_CARD.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows():
    return {name: datasets.load_dataset(str(ROOT / "data"), name) for name in ("tokens", "spans")}


def test_counts(rows, scheme):
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in CARD.splitlines()
        if line.startswith(("| train", "| validation", "| test", "| all"))
    ]
    counted = []
    for split in ("train", "validation", "test"):
        articles = rows["spans"][split]
        labels = [span["label"] for row in articles for span in row["spans"]]
        counted.append(
            [len(articles), len(rows["tokens"][split]), sum(map(len, articles["text"]))]
            + [labels.count(name) for name in scheme.names]
            + [len(labels)]
        )
    counted.append([sum(column) for column in zip(*counted)])
    assert [[int(cell) for cell in row[1:]] for row in table] == counted


def test_unseen_mentions(rows):
    mentions = {
        split: [
            (row["text"][span["start"] : span["end"]], span["label"])
            for row in articles
            for span in row["spans"]
        ]
        for split, articles in rows["spans"].items()
    }
    unseen = sum(mention not in mentions["train"] for mention in mentions["test"])
    assert f"the {len(mentions['test'])} spans of the test article, {unseen} mark" in CARD.replace(
        "\n", " "
    )


def test_labels_and_columns(rows, scheme):
    for label in scheme.labels:
        assert f"| `{label.name}` | {label.chinese} |" in CARD
    for splits in rows.values():
        assert all(f"`{column}`" in CARD for column in splits["train"].column_names)


def test_the_front_matter_loads_the_data(rows):
    matter = yaml.safe_load(CARD.split("---")[1])
    for config in matter["configs"]:
        for file in config["data_files"]:
            found = datasets.load_dataset(
                "parquet", data_files=str(ROOT / file["path"]), split="train"
            )
            assert len(found) == len(rows[config["config_name"]][file["split"]])
