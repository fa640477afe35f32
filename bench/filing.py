"""How many filings a second are durable when they are answered, and how many share one fsync."""

import os
import re
import signal
from pathlib import Path

from measure import load, wrk
from waiting import wait_for

PROMISE = 8
# Durable filings a second, with sealed identities.
RATE = 2000


def measure(make_portal, seconds):
    """Prints the figures; True where the promise is kept."""
    print(f"\nFiling: SQLite at synchronous=FULL, wrk, 64 connections, {seconds} s a run; load {load()}")
    portal = make_portal()
    run, stored = file(portal, seconds)
    rate = stored / seconds
    is_fast = rate >= RATE and run.refused == 0
    print(f"  {rate:>9,.0f}/s  {stored:,} filings durable, {run.refused} refused, p99 {run.p99}  "
          f"{'keeps' if is_fast else 'MISSES'} the promised {RATE:,}/s")

    portal = make_portal()
    counts = portal.folder / "fsync"
    # Only the calls that are counted stop the server, so that it runs at nearly its own speed.
    tracer = ["strace", "-f", "--seccomp-bpf", "-c", "-U", "calls,name", "-e", "trace=fsync,fdatasync",
              "-o", str(counts)]
    run, stored = file(portal, seconds, tracer)
    syncs = sum(int(found[1]) for found in re.finditer(r"^\s*(\d+) (?:fsync|fdatasync)$", counts.read_text(), re.M))
    if syncs == 0:
        raise SystemExit("bench: no fsync was seen: either nothing is durable, or strace does not work here")
    each = stored / syncs
    kept = each >= PROMISE and run.refused == 0
    print(f"  {each:>9,.1f}    filings an fsync: {stored:,} filings, {syncs:,} fsync and fdatasync of the whole "
          f"process, start and end included (counted by strace at {stored / seconds:,.0f}/s)"
          f"  {'keeps' if kept else 'MISSES'} the promised {PROMISE}")
    print(f"  load {load()}")
    return kept and is_fast


def file(portal, seconds, tracer=()):
    """One run on a fresh portal; wrk's figures, and how many filings the database holds afterwards."""
    portal.tracer = list(tracer)
    portal.start()
    run = wrk(portal.origin, "filings.lua", seconds=seconds)
    stop(portal)
    stored = int(portal.stored("SELECT count(*) FROM rights_request")[0][0])
    answered = run.requests - run.refused
    # Those under way when wrk went away are stored and unanswered; nothing answered may be missing.
    if not answered <= stored <= answered + 64:
        raise SystemExit(f"bench: {answered} filings were answered 201, and {stored} are stored")
    return run, stored


def stop(portal):
    """SIGTERM to the server itself, whoever traces it."""
    process = portal.processes["serve"]
    if portal.tracer:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        process.wait(timeout=60)
    else:
        portal.stop()
    wait_for("the server has ended", lambda: process.poll() is not None)
