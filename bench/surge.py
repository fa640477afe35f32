"""What a day of 45,000 filings leaves to operators: the doubtful ones, and no other."""

import asyncio
import json
import random
import re
import time

from measure import load
from operators import Operator

FILINGS = 45_000
# One in so many says something that somebody has to read, or lacks its number.
DOUBTFUL = 50


def measure(portal, filings=FILINGS):
    """Prints the figures; True where the promise is kept. `portal` serves, with no database linked."""
    print(f"\nA surge: {filings:,} filings, one in {DOUBTFUL} of them doubtful, SQLite, 64 connections; load {load()}")
    bodies = [filing(number) for number in range(filings)]
    doubtful = sum(not is_plain for is_plain, _ in bodies)
    start = time.perf_counter()
    asyncio.run(sent(portal.host, portal.port, [body for _, body in bodies]))
    taken = time.perf_counter() - start
    operator = Operator(portal, "surge", "agent").sign_in()
    start = time.perf_counter()
    page = operator.get("/operateur/demandes")
    shown = time.perf_counter() - start
    found = re.search(r'class="list-head"><h2>([\d\s\u202f\u00a0]+)', page.text)
    if page.status != 200 or not found:
        raise SystemExit(f"bench: no queue to be read: {page}")
    total = int(re.sub(r"\D", "", found[1]))
    waiting = operator.get("/api/v1/operator/requests?state=received&limit=1").json["total"]
    kept = total == waiting == doubtful
    print(f"  {filings / taken:>9,.0f}/s  filed; {total:,} in the queue, of {doubtful:,} doubtful ones; its page took "
          f"{shown * 1000:,.0f} ms  {'keeps' if kept else 'MISSES'} what is promised: the doubtful ones alone")
    return kept


def filing(number):
    """Whether nothing about it gives doubt, and the body."""
    thirteen = f"2580578{number % 1_000_000:06d}"
    subject = {"birthName": "Essai", "givenNames": ["Banc"], "birthDate": f"1958-05-{number % 28 + 1:02d}", "sex": "F",
               "nir": f"{thirteen}{97 - int(thirteen) % 97:02d}"}
    body = {"right": "objection", "scope": {"kind": "all"}, "capacity": "dataSubject", "language": "fr",
            "subject": subject}
    is_plain = number % DOUBTFUL != 0
    if not is_plain:
        if random.random() < 0.5:
            del subject["nir"]
        else:
            body["message"] = "Je voudrais être rappelé."
    return is_plain, json.dumps(body).encode()


async def sent(host, port, bodies, connections=64):
    """All of them, over connections that stay open."""
    waiting = iter(bodies)

    async def worker():
        reader, writer = await asyncio.open_connection(host, port)
        for body in waiting:
            writer.write(
                f"POST /api/v1/requests HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 201 "):
                raise SystemExit(f"bench: a filing was answered {head[:200]!r}")
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
        writer.close()

    await asyncio.gather(*(worker() for _ in range(connections)))
