"""The model that ships with the package."""

from functools import partial

import pytest
import torch
from transformers import AutoModelForTokenClassification, pipeline

from conftest import ROOT
from jiqun.evaluate.metrics import measure
from jiqun.evaluate.run import mark_articles, mark_paragraphs
from jiqun.predict import EMBEDDED, Predictor, Reader
from jiqun.train.dataset import load_documents, load_rows

TEXT = "临清市现有轴承企业2300余家。"


def test_it_is_small_and_loads_at_single_precision():
    assert (EMBEDDED / "model.safetensors").stat().st_size < 24e6
    model = AutoModelForTokenClassification.from_pretrained(EMBEDDED)
    assert model.dtype == torch.float32


def test_it_marks_a_text_at_once():
    assert [(p.span.label, TEXT[p.span.start : p.span.end]) for p in Predictor()([TEXT])[0]] == [
        ("LOC", "临清市"),
        ("FIGURE", "2300余家"),
    ]


def test_a_plain_pipeline_runs_it():
    mark = pipeline(
        "token-classification", model=str(EMBEDDED), aggregation_strategy="simple", device="cpu"
    )
    found = [(group["entity_group"], TEXT[group["start"] : group["end"]]) for group in mark(TEXT)]
    assert found == [("LOC", "临清市"), ("FIGURE", "2300余家")]


@pytest.mark.slow
def test_it_scores_what_its_card_says():
    """On the real articles it was not trained on; its temperature was fitted on the first."""
    predictor = Predictor()
    reader, scores = Reader(predictor.stream), {}
    for split in ("validation", "test"):
        documents = load_documents(load_rows(str(ROOT / "data"), split, "tokens"))
        for found in (mark_paragraphs(predictor, documents), mark_articles(reader, documents)):
            figures = measure(documents, found, resamples=0)
            strict, error = figures["strict"]["micro"]["f1"], figures["calibration"]["ece"]
            scores.setdefault(split, []).append((100 * strict, 100 * error))
    # What is added up in 8 bits, or not, moves scores a little: at most a span or two.
    near = partial(pytest.approx, abs=1)
    assert scores == {
        "validation": [(near(83.0), near(2.4)), (near(93.2), near(2.0))],
        "test": [(near(88.5), near(4.2)), (near(91.2), near(5.6))],
    }
