import os
import shutil
import socket

# Before any import reads it: a hub that does not answer is asked again for a minute.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
from hypothesis import HealthCheck, settings

from jiqun.data.build import build, read_gold, restore_composed
from jiqun.scheme import read_scheme
from jiqun.seeds.composed import read_plan
from jiqun.seeds.manifest import read_manifest
from servers import ROOT, draw, start_studio, studio, studio_template  # noqa: F401

# A machine that others load makes no example wrong.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")


def set_up(found: object, name: str) -> None:
    """Skip by name what this machine could not set up; on CI nothing may be missing."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{name} is missing, and CI skips nothing")
    pytest.skip(f"{name} is missing; `make test` sets it up where it can")


@pytest.fixture(scope="session")
def scheme():
    return read_scheme(ROOT / "annotation/scheme.yaml")


@pytest.fixture(scope="session")
def seeds():
    return read_manifest(ROOT / "seeds/manifest.yaml")


@pytest.fixture(scope="session")
def gold(seeds, scheme):
    return read_gold(seeds, ROOT / "annotation/labelled", scheme)


@pytest.fixture(scope="session")
def composed(scheme):
    return restore_composed(read_plan(ROOT / "seeds/composed"), scheme)


@pytest.fixture(scope="session")
def data(gold, composed, scheme, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    build(gold, composed, scheme, folder)
    return folder


@pytest.fixture(scope="session")
def little(gold, composed, scheme, tmp_path_factory):
    """A data set of the five seeds and six composed articles."""
    folder = tmp_path_factory.mktemp("little")
    build(gold, composed[:6], scheme, folder)
    return folder


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of what people edit in a checkout, as the current folder."""
    for name in ("seeds", "annotation", "train"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("restored", "models")
        )
    (tmp_path / "annotation/tasks.json").unlink(missing_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    set_up(path, "Chromium")
    from playwright.sync_api import sync_playwright

    switches = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"]
    switches += ["--disable-background-networking", "--disable-sync"]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=switches)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
