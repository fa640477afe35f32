"""The speeds that are promised, each as a ratio to a reference of the same run: `make bench`.

    python bench/bench.py [--seconds 8] [--rounds 3]
                          [--only reading|searching|filing|surge|following|telling|clock|pseudonyms|gate|propagation|reconcile|desk]

The program is $REGARD_BIN, or the release build. Everything runs on loopback, on databases made for the occasion.
Exit status 1 where a promise is missed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests/Journey")]
os.environ.setdefault("REGARD_BIN", str(HERE.parent / ".build/release/regard"))

import clock  # noqa: E402
import filing  # noqa: E402
import following  # noqa: E402
import gate  # noqa: E402
import pseudonyms  # noqa: E402
import reading  # noqa: E402
import reconcile  # noqa: E402
import searching  # noqa: E402
import steady  # noqa: E402
import surge  # noqa: E402
import telling  # noqa: E402
from corpus import corpus  # noqa: E402
from measure import need  # noqa: E402
from portal import UNLIMITED, Portal  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["reading", "searching", "filing", "surge", "following", "telling", "clock", "pseudonyms",
                                           "gate", "propagation", "reconcile", "desk"])
    options = parser.parse_args()
    need("wrk", "nginx", "strace", "cc")
    if not os.access(os.environ["REGARD_BIN"], os.X_OK):
        sys.exit(f"bench: no program at {os.environ['REGARD_BIN']}: “make build” makes it")
    made = []

    def fresh(**environment):
        portal = Portal("sqlite", environment={"REGARD_BENCH": "1", **UNLIMITED, **environment}).initialise()
        made.append(portal)
        return portal

    def wanted(name):
        return options.only in (None, name)

    kept = []
    try:
        if wanted("reading"):
            folder = corpus()
            if folder is None:
                sys.exit("bench: neither $REGARD_CORPUS nor ../shared/corpus has the registers")
            portal = fresh()
            for kind in ("datasets", "projects", "releases"):
                portal.command("import", kind, str(folder / f"{kind}.jsonl"))
            kept.append(reading.measure(portal.start(), options.seconds, options.rounds))
            portal.stop()
        if wanted("searching"):
            kept.append(searching.measure(fresh, options.seconds))
        if wanted("filing"):
            kept.append(filing.measure(fresh, options.seconds))
            kept.append(steady.measure(fresh().start(), options.seconds))
        if wanted("surge"):
            kept.append(surge.measure(fresh().start()))
        if wanted("following"):
            kept.append(following.measure(fresh().start(), options.seconds))
        if wanted("telling"):
            kept.append(telling.measure(fresh().start()))
        if wanted("clock"):
            kept.append(clock.measure())
        if wanted("pseudonyms"):
            kept.append(pseudonyms.measure())
        if wanted("gate"):
            kept.append(gate.measure())
        if wanted("propagation"):
            kept.append(subprocess.run([HERE.parent / "Tests/with-postgresql", sys.executable, HERE / "propagation.py"]
                                       ).returncode == 0)
        if wanted("reconcile"):
            kept.append(reconcile.measure())
        if wanted("desk"):
            kept.append(subprocess.run([HERE.parent / "Tests/with-postgresql", sys.executable, HERE / "desk.py"]).returncode == 0)
    finally:
        for portal in made:
            portal.remove()
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
