"""Figures as tables on standard error."""

import sys
from collections import Counter

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .console import emit, say

_SHOWN = 10


def show_agreement(agreement) -> None:
    """Agreement by label as a table on standard error, and disagreements by kind."""
    table = Table("label", title="agreement between annotators, F1", title_justify="left")
    for column in ("exact", "95%", "relaxed", "95%", "spans of both"):
        table.add_column(column, justify="right")
    for name, score in agreement.scores.items():
        cells = []
        for value, interval in (
            (score.exact, score.exact_interval),
            (score.relaxed, score.relaxed_interval),
        ):
            cells.append(f"{100 * value:.1f}")
            cells.append("–".join(f"{100 * end:.1f}" for end in interval) if interval else "")
        table.add_row(name, *cells, str(score.spans))
    Console(stderr=True).print(table)
    kinds = Counter(d.kind for d in agreement.disagreements)
    if kinds:
        say("disagreements: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))


def show_progress(progress) -> None:
    """A project's annotators as a table on standard error, then what waits."""
    labels = sorted({label for work in progress.annotators for label in work.spans})
    title = f"project {progress.project}, {progress.title}"
    table = Table("annotator", title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in ("done", "skipped", "drafts", *labels, "spans", "hours", "spans an hour"):
        table.add_column(column, justify="right")
    for work in progress.annotators:
        counts = [work.spans.get(label, 0) for label in labels]
        cells = [work.tasks, work.skipped, work.drafts, *counts, sum(counts)]
        cells += ["" if n is None else f"{n:.1f}" for n in (work.hours, work.spans_an_hour)]
        table.add_row(escape(work.annotator), *map(str, cells))
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = 120
    console.print(table)
    for one in progress.next:
        doubt = "no pre-labels" if one["score"] is None else f"score {one['score']:.2f}"
        say(f"waiting: {one['article']} (task {one['task']}, {doubt})")
    if progress.waiting > len(progress.next):
        say(f"waiting: {progress.waiting - len(progress.next)} more")


def show_measures(scores: dict[str, dict[str, dict[str, float | None]]]) -> None:
    """How good pre-labels are, by source and label, on standard error."""
    title = "pre-labels on articles left out, strict"
    table = Table("source", "label", title=title, title_justify="left")
    for column in ("precision", "recall", "F1", "gold spans"):
        table.add_column(column, justify="right")
    for source, rows in scores.items():
        for label, row in rows.items():
            rates = (row[key] for key in ("precision", "recall", "f1"))
            figures = ("–" if rate is None else f"{100 * rate:.1f}" for rate in rates)
            table.add_row(source, label, *figures, str(row["support"]))
        table.add_section()
    Console(stderr=True).print(table)


def show_suspects(rows: list[dict]) -> None:
    """Suspects as a table on standard output."""
    table = Table("score", "kind", "label", "place", "in its text", "why")
    table.columns[0].justify = "right"
    table.columns[3].no_wrap = True
    for column in table.columns[4:]:
        column.overflow = "fold"
    for row in rows:
        place = f"{row['article']}:{row['start']}"
        cells = (row["kind"], row["label"], place, row["context"], row["reason"])
        table.add_row(f"{row['score']:.2f}", *map(escape, cells))
    console = Console(width=None if sys.stdout.isatty() else 160)
    with console.capture() as shown:
        console.print(table)
    emit(shown.get())


def describe_intake(intake) -> str:
    """What came in, in one line: annotations, spans, repairs and what was set aside."""
    told = [f"{intake.annotations[kind]} {kind}" for kind in ("finished", "empty", "skipped")]
    if intake.annotations["draft"]:
        told.append(f"{intake.annotations['draft']} drafts")
    parts = [f"annotations: {', '.join(told)}", f"{intake.spans} spans"]
    if intake.repairs:
        repairs = ", ".join(f"{way} {n}" for way, n in intake.repairs.most_common())
        parts.append(f"{intake.repairs.total()} repaired ({repairs})")
    if intake.merged:
        parts.append(f"{intake.merged} repeated exactly and merged")
    if intake.bare:
        parts.append(f"{intake.bare} without their characters, taken at their offsets")
    return "; ".join(parts)


def show_intake(command: str, intake, quarantine) -> None:
    """Files kept as they are, and what was set aside by kind, on standard error."""
    for path, reason in list(intake.kept.items())[:_SHOWN]:
        say(f"{command}: {path} stays as it is: {reason}. --overwrite replaces it.")
    if len(intake.kept) > _SHOWN:
        say(f"{command}: {len(intake.kept) - _SHOWN} more files stay as they are.")
    if intake.left:
        names = [path.name for path in intake.left[:_SHOWN]]
        more = ", …" if len(intake.left) > _SHOWN else ""
        say(
            f"{command}: {len(intake.left)} files of earlier pulls, of which the project has no "
            f"labels now, stay: {', '.join(names)}{more}"
        )
    kinds = Counter(record["kind"] for record in intake.quarantined)
    if kinds:
        listed = ", ".join(f"{kind} {n}" for kind, n in kinds.most_common())
        say(f"{command}: {kinds.total()} set aside ({listed}) → {quarantine}")


def show_results(results: dict) -> None:
    """Strict scores of every system, how far its own scores are from the truth, and the tests
    between systems, on standard error."""
    labels = [*results["made"]["labels"], "PER", "macro", "micro"]
    about = results["made"]["data"]
    for system in results["systems"]:
        title = f"{system['name']} on {about['split']}, strict"
        table = Table("label", title=title, title_justify="left")
        for column in ("precision", "recall", "F1", "95%", "gold spans"):
            table.add_column(column, justify="right")
        for name in labels:
            if name not in system["strict"]:
                continue
            row = system["strict"][name]
            figures = (f"{100 * row[key]:.1f}" for key in ("precision", "recall", "f1"))
            ends = "–".join(f"{100 * end:.1f}" for end in row["interval"] or ())
            table.add_row(name, *figures, ends, str(row["support"]))
        Console(stderr=True).print(table)
        if system["calibration"]:
            error = 100 * system["calibration"]["ece"]
            say(f"{system['name']}: expected calibration error {error:.1f} (ten bins)")
        if system["suites"]:
            passed = sum(suite["passed"] for suite in system["suites"].values())
            total = sum(suite["total"] for suite in system["suites"].values())
            say(f"{system['name']}: {passed} of {total} behaviour cases passed")
    for pair in results["comparisons"]:
        say(
            f"{pair['first']} − {pair['second']}: {100 * pair['difference']:+.1f} micro F1, "
            f"p = {pair['p']:.4f} (randomised by {pair['by']})"
        )


def show_crossval(results: dict) -> None:
    """Mean and standard deviation over seeds, by label, on standard error; nothing if empty."""
    if not results:
        return
    from ..evaluate.crossval import format_rate

    title = f"one article left out, strict, mean ± sd of seeds {', '.join(results['pooled'])}"
    table = Table("label", title=title, title_justify="left")
    for column in ("precision", "recall", "F1", "F1 with rules", "gold spans"):
        table.add_column(column, justify="right")
    for name, row in results["summary"].items():
        rates = [row[rate] for rate in ("precision", "recall", "f1")]
        rates.append(results["summary_with_rules"].get(name, row)["f1"])
        table.add_row(name, *map(format_rate, rates), str(row["support"]))
    Console(stderr=True).print(table)


def show_curve(curve: list[dict]) -> None:
    """F1 by training articles, micro and by label, on standard error; nothing if empty."""
    if not curve:
        return
    table = Table("articles", title="F1 by training articles, strict", title_justify="left")
    for name in ("micro", *curve[0]["labels"]):
        table.add_column(name, justify="right")
    for point in curve:
        rates = (point["f1"], *point["labels"].values())
        table.add_row(str(point["articles"]), *(f"{100 * rate:.1f}" for rate in rates))
    Console(stderr=True).print(table)
