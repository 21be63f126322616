"""A model on a split of the data set: predictions, scores and a report."""

from pathlib import Path

from ..files import to_json, write_text
from ..predict import Predictor
from ..scheme import Scheme
from ..spans import Document
from ..train.finetune import load_documents, load_rows
from .metrics import score
from .report import make_report


def evaluate_model(
    model: str, data: str, split: str, scheme: Scheme, folder: Path
) -> tuple[dict[str, dict], str]:
    """Predict a split paragraph by paragraph and score it against all of its gold.

    Writes `predictions.jsonl`, `report.html` and `scores.json` to `folder`.

    Returns:
        The scores, as `metrics.score` gives them, and what was done, in one line.

    Raises:
        InputError: model or data cannot be loaded.
    """
    rows = load_rows(data, split)
    gold = load_documents(rows)
    found = Predictor(model)([document.text for document in gold])
    predicted = [
        Document(document.id, document.text, tuple(p.span for p in predictions))
        for document, predictions in zip(gold, found)
    ]
    scores = score(gold, predicted)
    facts = {"model": str(model), "data": str(data), "split": split, "paragraphs": str(len(gold))}
    lines = [
        to_json(
            {
                "id": document.id,
                "text": document.text,
                "spans": [
                    {"start": p.span.start, "end": p.span.end, "label": p.span.label}
                    | {"score": round(p.score, 4)}
                    for p in predictions
                ],
            }
        )
        for document, predictions in zip(gold, found)
    ]
    write_text(folder / "predictions.jsonl", "".join(line + "\n" for line in lines))
    write_text(folder / "report.html", make_report(gold, predicted, scores, scheme, facts))
    write_text(folder / "scores.json", to_json(facts | {"scores": scores}, indent=1) + "\n")
    count = sum(map(len, found))
    return scores, (
        f"evaluate: {len(gold)} paragraphs, {scores['micro']['support']} gold spans, "
        f"{count} predicted → {folder}"
    )
