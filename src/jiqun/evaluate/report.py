"""A self-contained page to look at scores and predictions."""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment

from ..scheme import Scheme
from ..spans import Document, Span


def make_report(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    scores: dict[str, dict],
    scheme: Scheme,
    facts: dict[str, str],
) -> str:
    """HTML with the scores, and gold and predicted spans of every paragraph side by side.

    Spans of one side that the other side has not to the letter are marked as wrong. Everything
    shown is escaped; the page fetches nothing.

    Args:
        scores: what `metrics.score` returned.
        facts: what the page says of the run (model, data, …), name and value.
    """
    # The template comes with the package; what it shows is never trusted.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(
        files("jiqun.evaluate").joinpath("report.html").read_text(encoding="utf-8")
    )
    paragraphs = [
        {
            "id": g.id,
            "sides": [cut(g, p.spans), cut(p, g.spans)],
            "missed": len(set(g.spans) - set(p.spans)),
            "spurious": len(set(p.spans) - set(g.spans)),
        }
        for g, p in zip(gold, predicted, strict=True)
    ]
    return template.render(
        labels={label.name: label for label in scheme.labels},
        scores=scores,
        facts=facts,
        paragraphs=paragraphs,
    )


def cut(document: Document, other: Sequence[Span]) -> list[tuple[str, str | None, bool]]:
    """A document as pieces `(characters, label or None, whether `other` has the same span)`."""
    pieces, position = [], 0
    for span in document.spans:
        pieces.append((document.text[position : span.start], None, True))
        pieces.append((document.surface(span), span.label, span in other))
        position = span.end
    pieces.append((document.text[position:], None, True))
    return [piece for piece in pieces if piece[0]]
