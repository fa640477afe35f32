"""Many filings while the processes are killed again and again: nothing is lost and nothing is doubled."""

import os
import queue
import random
import threading

from operators import Operator
from people import People, idempotency_key
from test_journey import carried
from traces import Traces
from waiting import NotReached, wait_for

FILINGS = int(os.environ.get("REGARD_BATCH", "200"))
KILLS = 6


class Filer(threading.Thread):
    """A client that never gives up: the same body under the same key until it is answered."""

    def __init__(self, portal, people, waiting, receipts):
        super().__init__(daemon=True)
        self.portal, self.people, self.waiting, self.receipts = portal, people, waiting, receipts
        self.failure = None

    def run(self):
        try:
            while True:
                index = self.waiting.get_nowait()
                key = idempotency_key()
                answer = wait_for(
                    f"filing {index} is answered", lambda: self.attempt(index, key), seconds=240, every=0.1)
                self.receipts[index] = answer.json
        except queue.Empty:
            pass
        except BaseException as failure:
            self.failure = failure

    def attempt(self, index, key):
        answer = self.portal.post("/api/v1/requests", self.people[index].filing(), {"Idempotency-Key": key})
        if answer.status in (429, 503):
            raise NotReached(repr(answer))
        assert answer.status == 201, answer
        return answer


def test_a_batch_survives_kills_in_the_middle_of_propagation(portal, targets):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance = random.Random(seed)
    people = People(count=FILINGS)
    operator = Operator(portal, "odile", "agent").sign_in()
    waiting, receipts = queue.Queue(), {}
    for index in range(len(people)):
        waiting.put(index)
    filers = [Filer(portal, people, waiting, receipts) for _ in range(8)]
    for filer in filers:
        filer.start()

    moments = sorted(chance.sample(range(1, FILINGS * 9 // 10), KILLS))
    for moment in moments:
        # Some databases have confirmed more than `moment`, and none has everything.
        watched = chance.choice(list(targets.values()))
        wait_for(f"a database has confirmed {moment}", lambda: watched.position() >= moment, seconds=180,
                 every=chance.uniform(0.005, 0.03))
        portal.kill(chance.choice(list(portal.processes)))
        portal.start()

    for filer in filers:
        filer.join(timeout=300)
        assert filer.failure is None, filer.failure
        assert not filer.is_alive()
    assert len(receipts) == FILINGS
    carried(portal, targets, FILINGS)

    assert operator.count() == FILINGS, "a filing was lost or doubled"
    assert len({receipt["reference"] for receipt in receipts.values()}) == FILINGS
    pseudonyms = {}
    for name, target in targets.items():
        rows = target.rows()
        assert len(rows) == FILINGS and all(row.active for row in rows), name
        assert len({row.token for row in rows}) == FILINGS
        assert len({row.pseudonym for row in rows}) == FILINGS, "each person once"
        assert sorted(row.position for row in rows) == list(range(1, FILINGS + 1)), "positions are dense"
        assert target.position() == FILINGS
        pseudonyms[name] = target.in_force()
    assert len(pseudonyms["registre"] & pseudonyms["urgences"]) == 0

    for index in chance.sample(range(FILINGS), 10):
        seen = portal.follow(receipts[index])
        assert seen["inForce"] and {item["state"] for item in seen["propagation"]} == {"listed"}

    portal.kill()
    assert portal.stored("SELECT count(*), max(position) FROM ledger_entry") == [[str(FILINGS), str(FILINGS)]]
    search = Traces().of_people(people)
    for index in (0, FILINGS - 1):
        search.of_secret(receipts[index]["secret"])
    assert portal.traces(search) == []
