import pickle

from jiqun.predict import EMBEDDED
from jiqun.silver import SilverReader

TEXT = "记者李明在温岭说，10家企业"


def test_a_reader_says_what_it_doubts_too():
    reader = SilverReader(EMBEDDED)
    [(sure, doubtful), (none, _)] = reader([TEXT, "今天"])
    assert [(p.span.label, TEXT[p.span.start : p.span.end]) for p in sure] == [
        ("PERSON", "李明"),
        ("LOC", "温岭"),
        ("FIGURE", "10家"),
    ]
    assert none == []
    assert all(0.03 <= p.score <= 1 for p in doubtful)
    # As another process gets it, with nothing loaded.
    other = pickle.loads(pickle.dumps(reader))
    assert other.predictor is None and other([TEXT])[0] == (sure, doubtful)
