"""What the data set says of itself: DATASET_CARD.md and Croissant metadata, made from the data."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import mlcroissant as croissant
import pyarrow.parquet as pq
import yaml
from jinja2 import Environment, StrictUndefined

from .. import __version__
from ..annotation.agreement import measure_agreement, read_labellings
from ..errors import InputError
from ..files import read_text, write_text
from ..scheme import Scheme
from ..seeds.manifest import SPLITS
from ..spans import decode_tags

_NAME = "jiqun"
_LICENCE = "articles-of-their-publishers-annotations-apache-2.0"
_DESCRIPTION = (
    "Chinese local news about industrial clusters, restored from what crawlers bring home, with "
    "organisations, places, officials, other people and figures marked in it."
)
_ARROW_TYPES = {"string": croissant.DataType.TEXT, "int32": croissant.DataType.INTEGER}


def write_card(
    data: Path, labelled: Path, second: Path, scheme: Scheme, card: Path, metadata: Path
) -> str:
    """Write the card and the Croissant metadata of a built data set.

    Args:
        data: the built data set.
        labelled: labelled tasks with several annotators' labels, whose agreement the card states.
        second: folders `written` and `blind`, composed articles labelled twice.

    Returns:
        What was done, in one line.

    Raises:
        InputError: the data set is not built, or a labelling is damaged.
    """
    facts = describe(read_tables(data), scheme) | {
        "front_matter": make_front_matter(data),
        "seeds_agreement": _agree([labelled], scheme),
        "composed_agreement": _agree([second / "written", second / "blind"], scheme),
    }
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("jiqun.data").joinpath("card.md.jinja").read_text(encoding="utf-8")
    write_text(card, environment.from_string(template).render(facts) + "\n")
    write_text(metadata, make_croissant(data))
    return f"card: {len(facts['columns'])} configs described → {card}, {metadata}"


def read_tables(data: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rows by config and split of a built data set.

    Raises:
        InputError: there is no data set.
    """
    tables: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for config in read_front_matter(data)["configs"]:
        name = config["config_name"]
        tables[name] = {
            file["split"]: pq.read_table(data / file["path"]).to_pylist()
            for file in config["data_files"]
        }
    return tables


def read_front_matter(data: Path) -> dict[str, Any]:
    """The YAML at the head of the data set's README.md."""
    parts = read_text(data / "README.md").split("---\n")
    if len(parts) < 3:
        raise InputError(f"{data}/README.md: has no front matter; run `jiqun build`.")
    return yaml.safe_load(parts[1])


def describe(tables: dict[str, dict[str, list[dict[str, Any]]]], scheme: Scheme) -> dict[str, Any]:
    """Everything the card counts."""
    splits = {split: _count_split(tables, split, scheme) for split in SPLITS}
    everything = {key: sum(row[key] for row in splits.values()) for key in splits["train"]}
    composed = tables["composed"]["train"]
    articles: dict[str, int] = Counter()
    for row in composed:
        articles[row["article"]] += len(row["tokens"])
    plans = {row["article"]: row for row in composed}
    noise = Counter(
        kind.split()[0] for p in plans.values() for kind in p["noise"].split("；") if kind
    )
    mentions = {split: _list_mentions(tables["tokens"][split], scheme) for split in SPLITS}
    in_composed = _list_mentions(composed, scheme)
    known, written = set(mentions["train"]), set(in_composed)
    rates = {
        label: (
            sum(m[1] == label for m in mentions["test"]),
            sum(m[1] == label and m not in known for m in mentions["test"]),
            sum(m[1] == label and m not in known | written for m in mentions["test"]),
        )
        for label in scheme.names
    }
    lengths = sorted(len(r["tokens"]) for rows in tables["tokens"].values() for r in rows)
    return {
        "labels": scheme.labels,
        "columns": {name: list(next(iter(t.values()))[0]) for name, t in tables.items()},
        "splits": splits,
        "all": everything,
        "unseen": {name: {"test": a, "train": b, "both": c} for name, (a, b, c) in rates.items()},
        "unseen_all": {
            key: sum(row[n] for row in rates.values())
            for n, key in enumerate(("test", "train", "both"))
        },
        "paragraph": {"median": median(lengths), "longest": lengths[-1]},
        "raw_lines": sum(map(len, tables["raw"].values())),
        "composed": {
            "articles": len(articles),
            "paragraphs": len(composed),
            "characters": sum(articles.values()),
            "labels": Counter(label for _, label in in_composed),
            "shortest": min(articles.values()),
            "median": round(median(articles.values())),
            "longest": max(articles.values()),
            "years": (
                min(p["year"] for p in plans.values()),
                max(p["year"] for p in plans.values()),
            ),
            "scripts": Counter(p["script"] for p in plans.values()),
            "noise": noise,
            **{f"{k}_count": len({p[k] for p in plans.values()}) for k in ("industry", "province")},
            "genres": sorted({p["genre"] for p in plans.values()}),
        },
    }


def _count_split(tables: dict[str, Any], split: str, scheme: Scheme) -> dict[str, int]:
    rows = tables["spans"][split]
    labels = Counter(span["label"] for row in rows for span in row["spans"])
    return {
        "articles": len(rows),
        "paragraphs": len(tables["tokens"][split]),
        "characters": sum(len(row["text"]) for row in rows),
        **{name: labels[name] for name in scheme.names},
        "spans": labels.total(),
    }


def _list_mentions(rows: Sequence[dict[str, Any]], scheme: Scheme) -> list[tuple[str, str]]:
    """Surface and label of every span in rows of tokens."""
    found = []
    for row in rows:
        tags = [scheme.tags[number] for number in row["ner_tags"]]
        for span in decode_tags(tags):
            found.append(("".join(row["tokens"][span.start : span.end]), span.label))
    return found


def _agree(folders: list[Path], scheme: Scheme):
    return measure_agreement(read_labellings(folders, scheme), scheme.names)


def make_front_matter(data: Path) -> str:
    """YAML for the head of the card: what hubs read, and where the files of each config are."""
    configs = [
        {
            "config_name": config["config_name"],
            **({"default": True} if config.get("default") else {}),
            "data_files": [
                {"split": file["split"], "path": f"{data.name}/{file['path']}"}
                for file in config["data_files"]
            ],
        }
        for config in read_front_matter(data)["configs"]
    ]
    matter = {
        "pretty_name": "Jiqun",
        "language": ["zh"],
        "license": "other",
        "license_name": _LICENCE,
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found", "machine-generated"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "size_categories": ["1K<n<10K"],
        "tags": ["news", "industrial-clusters"],
        "configs": configs,
    }
    return yaml.safe_dump(matter, sort_keys=False, allow_unicode=True)


def make_croissant(data: Path) -> str:
    """Croissant 1.1 metadata of the parquet files in a built data set, as JSON-LD.

    See https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
    """
    context = croissant.Context()
    distribution, records = [], []
    for config in read_front_matter(data)["configs"]:
        name = config["config_name"]
        for file in config["data_files"]:
            path, place = data / file["path"], f"{name}-{file['split']}"
            content = path.read_bytes()
            distribution.append(
                croissant.FileObject(
                    ctx=context,
                    id=f"{place}.parquet",
                    name=f"{place}.parquet",
                    content_url=file["path"],
                    content_size=f"{len(content)} B",
                    encoding_formats=["application/x-parquet"],
                    sha256=hashlib.sha256(content).hexdigest(),
                )
            )
            records.append(_make_records(context, place, pq.read_schema(path)))
    metadata = croissant.Metadata(
        ctx=context,
        name=_NAME,
        description=_DESCRIPTION,
        license=[_LICENCE],
        version=__version__,
        cite_as=f"Jiqun: Chinese news of industrial clusters, version {__version__}.",
        in_language=["zh"],
        keywords=["news", "industrial clusters", "named-entity recognition"],
        distribution=distribution,
        record_sets=records,
    )
    return json.dumps(metadata.to_json(), ensure_ascii=False, indent=1) + "\n"


def _make_records(context: croissant.Context, place: str, schema) -> croissant.RecordSet:
    fields = []
    for column in schema:
        listed = str(column.type).startswith("list")
        kind = str(column.type.value_type if listed else column.type)
        if kind not in _ARROW_TYPES:
            # Croissant's reader takes no list of structures from parquet.
            continue
        fields.append(
            croissant.Field(
                ctx=context,
                id=f"{place}/{column.name}",
                name=column.name,
                data_types=[_ARROW_TYPES.get(kind, croissant.DataType.INTEGER)],
                repeated=listed or None,
                source=croissant.Source(
                    ctx=context,
                    file_object=f"{place}.parquet",
                    extract=croissant.Extract(ctx=context, column=column.name),
                ),
            )
        )
    return croissant.RecordSet(ctx=context, id=place, name=place, fields=fields)
