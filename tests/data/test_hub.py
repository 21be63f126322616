"""Pushed with `push_to_hub` and loaded again, through a stand-in of the Hub on loopback."""

import pytest
from environments import VERSIONS, differences, read_folder, read_report, run_loading
from hub import serve_hub

pytestmark = pytest.mark.slow

TOKEN = "hf_made_up"


@pytest.fixture(scope="module")
def expected(data):
    return read_folder(data)


@pytest.fixture(scope="module")
def hub():
    with serve_hub(TOKEN) as hub:
        yield hub
    assert hub.unknown == []


@pytest.fixture(scope="module")
def push(hub, data, tmp_path_factory):
    """Pushes the built folder with a version of datasets, once, and names the repository."""

    def push(name: str) -> str:
        repo = f"tester/{name}"
        if repo not in hub.repos:
            home = tmp_path_factory.mktemp("push")
            run_loading(name, "push", data, repo, home=home, **reach(hub))
        return repo

    return push


def reach(hub) -> dict[str, str]:
    """The settings that lead huggingface_hub to the stand-in, which has no Xet."""
    return {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}


@pytest.mark.parametrize("name", VERSIONS)
def test_what_a_version_pushed_it_loads_and_streams(name, push, hub, expected, tmp_path):
    found = read_report(name, push(name), tmp_path, **reach(hub))
    assert found.pop("version") == VERSIONS[name]
    assert differences(found, expected) == []


@pytest.mark.parametrize("name", ["datasets3", "datasets4"])
def test_what_datasets_5_pushed_older_versions_load(name, push, hub, expected, tmp_path):
    found = read_report(name, push("datasets5"), tmp_path, **reach(hub))
    assert found.pop("version") == VERSIONS[name]
    assert differences(found, expected) == []


def test_a_repository_holds_the_readme_and_a_parquet_file_a_split(push, hub, expected):
    repo = hub.repos[push("datasets5")]
    splits = {name.split(" ")[0] for name in expected if "/" in name}
    parquet = {f"{split}-00000-of-00001.parquet": True for split in splits}
    stored = {path: file.lfs for path, file in repo.commits[repo.head].items()}
    assert stored == {".gitattributes": False, "README.md": False, **parquet}
