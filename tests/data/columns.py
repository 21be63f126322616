"""CoNLL files as the loaders of other people read them."""

from seqeval.scheme import IOB2, Entities


def read_plainly(path):
    """Sentences as people's loaders read them: a line at a time, split at the tab."""
    sentence = ([], [])
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("# "):
                continue
            if line == "\n":
                yield sentence
                sentence = ([], [])
                continue
            token, tag = line.rstrip("\n").split("\t")
            sentence[0].append(token)
            sentence[1].append(tag)
    assert sentence == ([], [])


def mark_flatly(spans):
    return [(span.start, span.end, span.label) for span in spans]


def assert_strictly_iob2(tags, document):
    """Seqeval's strict scheme refuses no tag, and finds the very spans."""
    [entities] = Entities([tags], IOB2).entities
    assert [(e.start, e.end, e.tag) for e in entities] == mark_flatly(document.spans)
    inside = "O"
    for tag in tags:
        assert tag[0] != "I" or inside[1:] == tag[1:]
        inside = tag
