"""How long a filing takes at a steady pace: each is sent when its time has come, whether or not others are answered."""

import asyncio
import statistics
import time

from measure import load
from people import People

RATE = 200
PROMISE = 0.250


def measure(portal, seconds):
    """Prints the figures; True where the promise is kept."""
    bodies = [person.filing() for person in People(count=min(999, RATE * seconds))]
    print(f"\nFiling at {RATE} a second: open loop, {seconds} s; load {load()}")
    taken = sorted(asyncio.run(paced(portal.host, portal.port, bodies)))
    p99 = taken[int(len(taken) * 0.99)]
    kept = p99 <= PROMISE
    print(f"  {p99 * 1000:>9,.1f} ms  p99 of {len(taken)} (median {statistics.median(taken) * 1000:.1f} ms, longest "
          f"{taken[-1] * 1000:.1f} ms)  {'keeps' if kept else 'MISSES'} the promised {PROMISE * 1000:.0f} ms")
    return kept


async def paced(host, port, bodies):
    """The seconds that each filing took, counted from when it was due: what waits in line here counts too."""
    start = time.perf_counter() + 0.2

    async def one(number, body):
        due = start + number / RATE
        await asyncio.sleep(due - time.perf_counter())
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            f"POST /api/v1/requests HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 201 "):
            raise SystemExit(f"bench: a filing was answered {answer[:200]!r}")
        return time.perf_counter() - due

    return await asyncio.gather(*(one(number, body) for number, body in enumerate(bodies)))
