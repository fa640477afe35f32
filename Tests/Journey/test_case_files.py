"""Files both ways, proofs, and the receipt that is given back: through HTTP, on both engines, good and bad."""

import pytest
from files import JPEG, LIMIT, PDF, Sender, multipart, pdf, pdf_bomb, png, png_bomb
from operators import Operator
from people import People
from traces import Traces


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request):
    from portal import Portal
    from postgres import lent_server

    portal = Portal(request.param, lent_server() if request.param == "postgresql" else None).initialise().start()
    yield portal
    print(portal.log_text()[-4000:])
    portal.remove()


@pytest.fixture(scope="module")
def agent(house):
    return Operator(house, "camille", "agent")


@pytest.fixture
def sender(house):
    """Somebody who has just filed, with a message, so that nothing is decided yet."""
    return Sender(house, house.file(People()[0]))


def memory(portal):
    """Most memory that the server has had resident, in bytes."""
    with open(f"/proc/{portal.processes['serve'].pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def codes(answer):
    return [(error["pointer"], error["code"]) for error in answer.json.get("errors", [])]


def test_files_go_both_ways_and_come_back_as_they_were(house, agent, sender):
    longest = pdf(LIMIT, bytes(range(1, 256)).replace(b"\n", b""))
    answer = sender.send(("text", "Voir la pièce."), ("files", "ordonnance.pdf", longest), ("files", "é.png", png()))
    assert answer.status == 201, answer
    event = answer.json["timeline"][-1]
    assert event["type"] == "message" and event["words"] == {"text": "Voir la pièce."}
    assert event["data"]["files"] == [
        {"n": 1, "type": "pdf", "size": LIMIT}, {"n": 2, "type": "png", "size": len(png())}]
    assert [file["senderName"] for file in answer.json["files"]] == ["ordonnance.pdf", "é.png"]

    body, kind = multipart(("event", '{"type": "message", "text": "Voici."}'), ("files", "réponse.jpg", JPEG))
    path = f"/api/v1/operator/requests/{sender.filed['reference']}"
    answer = house.send("POST", f"{path}/events", {
        **agent._headers(), "Content-Type": kind, "Sec-Fetch-Site": "same-origin"}, body)
    assert answer.status == 201, answer

    for n, content, kind, name in [(1, longest, "application/pdf", "piece-1.pdf"), (2, png(), "image/png", "piece-2.png"),
                                   (3, JPEG, "image/jpeg", "piece-3.jpg")]:
        for fetched in (sender.fetch(n), agent.get(f"{path}/attachments/{n}"), sender.page(f"/suivi/pieces/{n}"),
                        house.get(f"/operateur/demandes/{sender.filed['reference']}/pieces/{n}", agent._headers())):
            assert fetched.status == 200 and fetched.body == content, fetched.status
            assert fetched.headers["content-disposition"] == f'attachment; filename="{name}"'
            assert fetched.headers["content-type"] == kind
            assert fetched.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in fetched.headers["content-security-policy"]
            assert fetched.headers["cache-control"] == "no-store"


def test_what_one_case_holds_is_not_had_with_anothers_secret(house, sender):
    other = Sender(house, house.file(People()[0]))
    assert sender.send(("files", "a.pdf", PDF)).status == 201
    stranger = house.get(f"{sender.path}/attachments/1", other.bearer)
    unknown = house.get("/api/v1/requests/R-2026-000000/attachments/1", other.bearer)
    assert stranger.status == unknown.status == 404
    assert [{**answer.json, "requestId": ""} for answer in (stranger, unknown)] == [
        {**stranger.json, "requestId": ""}] * 2
    assert other.fetch(1).status == 404 and other.page("/suivi/pieces/1").status == 404
    for number in ("0", "-1", "2", "x", "9" * 30):
        assert sender.fetch(number).status == 404, number
    assert house.get(f"{sender.path}/attachments/1").status == 401
    assert house.get("/suivi/pieces/1").status == 303


@pytest.mark.parametrize("name, content, code", [
    ("a.pdf", b"", "file.empty"),
    ("a.pdf", pdf(LIMIT + 1), "file.tooLarge"),
    ("a.pdf", b"<html><script>alert(1)</script></html>", "file.type"),
    ("a.png", b"MZ" + b"\0" * 400, "file.type"),
    ("a.pdf", PDF[:40], "file.damaged"),
    ("a.jpg", JPEG[:-2], "file.damaged"),
    ("a.png", png()[:-6], "file.damaged"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_can_not_be_taken_is_told_and_the_words_are_kept(sender, name, content, code):
    answer = sender.send(("files", name, content))
    assert answer.status == 422 and codes(answer) == [("/files/0", code)], answer
    page = sender.post_page("/suivi/message", ("text", "Gardez <ceci>."), ("files", name, content))
    assert page.status == 422
    assert "Gardez &lt;ceci&gt;." in page.text and 'href="#message-files"' in page.text
    assert 'id="message-files-error"' in page.text and f"«\N{NO-BREAK SPACE}{name}\N{NO-BREAK SPACE}»" in page.text
    assert len(sender.view()["timeline"]) == 1


@pytest.mark.parametrize("sent, shown", [
    (b"../../etc/x.pdf", "x.pdf"), (b"C:\\Users\\moi\\x.pdf", "x.pdf"), (b'a%22b.pdf', 'a"b.pdf'), (b'a\\"b.pdf', 'a"b.pdf'),
    ("<img src=x onerror=alert(1)>.pdf".encode(), "<img src=x onerror=alert(1)>.pdf"),
    ("gpj.\u202efdp".encode(), "gpj.fdp"), (b"x" * 400 + b".pdf", "x" * 120), (b".", "."), (b"a%0D%0AX: y.pdf", "a%0D%0AX: y.pdf"),
])
def test_a_name_is_shown_and_never_used(sender, sent, shown):
    answer = sender.send(("files", sent, PDF))
    assert answer.status == 201, answer
    assert answer.json["files"][0]["senderName"] == shown
    assert answer.json["files"][0]["name"] == "piece-1.pdf"
    assert sender.fetch(1).headers["content-disposition"] == 'attachment; filename="piece-1.pdf"'
    page = sender.page().text
    assert "<img src=x" not in page and "piece-1.pdf" in page


@pytest.mark.parametrize("sent", [b"a\0b.pdf", b"a\nb.pdf", b"a\rb.pdf", b"\xff\xfe.pdf", b'a"; name="b'])
def test_a_name_that_breaks_its_header_is_refused(sender, sent):
    assert sender.send(("files", sent, PDF)).status == 400


def test_a_case_holds_five_files_of_each_side(sender):
    six = [("files", f"{n}.pdf", PDF) for n in range(6)]
    assert codes(sender.send(*six)) == [("/files/0", "file.tooMany")]
    assert sender.send(*six[:5]).status == 201
    answer = sender.send(six[5])
    assert answer.status == 422 and codes(answer) == [("/files/0", "file.tooMany")], answer
    assert len(sender.view()["files"]) == 5


@pytest.mark.parametrize("bomb", [png_bomb, pdf_bomb])
def test_a_bomb_is_kept_as_it_is_and_harms_nobody(house, sender, bomb):
    content = bomb()
    assert len(content) < LIMIT
    before = memory(house)
    assert sender.send(("files", "bombe", content)).status == 201
    assert sender.fetch(1).body == content
    assert sender.page().status == 200
    assert memory(house) - before < 100 * 1024 * 1024


def test_large_files_one_after_the_other_leave_the_memory_as_it_was(house):
    content = pdf(LIMIT)
    for _ in range(2):
        assert Sender(house, house.file(People()[0])).send(("files", "a.pdf", content)).status == 201
    before = memory(house)
    for _ in range(6):
        assert Sender(house, house.file(People()[0])).send(("files", "a.pdf", content)).status == 201
    assert memory(house) - before < 60 * 1024 * 1024


def test_a_malformed_form_is_refused_and_changes_nothing(house, sender):
    good, kind = multipart(("files", "a.pdf", PDF))
    many, _ = multipart(*[("text", "x")] * 10_000)
    for body, header, status in [
        (good, "multipart/form-data", 400), (good, "multipart/form-data; boundary=", 400),
        (good, "multipart/form-data; boundary=other", 400), (b"", kind, 400), (b"garbage" * 100, kind, 400),
        (good[:-8], kind, 400), (many, kind, 413), (good, "multipart/mixed; boundary=d1e5f0", 415),
        (multipart(("other", "a.pdf", PDF))[0], kind, 422), (multipart(("reference", "x"))[0], kind, 422),
        (multipart(("text", "x"))[0], kind, 422), (multipart(("text", "x" * 5001), ("files", "a.pdf", PDF))[0], kind, 422),
        (multipart(("text", b"\xff"))[0], kind, 400), (multipart(("text", b"x" * 200_000))[0], kind, 413),
    ]:
        answer = house.send("POST", f"{sender.path}/attachments", {**sender.bearer, "Content-Type": header}, body)
        assert answer.status == status, (header, body[:60], answer)
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(sender.view()["timeline"]) == 1
    # One that announces more than any form may have is told so, and the connection ends.
    answer = house.send("POST", "/suivi/message", {
        **sender.headers(), "Content-Type": kind, "Content-Length": str(200 * 1024 * 1024)}, b"--")
    assert answer.status == 413 and answer.headers["connection"] == "close", answer


def test_another_sites_form_sends_no_file(house, sender):
    body, kind = multipart(("files", "a.pdf", PDF))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}):
        answer = house.send("POST", "/suivi/message", {
            "Cookie": sender.headers()["Cookie"], "Content-Type": kind, **headers}, body)
        assert answer.status == 403, headers


def test_what_was_written_is_shown_again_when_the_session_is_over(house, sender):
    body, kind = multipart(("text", "Longue lettre."), ("files", "a.pdf", PDF))
    answer = house.send("POST", "/suivi/message", {
        "Content-Type": kind, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}, body)
    assert answer.status == 401 and "Longue lettre." in answer.text


def test_a_proof_is_taken_with_a_reason_alone_and_gone_once_checked(house, agent, sender):
    reference = sender.filed["reference"]
    refused = sender.send(("files", "carte.jpg", JPEG), to="identity")
    assert refused.status == 409 and refused.json["code"] == "proofNotAsked"
    assert 'action="/suivi/justificatif"' not in sender.page().text

    agent.act(reference, "identityRequested", text="Votre date de naissance diffère.")
    page = sender.page().text
    assert 'action="/suivi/justificatif"' in page and page.count("Votre date de naissance diffère.") == 3, "the question, the form, and why the clock stands still"
    nothing = sender.post_page("/suivi/justificatif", ("text", ""), ("files", "", b""))
    assert nothing.status == 422 and 'href="#proof-text"' in nothing.text
    sent = sender.post_page("/suivi/justificatif", ("text", ""), ("files", "carte.jpg", JPEG))
    assert sent.status == 303 and sent.headers["location"] == "/suivi?notice=proven", sent
    view = sender.view()
    assert view["state"] == "underReview" and view["timeline"][-1]["type"] == "identityProvided"
    assert view["files"][0]["isProof"] and view["proof"] is None

    path = f"/api/v1/operator/requests/{reference}/attachments/1"
    assert agent.get(path).status == 422
    opened = agent.post(path, {"motive": "identityCheck"})
    assert opened.status == 200 and opened.body == JPEG
    assert sender.view()["timeline"][-1]["data"] == {"file": 1, "motive": "identityCheck"}
    assert "Un agent habilité a ouvert votre justificatif." in sender.page().text

    agent.act(reference, "identityVerified")
    assert agent.post(path, {"motive": "identityCheck"}).status == 410
    assert sender.fetch(1).status == 410 and sender.page("/suivi/pieces/1").status == 410
    assert sender.view()["files"][0]["checkedAt"] is not None
    assert "Justificatif vérifié le" in sender.page().text and "puis détruit" in sender.page().text
    console = house.get(f"/operateur/demandes/{reference}", agent._headers()).text
    assert "Justificatif vérifié le" in console


def test_a_proof_in_words_alone_is_an_answer(agent, sender):
    agent.act(sender.filed["reference"], "identityRequested", text="Qui êtes-vous ?")
    answer = sender.portal.post(f"{sender.path}/identity", {"text": "Je n’ai plus de carte."}, sender.bearer)
    assert answer.status == 201 and answer.json["timeline"][-1]["words"] == {"text": "Je n’ai plus de carte."}


def test_a_guardian_proves_it_unasked(house, agent):
    filed = house.post("/api/v1/requests", People()[0].filing(
        capacity="guardian", requester={"name": "Ysé Tutrice"})).json
    sender = Sender(house, filed)
    assert sender.view()["proof"] == {"reason": "capacity", "capacity": "guardian"}
    assert "la décision du juge" in sender.page().text
    answer = sender.send(("files", "jugement.pdf", PDF), ("text", "Le jugement."), to="identity")
    assert answer.status == 201 and answer.json["state"] == "received"


RECEIPTS = {
    "as it is": lambda text: text.encode(),
    "other line ends": lambda text: text.replace("\r\n", "\n").encode(),
    "with a mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "in UTF-16": lambda text: text.encode("utf-16"),
    "in an old encoding": lambda text: text.encode("cp1252", "replace"),
    "edited": lambda text: ("> " + text.replace("\r\n", "\r\n> ") + "\nÀ garder ! Code de la porte : AB12 3456").encode(),
    "lower case": lambda text: text.lower().encode(),
    "spaces for hyphens": lambda text: text.replace("-", " ").encode(),
}


@pytest.mark.parametrize("written", RECEIPTS)
def test_a_kept_receipt_opens_the_request(house, sender, written):
    text = sender.page("/suivi/recepisse.txt").text
    body, kind = multipart(("receipt", "regard.txt", RECEIPTS[written](text)))
    fresh = {"Content-Type": kind, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    answer = house.send("POST", "/suivi/fichier", fresh, body)
    assert answer.status == 303 and answer.headers["location"] == "/suivi", answer
    page = house.get("/suivi", {"Cookie": f"__Host-suivi={answer.cookie('__Host-suivi')}"})
    assert sender.filed["reference"] in page.text


def test_a_file_that_is_no_receipt_says_so(house, sender):
    text = sender.page("/suivi/recepisse.txt").text
    secret = sender.filed["secret"]
    wrong = ("0" if secret[-1] != "0" else "1").join([secret[:-1], ""])
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    for content, status, words in [
        (b"", 422, "Ce fichier ne contient pas"), (PDF, 422, "Ce fichier ne contient pas"),
        (text.replace(secret, "").encode(), 422, "Ce fichier ne contient pas"),
        (text.replace(secret, wrong).encode(), 422, "Ce fichier ne contient pas"),
        (text.replace(sender.filed["reference"], "R-2026-000000").encode(), 404, "Aucune demande ne correspond"),
        (text.encode() + b" " * 65_536, 422, "Ce fichier ne contient pas"),
    ]:
        body, kind = multipart(("receipt", "regard.txt", content))
        answer = house.send("POST", "/suivi/fichier", {**headers, "Content-Type": kind}, body)
        assert answer.status == status and words in answer.text, answer
        assert 'href="#receipt"' in answer.text
    body, kind = multipart(("receipt", "", b""))
    assert "Choisissez le fichier" in house.send("POST", "/suivi/fichier", {**headers, "Content-Type": kind}, body).text


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_of_a_file_stands_in_the_clear(engine, make_portal):
    people = People(count=3)
    portal = make_portal(engine).initialise().start()
    agent = Operator(portal, "camille", "agent")
    for person in (people[index] for index in range(3)):
        sender = Sender(portal, portal.file(person))
        # The same bytes again and again, so that each part of each file betrays them.
        content = pdf(300_000, f" {person.nir} {person.email}".encode())
        name = f"{person.birth_name}.pdf"
        assert sender.send(("text", person.message), ("files", name, content)).status == 201
        agent.act(sender.filed["reference"], "identityRequested", text=person.message)
        assert sender.send(("files", name, content), to="identity").status == 201
        assert sender.fetch(1).body == content
        assert sender.post_page("/suivi/message", ("text", person.message), ("files", name, content[:100])).status == 422
    agent.act(sender.filed["reference"], "identityVerified")
    reference = sender.filed["reference"]
    portal.stop()
    assert portal.traces(Traces().of_people(people)) == []
    assert portal.stored(f"SELECT count(*) FROM case_file_part WHERE reference = '{reference}' AND n = 2") == [["0"]]
    # It is gone, and nobody is told that it was checked: nobody had opened it.
    assert portal.stored(
        f"SELECT n FROM case_file WHERE reference = '{reference}' AND sealed_name IS NULL AND checked_at IS NULL"
        " AND destroyed_at IS NOT NULL") == [["2"]]
