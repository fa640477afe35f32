"""How fast projects are found by words that nobody asked for before, with the counts of all facets, among 10,000 and 100,000."""

import itertools
import json
import random
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import peer as peers
from corpus import corpus
from measure import load, median, wrk
from waiting import wait_for

SMALL, LARGE = 10_000, 100_000
# Distinct searches a second among the small number; how many times slower they may be among the large one; seconds to start.
RATE, SLOWER, START = 3000, 3, 2.0
IMPORT = 2000
# Of the constant answer's rate where the same is asked again; times Datasette's searches.
REPEATED, PEER = 0.9, 12
QUERIES = 200_000


def vocabulary(folder):
    """The corpus' own words with how often they come."""
    counts = Counter()
    with (folder / "projects.jsonl").open() as file:
        for line in file:
            counts.update(re.findall(r"[a-zà-ÿ]{3,}", line.lower()))
    return counts


def projects(count, words, chance):
    """Made-up projects of about 2,000 characters, a line each, and in how many of them each word comes."""
    frequencies = Counter()
    names, weights = zip(*words.most_common(30_000))
    cumulative = list(itertools.accumulate(weights))
    statuses = ["active", "completed", "authorised", "underReview", "refused", "withdrawn", "submitted"]
    for number in range(count):
        text = chance.choices(names, cum_weights=cumulative, k=300)
        frequencies.update(set(text))
        record = {
            "reference": f"BENCH-{number:06d}", "sourceVersion": "1",
            "title": {"fr": " ".join(text[:8]).capitalize()}, "summary": {"fr": " ".join(text[8:60]).capitalize() + "."},
            "purpose": {"fr": " ".join(text[60:]).capitalize() + "."},
            "status": chance.choice(statuses), "procedure": chance.choice(["standard", "referenceMethodology", "simplified"]),
            "controllers": [{"name": f"Organisme {chance.randrange(400)}"}],
            "datasets": sorted({f"BASE-{int(chance.expovariate(0.1))}" for _ in range(chance.randrange(1, 5))}),
            "sensitivity": chance.choice(["pseudonymised", "aggregated", "identifiable"]),
            "domains": [f"Domaine {chance.randrange(15)}"], "startsOn": f"{chance.randrange(2012, 2027)}-03-01",
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"
    yield frequencies


def classes(frequencies, count):
    """Words that many, some and few of the projects have."""
    def between(low, high):
        return [word for word, found in frequencies.items() if low * count <= found < high * count]

    return {"common": between(0.2, 0.8), "middling": between(0.01, 0.05), "rare": between(0.0001, 0.002)}


def pairs(words, chance):
    """Two words each, no two alike."""
    found = set()
    while len(found) < min(QUERIES, len(words) * (len(words) - 1) // 2):
        found.add(tuple(chance.sample(words, 2)))
    return sorted(found)


def path(first, second):
    return f"/api/v1/projects?q={quote(first)}%20{quote(second)}&facetLimit=20"


def filled(make_portal, count, words, chance, folder):
    """A portal with so many projects; its words by class, and how fast they were imported."""
    file = folder / f"projects-{count}.jsonl"
    frequencies = None
    with file.open("w") as out:
        for line in projects(count, words, chance):
            if isinstance(line, Counter):
                frequencies = line
            else:
                out.write(line)
    portal = make_portal()
    start = time.perf_counter()
    portal.command("import", "projects", str(file))
    return portal, classes(frequencies, count), count / (time.perf_counter() - start)


class Verdicts:
    """Prints each figure with what was promised, and remembers whether all was kept."""

    def __init__(self):
        self.kept = True

    def say(self, figure, what, is_kept=None, promise=""):
        self.kept = self.kept and is_kept is not False
        verdict = "" if is_kept is None else f"  {'keeps' if is_kept else 'MISSES'} the promised {promise}"
        print(f"  {figure:>12}  {what}{verdict}", flush=True)


def rate(origin, folder, lines, seconds, *headers, **more):
    """Requests a second of these paths, in turn."""
    file = Path(folder, "paths")
    file.write_text("".join(f"{line}\n" for line in lines))
    run = wrk(origin, "paths.lua", file, *headers, seconds=seconds, **more)
    if run.refused:
        raise SystemExit(f"bench: {run.refused} requests of {run.requests} failed, of {lines[0]} and others")
    return run


def started(portal, count, verdicts):
    start = time.perf_counter()
    portal.start()
    wait_for("a search is answered", lambda: portal.get("/api/v1/projects?q=etude").status == 200, seconds=120)
    taken = time.perf_counter() - start
    verdicts.say(f"{taken:.2f} s", "from the start until a search is answered",
                 taken <= START if count == SMALL else None, f"{START:.0f} s")
    memory = int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{portal.processes['serve'].pid}/status").read_text())[1])
    verdicts.say(f"{memory // 1024} MB", f"in memory then, {memory / count:.1f} KB a project")


def repeated(portal, folder, seconds, verdicts):
    """What is asked again and again, beside a constant answer; as browsers ask, who take gzip."""
    own, turn = "BENCH-000007", max(2, seconds // 4)
    asked = {"a list": "/api/v1/projects", "a project": f"/api/v1/projects/{own}", "a list with facets": "/api/v1/projects?status=active",
             "the page of the list": "/projets", "the page of a project": f"/projets/{own}"}
    for name, line in asked.items():
        ratios = []
        for _ in range(3):
            base = rate(portal.origin, folder, ["/healthz/constant"], turn, "gzip").per_second
            ratios.append(rate(portal.origin, folder, [line], turn, "gzip").per_second / base)
        verdicts.say(f"{median(ratios):.2f}", f"of the constant answer's rate: {name}, repeated", median(ratios) >= REPEATED,
                     f"{REPEATED}")


def peer(lines, folder, pairs, seconds):
    """Searches a second of Datasette, without facets and with them."""
    file = Path(folder, "bench.db")
    if not file.exists():
        peers.table(lines, file)
    with peers.datasette(file) as origin:
        # No more at once than keep its threads busy: it would answer the last of 64 too late.
        return [rate(origin, folder, [peers.path(file.stem, *pair, facets) for pair in pairs], max(12, seconds), connections=4,
                     patience=30).per_second for facets in (False, True)]


def measure(make_portal, seconds):
    """Prints the figures; True where the promises are kept."""
    found = corpus()
    if found is None:
        raise SystemExit("bench: neither $REGARD_CORPUS nor ../shared/corpus has the registers")
    chance = random.Random(5)
    words = vocabulary(found)
    verdicts, small = Verdicts(), {}
    print(f"\nSearching: distinct searches for two words with facets, wrk, 64 connections, {seconds} s a run; load {load()}")
    with tempfile.TemporaryDirectory(prefix="regard-bench.") as folder:
        for count in (SMALL, LARGE):
            print(f" among {count:,} projects of about 2,000 characters")
            portal, by_class, imported = filled(make_portal, count, words, chance, Path(folder))
            verdicts.say(f"{imported:,.0f}/s", "imported", imported >= IMPORT, f"{IMPORT:,}/s")
            started(portal, count, verdicts)
            repeated(portal, folder, seconds, verdicts)
            for name, chosen in by_class.items():
                asked = pairs(chosen, chance)
                chance.shuffle(asked)
                run = rate(portal.origin, folder, [path(*pair) for pair in asked], seconds)
                if count == SMALL:
                    small[name] = run.per_second
                    is_kept, promise = run.per_second >= RATE, f"{RATE:,}/s"
                else:
                    is_kept, promise = run.per_second * SLOWER >= small[name], f"1/{SLOWER} of the rate among {SMALL:,}"
                verdicts.say(f"{run.per_second:,.0f}/s", f"{name} words ({len(chosen):,}), p99 {run.p99}", is_kept, promise)
                if name != "middling" or count != SMALL:
                    continue
                for theirs, what in zip(peer(Path(folder, f"projects-{count}.jsonl"), folder, asked, seconds),
                                        ("without facets", "with the same facets")):
                    ratio = run.per_second / theirs
                    verdicts.say(f"{ratio:.1f}", f"times Datasette {what}, {theirs:,.1f}/s", ratio >= PEER, f"{PEER}")
            portal.stop()
            Path(folder, "bench.db").unlink(missing_ok=True)
    return verdicts.kept
