"""How fast a request is followed by those who hold its secret."""

import sys
import tempfile
from pathlib import Path

from measure import load, wrk
from people import People

PROMISE = 3000


def measure(portal, seconds, count=200):
    """Prints the figures; True where the promise is kept. `portal` serves, with no database linked."""
    filed = [portal.file(person) for person in People(count=count)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as cases:
        cases.writelines(f"/api/v1/requests/{one['reference']} {one['secret']}\n" for one in filed)
        cases.flush()
        print(f"\nFollowing: SQLite, {count} requests in turn, wrk, 64 connections, {seconds} s; load {load()}")
        run = wrk(portal.origin, "following.lua", Path(cases.name), seconds=seconds)
    if run.refused:
        sys.exit(f"bench: {run.refused} of {run.requests} were not answered 200")
    kept = run.per_second >= PROMISE
    print(f"  {run.per_second:>9,.0f}/s  p99 {run.p99}  {'keeps' if kept else 'MISSES'} the promised {PROMISE:,}/s")
    return kept
