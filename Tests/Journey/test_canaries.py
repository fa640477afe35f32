"""A thousand people go through everything that the portal does, a crash and a backup: nothing of them is found in the
clear, in whatever is kept, logged, sent or backed up."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from canaries import crowd, traces_of
from filing_form import FilingForm
from mail_server import mail_server
from operators import Operator
from people import idempotency_key
from waiting import NotReached, wait_for

COUNT = 1000
REFUSAL = {"grounds": "identityNotEstablished", "complaint": "CNIL", "judicialRemedy": "Le tribunal."}


def filing(number, person):
    """One of the ways in which a right is exercised."""
    details = f"Voyez {person.word('details')}."
    # Some are told by mail, some by letter, some by neither.
    contact = ({"email": person.email}, {"postal": person.postal}, {"email": person.email, "postal": person.postal},
               None)[number % 4]
    kinds = (
        lambda **more: person.body(message=None, **more),
        person.body,
        lambda **more: person.for_another("parentalAuthorityHolder", subject={
            **person.subject, "birthDate": "2019-03-03", "nirHolder": "insuredParent"}, **more),
        lambda **more: person.for_another("guardian", **more),
        lambda **more: person.for_another("authorisedAgent", **more),
        lambda **more: person.body(right="objectionWithdrawal", details=details, **more),
        lambda **more: person.for_another("heir", right="access", details=details, **more),
        lambda **more: person.body(right="rectification", details=details, **more),
        lambda **more: person.body(right="erasure", details=details, **more),
        lambda **more: person.body(right="restriction", details=details, **more),
    )
    return kinds[number % len(kinds)](contact=contact)


def file(portal, number, person):
    """Files until it is answered, as a careful client does through a crash."""
    body, key = filing(number, person), idempotency_key()

    def answered():
        answer = portal.post("/api/v1/requests", body, {"Idempotency-Key": key})
        if answer.status == 429 or answer.status >= 500:
            raise NotReached(repr(answer))
        return answer

    answer = wait_for("a filing is answered", answered, seconds=120)
    assert answer.status == 201, answer
    return answer.json


def goes_wrong(portal, person):
    """What people do by mistake: their name where it is looked for, in an address that is logged, in a body that can't
    be read, and in a form that they leave."""
    word = person.word("search")
    assert portal.get(f"/projets?q={quote(word)}").status == 200
    assert portal.get(f"/suivi?reference={quote(person.birth_name)}&secret={person.nir}").status < 500
    assert portal.get(f"/{person.nir}/{quote(person.birth_name)}").status == 404
    for body in (b'{"subject": {"birthName": "' + person.birth_name.encode(),
                 {**person.body(), "nir": person.nir}, person.body(subject={**person.subject, "nir": person.nir13 + "98"})):
        assert portal.post("/api/v1/requests", body).status in (400, 422)
    assert FilingForm(portal).fill(person) is None


def says_more(portal, number, person, filed):
    """The citizen's own acts."""
    secret = {"Authorization": f"Bearer {filed['secret']}"}
    here = f"/api/v1/requests/{filed['reference']}"
    if number % 3 == 0:
        answer = portal.post(f"{here}/messages", {"text": f"Encore : {person.word('later')}."}, secret)
        assert answer.status == 201, answer
    if number % 30 in (0, 1):
        assert portal.post(f"{here}/withdrawal", {}, secret).status == 200
    assert portal.get(here, secret).status == 200


def is_handled(operator, number, person, filed):
    """One of the ways in which a request is answered, each with words of the case."""
    reference = filed["reference"]
    question, reasons = f"Qui est {person.word('question')} ?", f"Parce que {person.word('reasons')}."
    answer = operator.post(f"/api/v1/operator/requests/{reference}/identity", {"motive": "identityCheck"})
    assert answer.status == 200 and answer.json["subject"]["nir"] == person.nir, answer
    operator.act(reference, "noted", note=f"Vu {person.word('note')}.")
    operator.act(reference, "assigned")
    if number % 2:
        operator.act(reference, "identityRequested", text=question)
        operator.act(reference, "extended", reasons=reasons)
    operator.act(reference, "identityCorrected", subject={**person.subject, "usageName": person.word("requester")})
    operator.act(reference, "identityVerified")
    operator.act(reference, "message", text=question)
    if number % 4 < 2:
        operator.act(reference, "refused", reasons=reasons, **REFUSAL)
        return
    operator.act(reference, "partiallyGranted", reasons=f"{person.word('answer')} : {reasons}", **REFUSAL)


def back_up(portal):
    """What an administrator keeps, beside what is there."""
    if portal.engine == "sqlite":
        connection = sqlite3.connect(portal.var / "regard.sqlite")
        connection.execute("VACUUM INTO ?", (str(portal.folder / "backup.sqlite"),))
        connection.close()
    else:
        portal.folder.joinpath("backup.sql").write_bytes(portal.server.dump(portal.database))


@pytest.fixture
def mail(tmp_path):
    with mail_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize("portal", ["sqlite", "postgresql"], indirect=True)
def test_a_thousand_people_leave_no_trace_in_the_clear(portal, targets, mail):
    portal.kill()
    portal.environment |= mail.environment(portal.folder) | {
        "REGARD_PORTAL": "https://regard.example", "REGARD_LOG_LEVEL": "trace"}
    portal.start()
    people = crowd(COUNT)
    supervisor = Operator(portal, "salome", "supervisor").sign_in()
    with ThreadPoolExecutor(8) as pool:
        filings = [pool.submit(file, portal, number, person) for number, person in enumerate(people)]
        wait_for("half of them have filed", lambda: sum(each.done() for each in filings) > COUNT // 2, seconds=300)
        portal.kill()
        portal.start()
        filed = [each.result() for each in filings]
        for task in [pool.submit(goes_wrong, portal, person) for person in people[:60]] + [
                pool.submit(says_more, portal, number, person, filed[number]) for number, person in enumerate(people)]:
            task.result()
    # Those that an operator sees: the doubtful ones, which have not been withdrawn.
    doubtful = [number for number in range(COUNT) if number % 10 and number % 30 != 1][:60]
    for number in doubtful:
        is_handled(supervisor, number, people[number], filed[number])
    wait_for("every database has taken what there is",
             lambda: {item["lag"] for item in portal.databases().values()} == {0}, seconds=120)
    told = sum(1 for number in range(COUNT) if "email" in (filing(number, people[number]).get("contact") or {}))
    wait_for("everybody who has an address is told", lambda: len(mail.recipients()) == told, seconds=600)
    portal.kill()
    back_up(portal)

    counts = {table: int(portal.stored(f"SELECT count(*) FROM {table}")[0][0])
              for table in ("rights_request", "ledger_entry", "filing_draft", "audit_event", "request_event")}
    assert counts["rights_request"] == COUNT and counts["filing_draft"] >= 60, counts
    assert counts["ledger_entry"] >= COUNT // 2 and counts["request_event"] >= COUNT + 9 * len(doubtful), counts
    assert all(len(target.rows()) >= COUNT // 2 for target in targets.values())

    search = traces_of(people)
    for receipt in filed:
        search.of_secret(receipt["secret"])
    assert search.in_bytes(str(filing(1, people[-1])).encode(), "a filing"), "it finds what is there"
    started = time.monotonic()
    found = portal.traces(search)
    # An address is what a mail is for; nothing else about anybody is in it.
    letters = b"\n".join(message.as_bytes() for _, message in mail.messages)
    found += search.without("the mail").in_bytes(letters, "the mail that arrived")
    for name, target in targets.items():
        found += search.in_bytes("\n".join(map(str, target.rows())).encode(), name)
    print(f"searched in {time.monotonic() - started:.0f} s; {counts}")
    assert found == []
    assert time.monotonic() - started < 120
