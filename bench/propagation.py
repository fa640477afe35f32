"""How fast a ledger reaches linked databases on PostgreSQL: a million opt-outs into one, beside psql copying and upserting the
same rows; many into twelve; and how long one takes at a hundred a second.

    Tests/with-postgresql .venv/bin/python bench/propagation.py [--full]

`--full` carries 3.5 million into twelve databases as well, which takes a quarter of an hour and 15 GB.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import load, median  # noqa: E402

PROGRAM = Path(__file__).resolve().parent.parent / ".build/release/ledger-benchmark"
SERVER = os.environ.get("REGARD_TEST_POSTGRES", "")
MILLION, DATABASES, ROUNDS = 1_000_000, 12, 3
MEMORY, DELAY = 200, 1000
# What SQLTarget makes, to be filled by psql.
SCHEMA = """CREATE TABLE regard_optout (pseudonym BYTEA NOT NULL, token BYTEA NOT NULL, scope TEXT NOT NULL,
active BIGINT NOT NULL CHECK (active IN (0, 1)), position BIGINT NOT NULL, PRIMARY KEY (token, scope));
CREATE INDEX regard_optout_pseudonym ON regard_optout (pseudonym);"""
UPSERT = """CREATE TEMPORARY TABLE incoming (LIKE regard_optout);
\\copy incoming from '{rows}'
INSERT INTO regard_optout SELECT * FROM incoming ON CONFLICT (token, scope)
DO UPDATE SET pseudonym = excluded.pseudonym, active = excluded.active, position = excluded.position;"""


def psql(sql, url=SERVER):
    return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url], input=sql, text=True, check=True,
                          capture_output=True).stdout


def schema(name):
    """An empty schema of this name; returns its address."""
    psql(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}; CHECKPOINT")
    return f"{SERVER}&options=-csearch_path%3D{name}"


def program(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout.split()


def ledger(count):
    folder = Path(tempfile.mkdtemp(prefix="regard-ledger."))
    program("fill", folder, count)
    return folder


def copy_of(folder):
    """Nothing is linked to it yet."""
    return Path(shutil.copytree(folder, tempfile.mkdtemp(prefix="regard-ledger.") + "/copy"))


def carried(folder, count):
    """Seconds and megabytes for carrying `folder`'s ledger into `count` fresh databases."""
    copy = copy_of(folder)
    try:
        seconds, memory = program("carry", copy, *[schema(f"bench_{number}") for number in range(count)])
        return float(seconds), int(memory)
    finally:
        shutil.rmtree(copy.parent)


def copied(rows):
    """Seconds that psql takes for the same rows."""
    url = schema("bench_psql")
    psql(SCHEMA, url)
    start = time.perf_counter()
    psql(UPSERT.format(rows=rows), url)
    return time.perf_counter() - start


def one(folder):
    """One database: as fast as psql, in little memory."""
    rows = folder / "rows.copy"
    ours, theirs, memory = [], [], 0
    for _ in range(ROUNDS):
        seconds, most = carried(folder, 1)
        ours.append(seconds)
        memory = max(memory, most)
        if not rows.exists():
            psql(f"\\copy bench_0.regard_optout to '{rows}'")
        theirs.append(copied(rows))
    ratio = median(theirs) / median(ours)
    kept = ratio >= 1 and memory <= MEMORY
    print(f"  {median(ours):>9.1f} s  for {MILLION:,} into one, unsealing and deriving included; psql copies and upserts the "
          f"same rows in {median(theirs):.1f} s: {ratio:.2f} of its speed; {memory} MB at most  "
          f"{'keeps' if kept else 'MISSES'} the promised 1.00 and {MEMORY} MB")
    return kept


def many(count):
    """Twelve databases; the figure itself."""
    folder = ledger(count)
    try:
        seconds, memory = carried(folder, DATABASES)
    finally:
        shutil.rmtree(folder)
    print(f"  {seconds:>9.1f} s  for {count:,} into {DATABASES}: {count * DATABASES / seconds:,.0f} rows/s; {memory} MB at most")
    return seconds / count


def delay(count=1000):
    """How long one takes, at a hundred a second, until it stands in all twelve."""
    folder = Path(tempfile.mkdtemp(prefix="regard-ledger."))
    try:
        urls = [schema(f"bench_{number}") for number in range(DATABASES)]
        taken = sorted(map(int, program("visible", folder, count, *urls)))
    finally:
        shutil.rmtree(folder)
    p99 = taken[len(taken) * 99 // 100]
    kept = len(taken) == count and p99 < DELAY
    print(f"  {p99:>9} ms  from the grant until the row stands in all of {DATABASES}, p99 of {len(taken)} at 100 a second "
          f"(median {median(taken):.0f})  {'keeps' if kept else 'MISSES'} the promised {DELAY} ms")
    return kept


def measure(full):
    print(f"\nPropagation into PostgreSQL, the median of {ROUNDS} in turn; load {load()}", flush=True)
    folder = ledger(MILLION)
    try:
        kept = [one(folder)]
    finally:
        shutil.rmtree(folder)
    kept.append(delay())
    small = many(350_000)
    if full:
        ratio = many(3_500_000) / small
        kept.append(ratio <= 1.25)
        print(f"  {ratio:>9.2f}  times as long for each row with ten times as many  "
              f"{'keeps' if kept[-1] else 'MISSES'} the promised growth (1.25 at most)")
    return all(kept)


if __name__ == "__main__":
    if not SERVER:
        sys.exit("bench: no PostgreSQL: run this with Tests/with-postgresql")
    sys.exit(0 if measure("--full" in sys.argv[1:]) else 1)
