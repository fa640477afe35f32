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

from corpus import corpus
from measure import load, wrk
from waiting import wait_for

SMALL, LARGE = 10_000, 100_000
# Distinct searches a second among the small number; how many times slower they may be among the large one; seconds to start.
RATE, SLOWER, START = 3000, 3, 2.0
IMPORT = 2000
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


def paths(words, chance):
    """Searches for two words, no two alike."""
    found = set()
    while len(found) < min(QUERIES, len(words) * (len(words) - 1) // 2):
        found.add(tuple(chance.sample(words, 2)))
    return "".join(f"/api/v1/projects?q={quote(first)}%20{quote(second)}&facetLimit=20\n" for first, second in found)


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


def measure(make_portal, seconds):
    """Prints the figures; True where the promises are kept."""
    found = corpus()
    if found is None:
        raise SystemExit("bench: neither $REGARD_CORPUS nor ../shared/corpus has the registers")
    chance = random.Random(5)
    words = vocabulary(found)
    kept, small = True, {}
    print(f"\nSearching: distinct searches for two words with facets, wrk, 64 connections, {seconds} s a run; load {load()}")
    with tempfile.TemporaryDirectory(prefix="regard-bench.") as folder:
        for count in (SMALL, LARGE):
            portal, by_class, imported = filled(make_portal, count, words, chance, Path(folder))
            is_kept = imported >= IMPORT
            kept = kept and is_kept
            print(f"  {imported:>9,.0f}/s  imported, {count:,} of about 2,000 characters  "
                  f"{'keeps' if is_kept else 'MISSES'} the promised {IMPORT:,}/s", flush=True)
            start = time.perf_counter()
            portal.start()
            wait_for("a search is answered", lambda: portal.get("/api/v1/projects?q=etude").status == 200, seconds=120)
            taken = time.perf_counter() - start
            memory = int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{portal.processes['serve'].pid}/status").read_text())[1])
            is_kept = count > SMALL or taken <= START
            kept = kept and is_kept
            print(f"  {taken:>9.2f} s  from the start until a search is answered; {memory // 1024} MB in memory, "
                  f"{memory / count:.1f} KB a project"
                  + (f"  {'keeps' if is_kept else 'MISSES'} the promised {START:.0f} s" if count == SMALL else ""), flush=True)
            for name, chosen in by_class.items():
                file = Path(folder, f"paths-{count}-{name}")
                file.write_text(paths(chosen, chance))
                run = wrk(portal.origin, "paths.lua", file, seconds=seconds)
                if run.refused:
                    raise SystemExit(f"bench: {name}: {run.refused} requests of {run.requests} failed")
                if count == SMALL:
                    small[name] = run.per_second
                    is_kept, promise = run.per_second >= RATE, f"the promised {RATE:,}/s"
                else:
                    is_kept = run.per_second * SLOWER >= small[name]
                    promise = f"the promised 1/{SLOWER} of the rate among {SMALL:,}"
                kept = kept and is_kept
                print(f"  {run.per_second:>9,.0f}/s  {name} words ({len(chosen):,}) among {count:,}, p99 {run.p99}  "
                      f"{'keeps' if is_kept else 'MISSES'} {promise}", flush=True)
            portal.stop()
    return kept
