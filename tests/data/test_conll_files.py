from itertools import pairwise

import pytest
from columns import assert_strictly_iob2, read_plainly
from hypothesis import given, settings
from hypothesis import strategies as st

from jiqun.data.conll import BREAKS, Formatter, read_conll, write_conll
from jiqun.errors import InputError
from jiqun.spans import Document, Span, Tagset, encode_tags, split_paragraphs

WIDE = "甲𠮷👩‍👩e\u0301\u0338\ufe0f\u200b\ufeff\x00"
SPACES = " \t\n\v\f\r\x1c\x1d\x1e\x85\xa0\u2003\u2028\u2029\u3000"
MARKS = '#\\u0009n{}|"'
LABELS = ("ORG", "LOC", "FIGURE")


@st.composite
def documents(draw):
    """Articles; a span may cross the end of a line."""
    letters = st.one_of(
        st.sampled_from(WIDE + SPACES + MARKS),
        st.characters(exclude_categories=["Cs"]),
    )
    text = draw(st.text(letters, max_size=20))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    spans = tuple(Span(*pair, draw(st.sampled_from(LABELS))) for pair in pairs)
    name = draw(
        st.text("a甲𠮷#= .\\u0009", min_size=1, max_size=6).filter(lambda n: n == n.strip())
    )
    return Document(name, text, spans)


def format_articles(articles, formatter=None):
    """The bytes of articles, and how much they hold."""
    formatter = formatter or Formatter(Tagset(LABELS))
    content, written = formatter.format([formatter.tagset.tag(article) for article in articles])
    return bytes(content), written


def format_simply(paragraphs):
    """What the arrays of `Formatter` are to come to, one line after another."""
    lines = []
    for paragraph in paragraphs:
        lines.append(f"# id = {paragraph.id}\n")
        tags = encode_tags(paragraph.spans, len(paragraph.text))
        for token, tag in zip(paragraph.text, tags):
            token = f"\\u{ord(token):04x}" if token in BREAKS else token
            lines.append(f"{token}\t{tag}\n")
        lines.append("\n")
    return "".join(lines)


def test_a_character_a_line(tmp_path):
    path = tmp_path / "a.conll"
    spans = (Span(0, 2, "ORG"), Span(2, 3, "ORG"), Span(5, 6, "LOC"))
    made = [
        Document("a", "甲𠮷乙 \u3000#\\\n \n\n\t\u2028", spans),
        Document("b", "\ufeff乙", (Span(1, 2, "ORG"),)),
        Document("c", ""),
    ]
    assert write_conll(iter(made), path) == (3, 2, 4)
    assert path.read_bytes().decode() == (
        "# id = a#0\n甲\tB-ORG\n𠮷\tI-ORG\n乙\tB-ORG\n \tO\n\u3000\tO\n#\tB-LOC\n\\\tO\n\n"
        "# id = b#0\n\ufeff\tO\n乙\tB-ORG\n\n"
    )


def test_what_would_break_a_line_is_written_in_digits(tmp_path):
    path = tmp_path / "a.conll"
    document = Document("a", "甲\t\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029", (Span(1, 3, "LOC"),))
    write_conll([document], path)
    assert path.read_bytes().decode() == (
        "# id = a#0\n甲\tO\n\\u0009\tB-LOC\n\\u000b\tI-LOC\n\\u000c\tO\n\\u000d\tO\n\\u001c\tO\n"
        "\\u001d\tO\n\\u001e\tO\n\\u0085\tO\n\\u2028\tO\n\\u2029\tO\n\n"
    )
    assert read_conll(path) == [Document("a#0", document.text, document.spans)]


def test_nothing_comes_to_nothing():
    assert format_articles([]) == (b"", (0, 0, 0))
    assert format_articles([Document("a", " \n\n")]) == (b"", (1, 0, 0))


@pytest.mark.slow
@given(st.lists(documents(), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_arrays_come_to_what_lines_come_to(tmp_path_factory, made):
    try:
        paragraphs = [p for document in made for _, p in split_paragraphs(document)]
    except ValueError as error:
        with pytest.raises(InputError) as caught:
            format_articles(made)
        assert str(caught.value) == f"{error}; mark it in one paragraph."
        return
    formatter = Formatter(Tagset(LABELS))
    content, written = format_articles(made, formatter)
    assert format_articles(made, formatter) == (content, written)
    text = content.decode("utf-8")
    assert text == format_simply(paragraphs)
    assert written == (len(made), len(paragraphs), sum(len(d.spans) for d in made))
    assert text.splitlines() == text.split("\n")[:-1]
    if not paragraphs:
        return
    path = tmp_path_factory.getbasetemp() / "written.conll"
    write_conll(made, path)
    assert read_conll(path) == paragraphs
    for (tokens, tags), paragraph in zip(read_plainly(path), paragraphs, strict=True):
        for token, character in zip(tokens, paragraph.text, strict=True):
            assert token == character or (character in SPACES and token[:2] == "\\u")
        assert_strictly_iob2(tags, paragraph)


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_conll_from_another_editor(tmp_path, ending):
    path = tmp_path / "a.conll"
    text = "# id = a\n甲\tB-LOC\n\n\n# id = b\n \tO\n\n"
    path.write_bytes((text.replace("\n", ending) if ending else text.rstrip()).encode())
    assert read_conll(path) == [Document("a", "甲", (Span(0, 1, "LOC"),)), Document("b", " ")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("甲\tO\n", "line 1: expected `# id = …` before a paragraph"),
        ("# id = a\n甲\tO\n\n乙\tO\n", "line 4: expected `# id = …`"),
        ("# id = a\n甲 O\n", "line 2 is '甲 O', expected a character, a tab and an IOB2 tag"),
        ("# id = a\n甲乙\tO\n", "line 2 is '甲乙\\tO'"),
        ("# id = a\n\\u0041\tO\n", "line 2 is"),
        ("# id = a\n\tO\n", "line 2 is"),
        ("# id = a\n甲\tO\tO\n", "line 2 is"),
        ("# id = a\n甲\tS-ORG\n", "line 2 is"),
        ("# id = a\n甲\tB-\n", "line 2 is"),
        ("# id = a\n甲\tO\n# id = b\n", "line 3 is"),
        ("# id = a\n甲\tO\n乙\tI-ORG\n", "line 3: I-ORG continues nothing"),
        ("# id = a\n甲\tB-ORG\n乙\tI-LOC\n", "line 3: I-LOC continues nothing"),
        ("\n", "the file is empty"),
    ],
)
def test_what_is_no_conll_is_told(tmp_path, text, fault):
    path = tmp_path / "a.conll"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_conll(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert fault in str(caught.value)


@pytest.mark.parametrize("name", ["", " a", "a\n", "a\nb", "a\u2028b", "a\tb"])
def test_an_id_that_does_not_fit_in_a_line_is_refused(tmp_path, name):
    path = tmp_path / "a.conll"
    with pytest.raises(InputError, match="its id does not fit in one line"):
        write_conll([Document("a", "甲"), Document(name, "乙")], path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "span", "fault"),
    [
        ("甲\n乙", Span(0, 3, "LOC"), "crosses the end of its line; mark it in one paragraph."),
        ("甲\n乙", Span(1, 2, "LOC"), "crosses the end of its line; mark it in one paragraph."),
        ("甲\n ", Span(2, 3, "LOC"), "lies on a line of white space; mark it in one paragraph."),
        ("甲\n", Span(1, 2, "LOC"), "crosses the end of its line; mark it in one paragraph."),
    ],
)
def test_a_span_that_is_in_no_paragraph_is_told(text, span, fault):
    with pytest.raises(InputError) as caught:
        format_articles([Document("a", "甲"), Document("b", text, (span,))])
    assert str(caught.value) == f"{span} of b {fault}"
