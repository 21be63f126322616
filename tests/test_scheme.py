import pytest

from jiqun.errors import InputError
from jiqun.scheme import read_scheme

LABEL = '- {name: %s, chinese: %s, description: d, color: "#112233", key: "%s"}\n'


def write(tmp_path, *labels):
    path = tmp_path / "scheme.yaml"
    path.write_text("labels:\n" + "".join(LABEL % label for label in labels), encoding="utf-8")
    return path


def test_the_scheme_of_the_project(scheme):
    assert scheme.names == ["ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE"]
    assert [label.key for label in scheme.labels] == ["1", "2", "3", "4", "5"]
    assert scheme.tags == [
        *("O", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-OFFICIAL", "I-OFFICIAL"),
        *("B-PERSON", "I-PERSON", "B-FIGURE", "I-FIGURE"),
    ]


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        ([("ORG", "机构", 1), ("ORG", "地点", 2)], "two labels have the name 'ORG'"),
        ([("ORG", "机构", 1), ("LOC", "机构", 2)], "two labels have the chinese '机构'"),
        ([("ORG", "机构", 1), ("LOC", "地点", 1)], "two labels have the key '1'"),
        ([("org", "机构", 1)], "label 'org' must be upper-case ASCII"),
    ],
)
def test_a_faulty_scheme_is_refused(tmp_path, labels, fault):
    with pytest.raises(InputError, match=r"scheme\.yaml") as caught:
        read_scheme(write(tmp_path, *labels))
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("labels: []\n", "expected a list under `labels`"),
        ("- 1\n", "expected a list under `labels`"),
        ("labels: [{name: A}]\n", "label 1 needs exactly name, chinese, description, color, key"),
        (
            'labels: [{name: A, chinese: b, description: c, color: red, key: "1"}]\n',
            "color 'red' of A must be #rrggbb",
        ),
    ],
)
def test_a_file_that_is_no_scheme_is_refused(tmp_path, content, fault):
    path = tmp_path / "scheme.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scheme(path)
    assert fault in str(caught.value)
