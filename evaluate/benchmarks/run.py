"""All benchmarks, one after another: results.json, and one table.

    python evaluate/benchmarks/run.py [--quick] [--to FOLDER]

A full run writes results.json beside this file, prints the table, and puts it into README.md
between `<!-- benchmarks -->` and `<!-- /benchmarks -->` if the two stand there. A quick one is a
trial of the benchmarks themselves, its figures say nothing; it writes only where `--to` says. A
benchmark that fails is listed with its error, and the exit status is 1.
"""

import argparse
import json
import os
import platform
import sys
import time
import traceback
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jiqun.data.conversion import count_cores

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
NAMES = ("restore", "convert", "score", "encode", "train", "predict")
PACKAGES = (
    "jiqun",
    "datasets",
    "label-studio-sdk",
    "nervaluate",
    "numpy",
    "opencc",
    "seqeval",
    "tokenizers",
    "torch",
    "transformers",
)
START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"


def run_all(quick: bool) -> dict[str, Any]:
    """What results.json holds: `made`, `benchmarks`, and the `failures` among them by name."""
    made = {
        "date": datetime.now(UTC).date().isoformat(),
        "quick": quick,
        "machine": describe_machine(),
        "versions": {"python": platform.python_version()} | dict(find_versions()),
    }
    benchmarks, failures = {}, {}
    for name in NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            benchmarks[name] = import_module(name).measure(quick)
        except Exception as error:
            traceback.print_exc()
            failures[name] = f"{type(error).__name__}: {error}"
        else:
            benchmarks[name]["seconds"] = round(time.perf_counter() - start, 1)
    return {"made": made, "benchmarks": benchmarks, "failures": failures}


def describe_machine() -> dict[str, Any]:
    """Processor, cores this process may use, memory in GiB, and how busy it was before."""
    facts = dict(
        line.split(":", 1)
        for path in ("/proc/cpuinfo", "/proc/meminfo")
        if Path(path).exists()
        for line in Path(path).read_text().splitlines()
        if ":" in line
    )
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    memory = int(facts.get("MemTotal", "0 kB").split()[0])
    return {
        "cpu": facts.get("model name") or platform.processor() or platform.machine(),
        "cores": count_cores(),
        "memory_gib": round(memory / 2**20),
        "load_before": round(os.getloadavg()[0], 1),
    }


def find_versions():
    for package in PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, None


def make_table(results: dict[str, Any]) -> str:
    """Markdown: a line that says where and when, and a row a comparison."""
    made = results["made"]
    machine = made["machine"]
    lines = [
        f"On {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
        f"{made['date']}. A ratio above 1 means that ours is faster.",
        "",
        "| | beside | ours | peer | ratio | spans exact: ours | peer |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, figures in results["benchmarks"].items():
        for peer, row in figures["speed"].items():
            rates = [f"{row[side]:,.0f}" if side in row else "" for side in ("ours", "peer")]
            if rates[0]:
                rates[0] += f" {row['unit'].removesuffix(' a second')}/s"
                rates[1] += "/s"
            kept = figures.get("spans", {}).get(peer)
            shares = [f"{kept[s]:,} of {kept['total']:,}" if kept else "" for s in ("ours", "peer")]
            cells = [name, peer, *rates, f"{row['ratio']:.2f}", *shares]
            lines.append("| " + " | ".join(cells) + " |")
    lines += [f"| {name} | failed: {why} | | | | | |" for name, why in results["failures"].items()]
    return "\n".join(lines) + "\n"


def replace_block(path: Path, table: str) -> None:
    """Put `table` between the two comments of a file that has both."""
    text = path.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if start and end:
        path.write_text(f"{before}{start}\n{table}{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a little data, one round: a trial")
    parser.add_argument("--to", type=Path, help="folder for results.json, README.md left alone")
    arguments = parser.parse_args()
    results = run_all(arguments.quick)
    table = make_table(results)
    folder = arguments.to or (None if arguments.quick else HERE)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(results, ensure_ascii=False, indent=1) + "\n"
        (folder / "results.json").write_text(content, encoding="utf-8")
    if not arguments.to and not arguments.quick and not results["failures"]:
        replace_block(README, table)
    print(table, end="")
    sys.exit(bool(results["failures"]))


if __name__ == "__main__":
    main()
