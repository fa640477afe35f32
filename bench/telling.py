"""Whether a stranger can tell a wrong secret from an unknown reference: by the bytes of the answer, or by its time."""

import http.client
import math
import random
import re
import statistics
import time

from measure import load
from people import People

SAMPLES = 10_000
# What may not be told apart, in seconds (security.md).
PROMISE = 0.001
REQUEST_ID = re.compile(rb'"requestId":"[0-9a-f]+"')
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def measure(portal, samples=SAMPLES):
    """Prints the figures; True where the promise is kept."""
    filed = portal.file(People()[0])
    other = portal.file(People()[0])
    known, unknown = filed["reference"], filed["reference"]
    while unknown in (filed["reference"], other["reference"]):
        unknown = filed["reference"][:-6] + "".join(random.choices(ALPHABET, k=6))
    # Well formed, check included, and of another request: the only kind of wrong secret that reaches the database.
    secret = other["secret"]
    print(f"\nTelling a wrong secret from an unknown reference: {samples:,} samples of each, in turn; load {load()}")
    connection = http.client.HTTPConnection(portal.host, portal.port)

    def ask(reference):
        start = time.perf_counter()
        connection.request("GET", f"/api/v1/requests/{reference}", headers={"Authorization": f"Bearer {secret}"})
        answer = connection.getresponse()
        body = answer.read()
        taken = time.perf_counter() - start
        headers = [(name, value) for name, value in answer.getheaders() if name not in ("Date", "Content-Length")]
        return taken, (answer.status, headers, body)

    times = {known: [], unknown: []}
    answers = {known: set(), unknown: set()}
    for _ in range(samples):
        for reference in random.sample([known, unknown], 2):
            taken, (status, headers, body) = ask(reference)
            times[reference].append(taken)
            answers[reference].add((status, tuple(headers), REQUEST_ID.sub(b"", body)))
    connection.close()
    # Each answer bears its own request’s id, which its length follows.
    alike = answers[known] == answers[unknown] and len(answers[known]) == 1
    medians = {name: statistics.median(values) for name, values in times.items()}
    difference = abs(medians[known] - medians[unknown])
    # A median's standard error, from the quartiles: what the figure is good for.
    error = math.hypot(*(1.2533 * iqr(values) / 1.349 / math.sqrt(samples) for values in times.values()))
    kept = alike and difference + 3 * error < PROMISE
    print(f"  {difference * 1e6:>9,.1f} µs between the medians ({medians[known] * 1e6:,.0f} and "
          f"{medians[unknown] * 1e6:,.0f} µs), give or take {3 * error * 1e6:,.1f}; the answers are "
          f"{'the same bytes' if alike else 'NOT the same'}  {'keeps' if kept else 'MISSES'} the promised "
          f"{PROMISE * 1000:.0f} ms")
    return kept


def iqr(values):
    low, _, high = statistics.quantiles(values, n=4)
    return high - low
