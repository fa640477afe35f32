"""The operators' desk at the size of a country: the queue with 100,000 open requests, and one act on 1,000 of them. On SQLite and
on PostgreSQL, each beside the same among 1,000.

    Tests/with-postgresql .venv/bin/python bench/desk.py
"""

import os
import sqlite3
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests/Journey")]
os.environ.setdefault("REGARD_BIN", str(HERE.parent / ".build/release/regard"))

from measure import load  # noqa: E402
from operators import Operator  # noqa: E402
from people import People  # noqa: E402
from portal import UNLIMITED, Portal  # noqa: E402
from postgres import lent_server  # noqa: E402

FEW, OPEN, CASES = 1_000, 100_000, 1_000
# Seconds.
QUEUE, BULK = 0.05, 5
LISTS = {
    "what is to be done": "/operateur/demandes",
    "of one right": "/operateur/demandes?right=objection",
    "that nobody has taken": "/operateur/demandes?assignee=nobody",
    "due soon": "/operateur/demandes?due=soon",
    "by the API": "/api/v1/operator/requests?limit=50&state=received",
}


def multiply(portal, rows):
    """The filed requests again under other references, due on other days, until there are so many."""
    copy = """
        INSERT INTO rights_request
        SELECT 'R-2025-' || substr('000000' || {number}, -6, 6), right_kind, scope, language, objection, received_at, secret_index,
            epoch, operator_wrap, citizen_wrap, sealed_filing, state, outcome, {due}, assignee, event_count, {rest}
        FROM rights_request, {series} WHERE reference = (SELECT min(reference) FROM rights_request)"""
    if portal.engine == "sqlite":
        connection = sqlite3.connect(portal.var / "regard.sqlite")
        names = [row[1] for row in connection.execute("PRAGMA table_info(rights_request)")]
    else:
        names = [row[0] for row in portal.server.rows(
            portal.database, "SELECT column_name FROM information_schema.columns WHERE table_name = 'rights_request' "
                             "ORDER BY ordinal_position")]
    rest = ", ".join("{due}" if name == "alert_on" else name for name in names[names.index("event_count") + 1:])
    if portal.engine == "sqlite":
        with connection:
            due = "date(due_on, '-25 days', '+' || (value % 60) || ' days')"
            connection.execute(copy.format(
                number="value", due=due, rest=rest.format(due=due),
                series="(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < "
                       f"{rows}) SELECT value FROM n)"))
            connection.execute("ANALYZE")
        connection.close()
    else:
        due = "to_char(due_on::date - 25 + value % 60, 'YYYY-MM-DD')"
        portal.server.run(portal.database, copy.format(
            number="value", due=due, rest=rest.format(due=due),
            series=f"generate_series(1, {rows}) AS value").replace("substr('000000' || value, -6, 6)", "lpad(value::text, 6, '0')"))
        # What autovacuum does by itself after a while.
        portal.server.run(portal.database, "VACUUM (ANALYZE) rights_request")


def times(operator, path, count=40):
    """Median and slowest in a hundred, in seconds."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        answer = operator.get(path)
        taken.append(time.perf_counter() - began)
        assert answer.status == 200, answer
    return statistics.median(taken), sorted(taken)[-1]


def measure(engine, server):
    """Prints the figures; True where the promises are kept."""
    portal = Portal(engine, server, environment=UNLIMITED).initialise().start()
    try:
        operator = Operator(portal, "banc", "agent")
        people = People(count=CASES - 1)
        references = [portal.file(person)["reference"] for person in people]
        print(f"\nThe desk on {engine}; load {load()}")
        few = {name: times(operator, path)[0] for name, path in LISTS.items()}
        portal.stop()
        multiply(portal, OPEN - FEW)
        portal.start()
        operator.sign_in()
        kept = True
        for name, path in LISTS.items():
            median, slowest = times(operator, path)
            good = median <= QUEUE
            kept = kept and good
            print(f"  {median * 1000:>7.1f} ms  the queue among {OPEN:,}, {name}; slowest {slowest * 1000:.1f}; "
                  f"{median / few[name]:.1f} times that among {FEW:,}  {'keeps' if good else 'MISSES'} {QUEUE * 1000:.0f} ms")
        began = time.perf_counter()
        for reference in references[:50]:
            operator.act(reference, "noted", note="une à une")
        single = (time.perf_counter() - began) / 50
        for act in ({"type": "noted", "note": "ensemble"}, {"type": "identityVerified"}, {"type": "granted"}):
            began = time.perf_counter()
            answer = operator.post("/api/v1/operator/requests/events",
                                   {"requests": [{"reference": reference} for reference in references], "act": act})
            taken = time.perf_counter() - began
            assert answer.status == 200 and answer.json["done"] == len(references), answer
            good = taken <= BULK
            kept = kept and good
            print(f"  {taken:>7.2f} s   {act['type']} on {len(references):,} cases, with its results; "
                  f"{taken / len(references) / single:.2f} of the time that one takes alone  {'keeps' if good else 'MISSES'} {BULK} s")
        return kept
    finally:
        portal.remove()


def main():
    server = lent_server()
    sys.exit(0 if all([measure("sqlite", None), measure("postgresql", server)]) else 1)


if __name__ == "__main__":
    main()
