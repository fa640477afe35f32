"""A thousand people go through everything that the portal does, a crash and a backup: nothing of them is found in the
clear, in whatever is kept, logged, sent or backed up."""

import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import pytest
from canaries import crowd, traces_of
from files import Sender, multipart
from filing_form import FilingForm
from mail_server import mail_server
from operators import Operator
from people import idempotency_key
from pypdf import PdfReader
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
    if sends_unasked(number):
        sends_files(Sender(portal, filed), number, person)
    if number % 30 in (0, 1):
        assert portal.post(f"{here}/withdrawal", {}, secret).status == 200
    assert portal.get(here, secret).status == 200


def sends_unasked(number):
    """Whether this one sends files with a message: a share of all who file, of each kind."""
    return number % 21 == 2


def sends_files(sender, number, person):
    """A message with files, by the API or by the page; and before, one that is refused."""
    refused = sender.post_page("/suivi/message", ("text", person.word("later")), ("files", *person.junk("refused")))
    assert refused.status == 422 and person.word("refused") in refused.text, refused
    (name, content), text = (person.png if number % 2 else person.pdf)("file"), person.word("later")
    if number % 2:
        answer = sender.send(("text", text), ("files", name, content))
        assert answer.status == 201, answer
    else:
        answer = sender.post_page("/suivi/message", ("text", text), ("files", name, content))
        assert answer.status == 303, answer
    assert name in sender.page().text
    assert sender.fetch(1).body == sender.page("/suivi/pieces/1").body == content


def proves(portal, operator, number, person, filed):
    """Sends what was asked for; an operator opens it. The number of the file."""
    sender = Sender(portal, filed)
    name, content = (person.png if number % 4 == 1 else person.pdf)("proof")
    if number % 8 < 4:
        answer = sender.send(("text", person.word("proof text")), ("files", name, content), to="identity")
        assert answer.status == 201, answer
    else:
        answer = sender.post_page(
            "/suivi/justificatif", ("text", person.word("proof text")), ("files", name, content))
        assert answer.status == 303, answer
    proof = sender.view()["files"][-1]
    assert proof["isProof"] and proof["senderName"] == name
    path = f"/api/v1/operator/requests/{filed['reference']}/attachments/{proof['n']}"
    assert operator.post(path, {"motive": "identityCheck"}).body == content
    return proof["n"]


def is_sent_a_file(portal, operator, person, filed):
    """An operator reads what the citizen has sent, and answers with a file."""
    path, (name, content) = f"/api/v1/operator/requests/{filed['reference']}", person.pdf("reply")
    for file in operator.case(filed["reference"])["files"]:
        if file["side"] == "citizen" and not file["isProof"]:
            assert operator.get(f"{path}/attachments/{file['n']}").status == 200
    body, kind = multipart(
        ("event", f'{{"type": "message", "text": "{person.word("answer")}"}}'), ("files", name, content))
    answer = portal.send("POST", f"{path}/events", {
        **operator._headers(), "Content-Type": kind, "Sec-Fetch-Site": "same-origin"}, body)
    assert answer.status == 201, answer
    sent = Sender(portal, filed)
    assert sent.fetch(sent.view()["files"][-1]["n"]).body == content


def is_handled(portal, operator, number, person, filed):
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
        proof = proves(portal, operator, number, person, filed)
    # A child stays one: a parent whose child came of age would be told nothing more.
    operator.act(reference, "identityCorrected", subject={
        **filing(number, person)["subject"], "usageName": person.word("requester")})
    operator.act(reference, "identityVerified")
    if number % 2:
        gone = Sender(portal, filed)
        assert gone.fetch(proof).status == 410 and gone.view()["files"][-1]["checkedAt"], "checked, and destroyed"
    operator.act(reference, "message", text=question)
    if number % 3 == 0 or sends_unasked(number):
        is_sent_a_file(portal, operator, person, filed)
    if number % 4 < 2:
        operator.act(reference, "refused", reasons=reasons, **REFUSAL)
        return
    operator.act(reference, "partiallyGranted", reasons=f"{person.word('answer')} : {reasons}", **REFUSAL)


def gets_a_code_by_letter(portal, operator, person, filed):
    """Says that the code is lost; an operator compares, and has a new one printed."""
    year, month, day = person.birth_date.split("-")
    asked = portal.post_form("/suivi/code-perdu/courrier", urlencode({
        "birthName": person.birth_name, "givenNames": person.given_names[0], "birthDay": day, "birthMonth": month,
        "birthYear": year, "postal": person.postal}))
    assert asked.status == 303, asked
    (address,) = re.findall(r'action="(/operateur/codes-perdus/[^"]+)"', operator.get("/operateur/codes-perdus").text)
    for act in ({"act": "open"}, {"act": "compare", "other": filed["reference"]}):
        page = portal.post_form(address, urlencode(act), operator._headers())
        assert page.status == 200 and person.birth_name in page.text, page
    sent = portal.post_form(address, urlencode({
        "act": "send", "reference": filed["reference"], "address": "onFile"}), operator._headers())
    assert sent.status == 303, sent


def prints_letters(portal, operator):
    """The notices that go by post, as one file that the operator has and nobody else."""
    chosen = wait_for("there are letters", lambda: re.findall(
        r'name="letter" value="([0-9a-f]{32})"', operator.get("/operateur/courriers").text))
    printed = portal.post_form(
        "/operateur/courriers", urlencode([("letter", one) for one in chosen] + [("act", "print")]), operator._headers())
    assert printed.status == 200 and printed.body.startswith(b"%PDF-"), printed


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
    # What is printed, and what anybody leaves for a moment, is searched as well.
    letters, passing = portal.folder / "letters", portal.folder / "tmp"
    for folder in (letters, passing):
        folder.mkdir(mode=0o700)
    portal.environment |= mail.environment(portal.folder) | {
        "REGARD_PORTAL": "https://regard.example", "REGARD_LOG_LEVEL": "trace", "REGARD_LETTERS": str(letters),
        "TMPDIR": str(passing)}
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
        is_handled(portal, supervisor, number, people[number], filed[number])
    prints_letters(portal, supervisor)
    posted = [number for number in doubtful if number % 10 < 2 and number % 4 in (1, 2)][:4]
    for number in posted:
        gets_a_code_by_letter(portal, supervisor, people[number], filed[number])
    wait_for("the letters with a code are printed", lambda: len(list(letters.glob("*.pdf"))) == len(posted))
    wait_for("every database has taken what there is",
             lambda: {item["lag"] for item in portal.databases().values()} == {0}, seconds=120)
    told = sum(1 for number in range(COUNT) if "email" in (filing(number, people[number]).get("contact") or {}))
    wait_for("everybody who has an address is told", lambda: len(mail.recipients()) == told, seconds=600)
    portal.kill()
    back_up(portal)

    counts = {table: int(portal.stored(f"SELECT count(*) FROM {table}")[0][0])
              for table in ("rights_request", "ledger_entry", "filing_draft", "audit_event", "request_event",
                            "case_file", "case_file_part")}
    assert counts["rights_request"] == COUNT and counts["filing_draft"] >= 60, counts
    assert counts["ledger_entry"] >= COUNT // 2 and counts["request_event"] >= COUNT + 9 * len(doubtful), counts
    assert all(len(target.rows()) >= COUNT // 2 for target in targets.values())
    # Every file is short, and of one part: those that are gone are the proofs.
    assert counts["case_file"] - counts["case_file_part"] == sum(number % 2 for number in doubtful), counts
    assert counts["case_file_part"] > COUNT // 21, counts

    uploading = [person for number, person in enumerate(people) if sends_unasked(number) or number in doubtful]
    search = traces_of(people, uploading)
    for receipt in filed:
        search.of_secret(receipt["secret"])
    for what in ("file", "proof", "reply"):
        for name, content in (uploading[0].pdf(what), uploading[0].png(what)):
            assert search.in_bytes(name.encode(), "a name") and search.in_bytes(content, "a file"), "it finds these too"
    # A letter says who it is for, where they live and their code; nothing else about anybody.
    told_in_letters = search
    for what in ("name", "given", "requester", "street"):
        told_in_letters = told_in_letters.without(f"the {what}")
    found_in_letters = []
    for letter in letters.glob("*.pdf"):
        text = "\n".join(page.extract_text() for page in PdfReader(letter).pages)
        code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){6}", text).group(0)
        found_in_letters += told_in_letters.in_bytes(text.encode(), letter.name)
        search.of_secret(code)
    assert search.in_bytes(str(filing(1, people[-1])).encode(), "a filing"), "it finds what is there"
    started = time.monotonic()
    found = portal.traces(search)
    # An address is what a mail is for; nothing else about anybody is in it.
    mails = b"\n".join(message.as_bytes() for _, message in mail.messages)
    found += search.without("the mail").in_bytes(mails, "the mail that arrived") + found_in_letters
    for name, target in targets.items():
        found += search.in_bytes("\n".join(map(str, target.rows())).encode(), name)
    print(f"searched in {time.monotonic() - started:.0f} s; {counts}")
    assert found == []
    assert time.monotonic() - started < 120
