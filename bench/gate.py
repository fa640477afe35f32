"""How long ten million rows take through the release gate against two million opt-outs, beside a plain hash join in C and
DuckDB's anti join of the same files with the same threads."""

import filecmp
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import signed_list
from measure import load, median

HERE = Path(__file__).resolve().parent
ROWS, OUT, ROUNDS = 10_000_000, 2_000_000, 3
# Against C at most, against DuckDB at least; and at most this part of DuckDB's memory.
SLOWER_THAN_C, FASTER_THAN_DUCKDB, MEMORY = 1.6, 2.0, 0.25
DUCKDB = """
import duckdb, sys
out, cohort, kept = sys.argv[1:]
duckdb.execute("SET threads = 2")
lines = "read_csv('{}', header = false, columns = {{'id': 'VARCHAR'}}, auto_detect = false)".format
duckdb.execute(f"COPY (SELECT id FROM {lines(cohort)} c ANTI JOIN {lines(out)} o USING (id)) TO '{kept}' (HEADER false)")
"""


def make(folder, rows, out):
    """A list, the same as lines, and a cohort a fifth of which is on it."""
    width = 32
    listed = os.urandom(width * out)
    listed = sorted(listed[at : at + width] for at in range(0, len(listed), width))
    with (folder / "out.txt").open("wb") as file:
        file.writelines(pseudonym.hex().encode() + b"\n" for pseudonym in listed)
    body = b"".join(pseudonym + b"\0\0\0\0" for pseudonym in listed)
    header = {
        "completeAsOf": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "database": "bench",
        "digest": hashlib.sha256(body).hexdigest(), "incarnation": "00" * 16, "maximumAge": 86400, "position": out,
        "projectBytes": 0, "projects": 0, "pseudonyms": out, "records": out}
    (folder / "list").write_bytes(signed_list.block(header, folder / "keys/lists.key") + body)
    with (folder / "cohort.txt").open("wb") as file:
        for start in range(0, rows, 100_000):
            count = min(100_000, rows - start)
            fresh = os.urandom(width * count).hex()
            file.write("".join(
                (random.choice(listed).hex() if random.random() < 0.2 else fresh[64 * at : 64 * at + 64]) + "\n"
                for at in range(count)).encode())


def run(arguments, stdin=None, environment=None):
    """Seconds and the most memory, in MB, of one process."""
    with (stdin.open("rb") if stdin else open(os.devnull, "rb")) as given:
        start = time.perf_counter()
        process = subprocess.Popen([str(word) for word in arguments], stdin=given, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench: {arguments[0]} failed\n{process.stderr.read().decode()}")
    return taken, usage.ru_maxrss / 1024


def measure(rows=ROWS, out=OUT):
    """Prints the figures; True where the promises are kept."""
    folder = Path(tempfile.mkdtemp(prefix="regard-gate."))
    try:
        environment = {**os.environ, "REGARD_KEYS": str(folder / "keys"), "REGARD_RESOURCES": str(HERE.parent),
                       "REGARD_DATABASE": str(folder / "regard.sqlite")}
        run([os.environ["REGARD_BIN"], "init"], environment=environment)
        make(folder, rows, out)
        subprocess.run(["cc", "-O2", "-o", folder / "antijoin", HERE / "antijoin.c"], check=True)
        print(f"\nThe release gate: {rows:,} rows against {out:,} opt-outs, the median of {ROUNDS} in turn; load {load()}")
        commands = {
            "regard filter": ([os.environ["REGARD_BIN"], "filter", "--database", "bench", "--list", folder / "list",
                               "--output", folder / "kept"], folder / "cohort.txt"),
            "C, open addressing": ([folder / "antijoin", folder / "out.txt", folder / "cohort.txt", folder / "kept.c"],
                                   None),
            "DuckDB, anti join": ([sys.executable, "-c", DUCKDB, folder / "out.txt", folder / "cohort.txt",
                                   folder / "kept.duckdb"], None)}
        found = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, (arguments, stdin) in commands.items():
                found[name].append(run(arguments, stdin, environment))
        if not filecmp.cmp(folder / "kept", folder / "kept.c", shallow=False):
            sys.exit("bench: the gate and the C program disagree")
        seconds = {name: median([taken for taken, _ in runs]) for name, runs in found.items()}
        memory = {name: max(used for _, used in runs) for name, runs in found.items()}
        for name in commands:
            print(f"  {seconds[name]:>9.2f} s  {memory[name]:>7,.0f} MB  {name}")
        certificate = json.loads((folder / "kept.auditor.json").read_text())["certificate"]
        ours, plain, duck = commands
        kept = (seconds[ours] <= SLOWER_THAN_C * seconds[plain]
                and FASTER_THAN_DUCKDB * seconds[ours] <= seconds[duck] and memory[ours] <= MEMORY * memory[duck])
        print(f"  {certificate['rowsIn']:,} rows in, {certificate['rowsOut']:,} kept: "
              f"{seconds[ours] / seconds[plain]:.2f} of C's time (at most {SLOWER_THAN_C}), DuckDB's is "
              f"{seconds[duck] / seconds[ours]:.1f} times ours (at least {FASTER_THAN_DUCKDB:.0f}), memory "
              f"{memory[ours] / memory[duck]:.2f} of DuckDB's (at most {MEMORY})  {'keeps' if kept else 'MISSES'} the promise")
        return kept
    finally:
        shutil.rmtree(folder)
