"""Measuring with wrk: one run, its figures, and how busy the machine was meanwhile."""

import os
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Run:
    per_second: float
    requests: int
    refused: int
    p99: str


def need(*programs):
    """Ends the benchmark where a program is missing."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        sys.exit(f"bench: missing {', '.join(missing)} (Debian: apt-get install {' '.join(missing)})")


def wrk(origin, script, *arguments, seconds, connections=64, path="/", patience=2):
    """One run: two threads, on loopback, bounded in time. Whoever waits longer than `patience` seconds counts as refused."""
    process = subprocess.run(
        ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{seconds}s", "--latency",
         "--timeout", f"{patience}s",
         "--script", str(HERE / script), origin + path, "--", *map(str, arguments)],
        capture_output=True, text=True, timeout=seconds + 30)
    out = process.stdout
    if process.returncode or "Requests/sec" not in out:
        sys.exit(f"bench: wrk failed\n{out}{process.stderr}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return Run(
        per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        requests=int(re.search(r"(\d+) requests in", out)[1]),
        refused=(int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0),
        p99=re.search(r"99%\s+(\S+)", out)[1])


def load():
    """The machine's load over one, five and fifteen minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def median(values):
    return statistics.median(values)
