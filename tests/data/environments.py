"""The versions of datasets that read the data set, each in an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import yaml
from loading import spell

from conftest import ROOT, set_up

VERSIONS = {"datasets3": "3.6.0", "datasets4": "4.8.5", "datasets5": datasets.__version__}
SCRIPT = Path(__file__).with_name("loading.py")


def run_loading(name: str, *arguments: object, home: Path, **settings: str) -> str:
    """What `loading.py` prints under one of `VERSIONS`, with its caches below `home`."""
    python = sys.executable
    if name != "datasets5":
        set_up((ROOT / f".venv-{name}/done").exists(), f"{name} in .venv-{name}")
        python = ROOT / f".venv-{name}/bin/python"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    settings = {
        "HF_HOME": str(home / name),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",  # else every load calls a counter outside
        "NO_PROXY": "127.0.0.1,localhost",
        **settings,
    }
    command = [python, "-I", SCRIPT, *arguments]
    done = subprocess.run(
        list(map(str, command)), env=kept | settings, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def read_report(name: str, where: object, home: Path, **settings: str) -> dict:
    return json.loads(run_loading(name, "report", where, home=home, **settings))


def read_folder(folder: Path) -> dict:
    """What every version has to report of a built folder; the rows, as the parquet holds them."""
    front_matter = yaml.safe_load((folder / "README.md").read_text("utf-8").split("---\n")[1])
    [default] = [c["config_name"] for c in front_matter["configs"] if c.get("default")]
    found: dict[str, object] = {"default": default}
    for config in front_matter["configs"]:
        builder = datasets.load_dataset_builder(str(folder), config["config_name"])
        for part in config["data_files"]:
            files = sorted(folder.glob(part["path"]))
            rows = [row for file in files for row in pq.read_table(file).to_pylist()]
            name = f"{config['config_name']}/{part['split']}"
            for how in ("", " streamed"):
                found[f"{name} rows{how}"] = rows
                found[f"{name} features{how}"] = spell(dict(builder.info.features))
    return found


def differences(found: dict, expected: dict) -> list[str]:
    """The names of what differs, since pytest would take minutes to show how."""
    names = found.keys() | expected.keys()
    return sorted(name for name in names if found.get(name) != expected.get(name))
