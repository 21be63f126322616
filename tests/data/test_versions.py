"""The built folder, loaded by each version of datasets in an environment of its own."""

import pytest
from environments import VERSIONS, differences, read_folder, read_report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def expected(data):
    return read_folder(data)


@pytest.mark.parametrize("name", VERSIONS)
def test_the_built_folder_loads_and_streams(name, data, expected, scheme, tmp_path):
    found = read_report(name, data, tmp_path, HF_HUB_OFFLINE="1")
    assert found.pop("version") == VERSIONS[name]
    assert differences(found, expected) == []
    assert found["default"] == "tokens"
    assert found["tokens/train features"]["ner_tags"] == [{"names": scheme.tags}]
    span = {"start": "int32", "end": "int32", "label": "string"}
    assert found["spans/train features"]["spans"] == [span]
