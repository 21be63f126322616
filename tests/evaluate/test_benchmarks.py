import json
import subprocess
import sys

import pytest

from conftest import ROOT

FIGURES = {
    "restore": {"cer_percent", "pinyin_percent", "throughput_over_opencc", "growth"}
    | {"memory_growth"},
    "convert": {"tasks", "spans"},
    "score": {"texts", "spans_of_gold", "agrees", "skipped"},
    "encode": {"texts", "spans", "tokens"},
    "train": {"steps", "samples", "padding_share"},
    "predict": {"texts", "threads", "batch_size_of_pipeline", "equal_spans", "equal_tags"},
}
PEERS = {
    "restore": "OpenCC alone, Traditional",
    "convert": "label-studio-sdk CONLL2003, one file",
    "score": "seqeval",
    "encode": "transformers example, WordPiece",
    "train": "transformers example, default",
    "predict": "transformers pipeline, small BERT",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, ROOT / "evaluate/benchmarks/run.py", "--quick", "--to", folder]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "results.json").read_text(encoding="utf-8")), done.stdout


@pytest.mark.slow
def test_all_figures_are_there(run):
    results, table = run
    assert results["failures"] == {}
    assert set(results["benchmarks"]) == set(FIGURES)
    for name, figures in results["benchmarks"].items():
        assert set(figures) == FIGURES[name] | {"speed", "seconds"}
        assert PEERS[name] in figures["speed"]
        for peer, row in figures["speed"].items():
            assert row["ratio"] > 0
            assert f"| {name} | {peer} |" in table


@pytest.mark.slow
def test_the_machine_and_the_day_are_named(run):
    results, table = run
    made = results["made"]
    assert made["quick"] is True
    assert set(made["machine"]) == {"cpu", "cores", "memory_gib", "load_before"}
    assert made["versions"]["torch"] and made["versions"]["seqeval"]
    assert made["date"] in table and made["machine"]["cpu"] in table


@pytest.mark.slow
def test_ours_loses_no_span_and_agrees_with_its_peers(run):
    benchmarks = run[0]["benchmarks"]
    for row in benchmarks["convert"]["spans"].values():
        assert row["ours"] == row["total"] > 0
    assert all(benchmarks["score"]["agrees"].values())
    characters = benchmarks["encode"]["spans"]["transformers example, characters"]
    assert characters["ours"] == characters["total"] > 0
    tags = benchmarks["predict"]["equal_tags"]["transformers pipeline, small BERT"]
    # The two pad to other lengths and so round otherwise, by 1e-6; the model has no such near ties.
    assert tags["both"] == tags["ours"] == tags["peer"] > 0
