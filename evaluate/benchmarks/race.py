"""Running ours and its peers in turn on the same work."""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any


def race(
    ours: Callable[[], object],
    peers: dict[str, Callable[[], object]],
    amount: float,
    unit: str,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, dict[str, Any]]:
    """Each peer's speed beside ours, from rounds in which all run in turn.

    Args:
        clock: seconds; `time.process_time` where others are at work on the machine and all that is
            measured runs in this process.

    Returns:
        Under each peer's name `ours` and `peer` (`unit` a second, median of the rounds) and
        `ratio`, the median of the rounds' own ratios: above 1 ours is the faster.
    """
    seconds: dict[str | None, list[float]] = {name: [] for name in (None, *peers)}
    for number in range(rounds):
        runners = [(None, ours), *peers.items()]
        # Nobody always comes first, or always after the same one.
        for name, work in runners if number % 2 == 0 else reversed(runners):
            gc.collect()
            seconds[name].append(take_time(work, clock))
    own = seconds[None]
    return {
        name: {
            "ours": amount / median(own),
            "peer": amount / median(seconds[name]),
            "unit": f"{unit} a second",
            "ratio": median(theirs / mine for theirs, mine in zip(seconds[name], own)),
            "rounds": rounds,
        }
        for name in peers
    }


def take_time(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds."""
    start = clock()
    work()
    return clock() - start


def print_alone(measure: Callable[[bool], dict[str, Any]], description: str) -> None:
    """The command line of one benchmark."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a little data, one round: a trial")
    json.dump(measure(parser.parse_args().quick), sys.stdout, ensure_ascii=False, indent=1)
    print()
