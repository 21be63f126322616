"""The model that ships with the package."""

import datasets
import pytest
import torch
from transformers import AutoModelForTokenClassification, pipeline

from conftest import ROOT
from jiqun.predict import EMBEDDED, Predictor
from jiqun.train.dataset import load_documents

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
    """Strict micro F1 on the real articles it was not trained on."""
    scores = {}
    for split in ("validation", "test"):
        rows = datasets.load_dataset(str(ROOT / "data"), "tokens", split=split)
        documents = load_documents(rows)
        found = Predictor()([document.text for document in documents])
        right = made = gold = 0
        for document, predictions in zip(documents, found, strict=True):
            spans = {prediction.span for prediction in predictions}
            right += len(spans & set(document.spans))
            made, gold = made + len(spans), gold + len(document.spans)
        scores[split] = round(200 * right / (made + gold), 1)
    assert scores == {"validation": 80.7, "test": 77.6}
