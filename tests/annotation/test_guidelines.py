"""The guidelines' examples, held against the scheme and against the gold itself."""

import re
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from conftest import ROOT
from jiqun.seeds.composed import parse_marked
from jiqun.spans import Document, Span

CHINESE = ROOT / "annotation/guidelines.zh.md"
ENGLISH = ROOT / "annotation/guidelines.md"
RIGHT, WRONG = "✓", "✗"
EXAMPLE = re.compile(f"- ([{RIGHT}{WRONG}]) `([^`]+)`( —— .+)?")
RULE = re.compile(r"(?:(\d+)\. )?\*\*(?:(金律[一二三四五])：)?")
NOT_SHOWN = {("八", "5"), ("八", "6"), ("八", "7")}
"""Rules about damage of which no line of text can be an example."""


@dataclass(frozen=True)
class Example:
    """An example of the guidelines: the rule it stands under, and its text without labels."""

    line: int
    section: str
    rule: str
    right: bool
    text: str
    spans: tuple[Span, ...]
    reason: str | None


@pytest.fixture(scope="module")
def examples(scheme):
    """All examples, in order; a line that looks like one and is none stops the tests."""
    found, section, rule = [], "", ""
    for number, line in enumerate(CHINESE.read_text(encoding="utf-8").split("\n"), 1):
        where = f"{CHINESE.name}, line {number}"
        if heading := re.match("## (.+?)、", line):
            section, rule = heading[1], ""
        elif begun := RULE.match(line):
            rule = begun[1] or begun[2] or rule
        elif re.match(rf"\s*[-*]\s*[{RIGHT}{WRONG}]", line):
            match = EXAMPLE.fullmatch(line)
            assert match, f"{where}: expected one example in one code span: {line}"
            text, spans = parse_marked(match[2], scheme.names, where)
            right = match[1] == RIGHT
            found.append(Example(number, section, rule, right, text, tuple(spans), match[3]))
    return found


def read_sections(path):
    """The text under each heading of the second level."""
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def list_rules(body):
    """The rules of a section: its golden rules, or else its numbered decisions."""
    golden = re.findall(r"^\*\*(金律.)：", body, re.MULTILINE)
    return golden or re.findall(r"^(\d+)\. \*\*", body, re.MULTILINE)


def find_labels(gold, text):
    """The spans that gold has at each occurrence of a fragment, counted from its beginning.

    One that reaches beyond the fragment has an offset outside it.
    """
    for item in gold:
        document = item.document
        for match in re.finditer(f"(?={re.escape(text)})", document.text):
            start, end = match.start(), match.start() + len(text)
            yield tuple(
                Span(span.start - start, span.end - start, span.label)
                for span in document.spans
                if span.start < end and start < span.end
            )


def test_right_examples_are_labelled_as_the_gold_is(examples, gold):
    verbatim = 0
    for example in (e for e in examples if e.right):
        labels = list(find_labels(gold, example.text))
        assert set(labels) <= {example.spans}, example
        verbatim += bool(labels)
    assert verbatim >= 150


def test_wrong_examples_are_not_what_the_gold_says(examples, gold):
    verbatim = 0
    for example in (e for e in examples if not e.right):
        labels = list(find_labels(gold, example.text))
        assert example.spans not in labels, example
        verbatim += bool(labels)
    assert verbatim >= 50


def test_wrong_examples_give_a_reason_and_contradict_no_right_one(examples):
    right = {(e.text, e.spans) for e in examples if e.right}
    for example in (e for e in examples if not e.right):
        assert example.reason and (example.text, example.spans) not in right, example
    labellings = {}
    for text, spans in right:
        assert labellings.setdefault(text, spans) == spans, text


def test_fragments_are_found_wherever_they_stand():
    document = Document("a", "甲甲甲乙", (Span(1, 3, "LOC"),))
    found = find_labels([SimpleNamespace(document=document)], "甲甲")
    assert list(found) == [(Span(1, 3, "LOC"),), (Span(0, 2, "LOC"),)]


def test_every_rule_has_a_right_example(examples):
    shown = {(e.section, e.rule) for e in examples if e.right}
    rules = {
        (section, rule)
        for title, body in read_sections(CHINESE).items()
        for section in [title.split("、")[0]]
        for rule in list_rules(body)
        if section in {e.section for e in examples}
    }
    assert rules - shown == NOT_SHOWN
    assert {section for section, _ in rules} >= set("一二三四五六七八")


def test_every_label_has_its_section_and_examples(examples, scheme):
    titles = (title.split("、", 1) for title in read_sections(CHINESE))
    sections = {title: number for number, title in titles}
    for label in scheme.labels:
        section = sections[f"{label.chinese} {label.name}（键 {label.key}）"]
        here = [e for e in examples if e.section == section]
        for right in (True, False):
            marked = (s.label for e in here if e.right is right for s in e.spans)
            assert label.name in marked, (label.name, right)


@pytest.mark.parametrize("path", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_both_guidelines_list_the_labels_of_the_scheme(path, scheme):
    rows = re.findall(r"^\| (\d) \| `(\w+)` \| (\w+) \|", path.read_text("utf-8"), re.MULTILINE)
    assert rows == [(label.key, label.name, label.chinese) for label in scheme.labels]


def test_the_summary_has_the_same_labels_and_rules(scheme):
    """Its inline examples parse, and its decisions are numbered like the Chinese ones."""
    text = ENGLISH.read_text(encoding="utf-8")
    for code in re.findall(r"`([^`]*\{[^`]*)`", text):
        if code != "{LABEL|surface}":
            assert parse_marked(code, scheme.names, ENGLISH.name)[1]
    sections = read_sections(ENGLISH)
    chinese = [len(list_rules(body)) for body in read_sections(CHINESE).values()]
    for title, count in zip(["Five golden rules", *scheme.names], chinese):
        numbers = re.findall(r"(?:^|(?<=[.:] ))(\d+)\. ", sections[title], re.MULTILINE)
        assert [int(number) for number in numbers] == list(range(1, count + 1)), title
