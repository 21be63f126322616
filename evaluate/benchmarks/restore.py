"""Restoring: character errors by kind of damage, and throughput beside OpenCC alone.

    python evaluate/benchmarks/restore.py [--characters 17000000] [--quick]

The clean texts stand in clean.txt beside this file, written for it. Each is damaged by
`jiqun.seeds.damage` with fixed seeds and restored. CER is edit distance over clean characters.
Throughput is characters a second of `restore`, alignment included, over that of OpenCC's t2s on
the same text in the same run, the median of several rounds: 1 is as fast as OpenCC alone. Growth
is time for ten times the text over ten times the time, for texts that would show a step that is
not linear; memory is the peak of `jiqun restore` over a stream ten times as long.
"""

import argparse
import json
import random
import subprocess
import sys
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from race import take_time

from jiqun.seeds.characters import Characters
from jiqun.seeds.damage import (
    KINDS,
    add_pinyin,
    choose_pinyin,
    damage_everywhere,
    make_traditional,
)
from jiqun.seeds.kinds import get_converter
from jiqun.seeds.pinyin import find_pinyin
from jiqun.seeds.restore import restore

HERE = Path(__file__).parent
ROUNDS, CHARACTERS = 40, 2_000_000


def count_errors(clean: str, restored: str) -> int:
    """Characters to insert, delete or replace, by the longest matching blocks."""
    return sum(
        max(b - a, d - c)
        for tag, a, b, c, d in SequenceMatcher(None, clean, restored, autojunk=False).get_opcodes()
        if tag != "equal"
    )


def measure(quick: bool, characters: int = CHARACTERS) -> dict[str, Any]:
    """All figures; `speed` has the throughput over OpenCC's as run.py reads it.

    `CHARACTERS` are fewer than the command line's, so that `make bench` does not take half an hour.
    """
    rounds, characters = (1, 30_000) if quick else (ROUNDS, characters)
    clean = (HERE / "clean.txt").read_text(encoding="utf-8")
    throughput = measure_throughput(clean, characters)
    return {
        "cer_percent": measure_errors(clean, rounds),
        "pinyin_percent": measure_pinyin(clean, rounds),
        "throughput_over_opencc": throughput,
        "growth": measure_growth(clean, characters),
        "memory_growth": measure_memory(clean, characters),
        "speed": {f"OpenCC alone, {name}": {"ratio": r} for name, r in throughput.items()},
    }


def measure_errors(clean: str, rounds: int = ROUNDS) -> dict[str, float]:
    """CER in percent by kind of damage; `clean` is text that was not damaged."""
    articles = ["\n".join(lines) for lines in cut_articles(clean.splitlines())]
    rates: dict[str, float] = {}
    kinds = {"clean": lambda text, _: text} | KINDS | {"all at once": damage_everywhere}
    for name, damage in kinds.items():
        errors = total = 0
        for seed in range(rounds):
            for article in articles:
                restored = restore(damage(article, random.Random(seed)), "x").text
                errors += count_errors(article, restored.strip("\n"))
                total += len(article)
        rates[name] = 100 * errors / total
    return rates


def cut_articles(lines: list[str]) -> list[list[str]]:
    return [lines[n : n + 6] for n in range(0, len(lines), 6)]


def measure_pinyin(clean: str, rounds: int = ROUNDS) -> dict[str, float]:
    """Precision and recall of the bracket removal, in percent, with decoys in the text."""
    text = clean.replace("认可", "认可(CNAS)(kg)(WTO)").replace("发展", "发展(fast)(锻造)(abc)")
    removed = wanted = right = 0
    for seed in range(rounds):
        position, truth, pieces = 0, set(), []
        for character, bracket in zip(text, choose_pinyin(text, random.Random(seed))):
            pieces += character, bracket
            position += 1 + len(bracket)
            if bracket:
                truth.add((position - len(bracket), position))
        cuts = find_pinyin(Characters("".join(pieces)))
        found = set(zip(cuts.starts.tolist(), cuts.ends.tolist()))
        removed, wanted, right = (
            removed + len(found),
            wanted + len(truth),
            right + len(found & truth),
        )
    return {"precision": 100 * right / removed, "recall": 100 * right / wanted, "brackets": wanted}


def measure_throughput(clean: str, characters: int) -> dict[str, float]:
    """`restore` over OpenCC alone, by kind of text, each of about `characters` characters."""
    chance = random.Random(1)
    texts = {
        "Simplified": clean,
        "Traditional": make_traditional(clean, chance),
        "pinyin 5%": add_pinyin(make_traditional(clean, chance), chance, 0.05),
        "pinyin 30%": add_pinyin(make_traditional(clean, chance), chance, 0.3),
        "pinyin 60%": add_pinyin(make_traditional(clean, chance), chance, 0.6),
    }
    restore(texts["pinyin 60%"], "warm")
    ratios = {}
    for name, text in texts.items():
        text = text * (characters // len(text) + 1)
        alone, ours = partial(get_converter("t2s").convert, text), partial(restore, text, "x")
        ratios[name] = median(take_time(alone) / take_time(ours) for _ in range(5))
    return ratios


def measure_growth(clean: str, characters: int) -> dict[str, float]:
    """Time for `characters` over ten times that for a tenth of them: 1 is linear."""
    units = {
        "one character": "轴",
        "opening brackets": "(",
        "pinyin brackets": "会(huì)",
        "question marks": "规?",
        "ampersands": "&",
        "tags opened": "<a ",
        "pictures opened": "![",
        "bars": "| ",
        "blanks": " ",
        "line ends": "轴，\n",
        "one line of prose": clean.replace("\n", ""),
        "one line of Traditional": make_traditional(clean.replace("\n", ""), random.Random(1)),
    }
    growth = {}
    for name, unit in units.items():
        large = unit * (characters // len(unit))
        more, less = partial(restore, large, "x"), partial(restore, large[: len(large) // 10], "x")
        growth[name] = median(take_time(more) / take_time(less) for _ in range(3)) / 10
    return growth


def measure_memory(clean: str, characters: int) -> dict[str, float]:
    """Peak of `jiqun restore` over a JSON Lines stream, over that for a tenth of the stream."""
    line = json.dumps({"text": clean}, ensure_ascii=False) + "\n"
    peaks: dict[int, dict[int, int]] = {}
    for jobs in (1, 2):
        for lines in (characters // len(clean) // 10, characters // len(clean)):
            with TemporaryDirectory() as folder:
                stream = Path(folder, "stream.jsonl")
                stream.write_text(line * lines, encoding="utf-8")
                command = [sys.executable, "-c", _CHILD, stream, str(jobs)]
                peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            peaks.setdefault(jobs, {})[lines] = int(peak)
    return {f"{jobs} jobs": max(p.values()) / min(p.values()) for jobs, p in peaks.items()}


_CHILD = """
import os, resource, sys
from jiqun.cli import main
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
sys.argv = ["jiqun", "restore", sys.argv[1], "--format", "jsonl", "--jobs", sys.argv[2]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
peaks = [resource.getrusage(who).ru_maxrss for who in whose]
os.write(out, str(max(peaks)).encode())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--characters", type=int, default=17_000_000, help="about 50 MB of UTF-8")
    parser.add_argument("--quick", action="store_true", help="a little data, one round: a trial")
    arguments = parser.parse_args()
    figures = measure(arguments.quick, arguments.characters)
    json.dump(figures, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
