"""What citizens are told: by mail that really arrives, by letter where there is no mail, and by nothing that tells more."""

import asyncio
import datetime
import io
import json
import re
import time

import pytest
from mail_server import REPLIES, SENDER, certificate, mail_server
from operators import Operator
from people import People
from pypdf import PdfReader
from traces import Traces
from waiting import wait_for

# The names of rights, and health, in both languages; any form of them.
TELLTALE = re.compile(
    r"oppos|object|retrait|withdraw|accès|access|rectif|effac|eras|limitation|restrict|sant[ée]|health|données|data|"
    r"médic|medic", re.IGNORECASE)
QUEUE = {"fr": "/operateur/courriers", "en": "/en/operator/letters"}


@pytest.fixture
def house(make_portal, tmp_path):
    """Makes a portal that mails through a server of the test's own."""
    with mail_server(tmp_path) as mail:
        def make(engine="sqlite", **environment):
            portal = make_portal(engine)
            portal.environment |= mail.environment(tmp_path) | {"REGARD_PORTAL": "https://regard.example", **environment}
            return portal.initialise().start(), mail

        yield make


def file(portal, person, **changes):
    """Files within the time in which a citizen notices nothing."""
    started = time.monotonic()
    answer = portal.post("/api/v1/requests", person.filing(**changes))
    assert answer.status == 201, answer
    assert time.monotonic() - started < 5, "mail held up a filing"
    return answer.json


def notices(operator, filed):
    return operator.case(filed["reference"])["notices"]


def settled(operator, filed, *states):
    """Waits until the notices of a request are in these states, the last of them."""
    return wait_for(f"notices are {states}", lambda: (
        [item["state"] for item in notices(operator, filed)][-len(states):] == list(states)
        and notices(operator, filed)))


def said(message):
    """What a person reads: subject and text, as plain text."""
    assert message.get_content_type() == "text/plain" and not message.is_multipart()
    return f"{message['subject']}\n{message.get_content()}"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_mail_arrives_in_both_languages_and_tells_nothing(engine, house):
    portal, mail = house(engine)
    people = People(count=2)
    agent = Operator(portal, "agnes", "agent")
    for person, language, follow in [
            (people[0], "fr", "https://regard.example/suivi"), (people[1], "en", "https://regard.example/en/follow")]:
        filed = file(portal, person, language=language)
        message = wait_for("the mail arrives", lambda: mail.to(person.email))[0]
        text = said(message)
        assert filed["reference"] in text and "01 99 00 00 00" in text
        assert re.findall(r"https?://\S+", text) == [follow]
        assert not TELLTALE.search(text), text
        for personal in [person.birth_name, *person.given_names, person.nir, person.nir13, person.postal, filed["secret"],
                         filed["secret"].replace("-", "")]:
            assert personal not in message.as_string() and personal not in text
        assert message["auto-submitted"] == "auto-generated" and message["content-language"] == language
        assert message["from"].addresses[0].addr_spec == SENDER
        assert message["from"].addresses[0].display_name == "Regard"
        assert message["reply-to"].addresses[0].addr_spec == REPLIES
        assert [address.addr_spec for address in message["to"].addresses] == [person.email]
        assert message["date"].datetime.tzinfo and message["message-id"].endswith("@institut.example>")
        assert all(len(line) <= 78 for line in message.as_bytes().split(b"\r\n"))
        assert not message.defects and not any(message[name].defects for name in message.keys())
        settled(agent, filed, "mailed")

    # Whatever happens, the subject is the same, and so is what is said.
    first = mail.to(people[0].email)[0]
    portal.withdraw(filed)
    agent.act(file(portal, people[0], language="fr")["reference"], "identityRequested", text="Une copie, s’il vous plaît.")
    later = wait_for("they are told more", lambda: len(mail.to(people[0].email)) >= 2 and mail.to(people[0].email))
    assert {message["subject"] for message in later} == {first["subject"]} == {"Votre demande : du nouveau à lire"}
    assert {message["subject"] for message in mail.to(people[1].email)} == {"Your request: something new to read"}
    assert not TELLTALE.search(said(later[-1]))

    portal.kill()
    assert portal.traces(Traces().of_people(people).of_secret(filed["secret"])) == []


def test_a_question_says_by_when_an_answer_is_awaited(house):
    portal, mail = house()
    person = People()[0]
    agent = Operator(portal, "agnes", "agent")
    filed = file(portal, person)
    settled(agent, filed, "mailed")
    case = agent.act(filed["reference"], "identityRequested", text="Une copie, s’il vous plaît.")
    settled(agent, filed, "mailed", "mailed")
    text = said(mail.to(person.email)[-1])
    assert "Nous attendons une réponse de votre part, avant le" in text and case["answerBy"][:4] in text
    assert "identité" not in text and "copie" not in text


def test_a_server_that_is_down_holds_up_nobody_and_gets_it_once_it_is_up(house):
    portal, mail = house()
    mail.stop()
    person = People()[0]
    agent = Operator(portal, "agnes", "agent")
    filed = file(portal, person)
    outbox = wait_for("an operator sees it", lambda: (
        seen := agent.get("/api/v1/operator/outbox").json)["failing"] and seen)
    assert outbox["waiting"] == 1 and outbox["lastFailure"] == "connect" and outbox["failingSince"]
    assert notices(agent, filed)[0]["failure"] == "connect"
    assert "injoignable" in agent.get(QUEUE["fr"]).text
    mail.start()
    settled(agent, filed, "mailed")
    assert len(mail.to(person.email)) == 1
    assert agent.get("/api/v1/operator/outbox").json["waiting"] == 0


def test_a_slow_server_holds_up_nobody_and_no_end(house):
    portal, mail = house()
    people = People(count=6)
    mail.on_data = lambda message: asyncio.sleep(300)
    for person in people:
        file(portal, person)
    wait_for("it was handed a message", lambda: mail.messages)
    for person in people:
        file(portal, person)
    # In order, and soon, with messages under way.
    portal.stop()
    assert portal.processes["serve"].returncode == 0


def test_a_crash_between_sending_and_noting_sends_the_same_message_again(house):
    portal, mail = house()
    person = People()[0]
    agent = Operator(portal, "agnes", "agent")

    def crash(message):
        mail.on_data = None
        portal.kill()

    mail.on_data = crash
    filed = portal.post("/api/v1/requests", person.filing()).json
    wait_for("the message has gone", lambda: (
        mail.to(person.email) and portal.processes["serve"].poll() is not None))
    portal.start()
    settled(agent, filed, "mailed")
    messages = mail.to(person.email)
    assert len(messages) == 2 and len({message["message-id"] for message in messages}) == 1
    assert said(messages[0]) == said(messages[1])


def test_a_refused_address_is_written_to_on_paper(house):
    portal, mail = house()
    people = People()
    person = people[0]
    mail.refusals[person.email] = f"550 5.1.1 <{person.email}>: no such mailbox"
    supervisor = Operator(portal, "simone", "supervisor")
    filed = file(portal, person)
    settled(supervisor, filed, "lettered")
    assert notices(supervisor, filed)[0]["failure"] == "550 5.1.1"
    # From then on the address is left alone.
    attempts = mail.attempts
    supervisor.act(filed["reference"], "assigned")
    supervisor.act(filed["reference"], "refused", grounds="identityNotEstablished", reasons="Le nom diffère.",
                   complaint="Réclamation à la CNIL.", judicialRemedy="Recours devant le juge.")
    settled(supervisor, filed, "lettered", "lettered")
    assert mail.attempts == attempts

    page = supervisor.get(QUEUE["fr"])
    assert page.status == 200 and page.text.count(filed["reference"]) >= 2
    assert person.birth_name not in page.text and person.postal.split("\n")[0] not in page.text
    letters = re.findall(r'name="letter" value="([0-9a-f]{32})"', page.text)
    assert len(letters) >= 2
    fields = "&".join(f"letter={letter}" for letter in letters)
    session = supervisor._headers()
    early = portal.post_form(QUEUE["fr"], f"{fields}&act=posted&postedOn=2026-01-05", session)
    assert early.status == 422 and "Imprimez ces lettres" in early.text
    nothing = portal.post_form(QUEUE["fr"], "act=print", session)
    assert nothing.status == 422 and "Choisissez au moins une lettre" in nothing.text

    printed = portal.post_form(QUEUE["fr"], f"{fields}&act=print", session)
    assert printed.status == 200 and printed.headers["content-type"] == "application/pdf"
    assert printed.headers["content-disposition"].startswith("attachment;")
    assert printed.headers["cache-control"] == "no-store"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(printed.body)).pages]
    assert len(pages) >= 2
    whole = "\n".join(pages)
    for told in [person.birth_name, person.postal.split("\n")[0], filed["reference"], "Le nom diffère.",
                 "Réclamation à la CNIL.", "Nous ne demandons jamais votre code"]:
        assert told in whole, told
    assert filed["secret"][:9] not in whole

    posted = portal.post_form(QUEUE["fr"], f"{fields}&act=posted&postedOn=2026-01-05", session)
    assert posted.status == 303, posted
    assert "Rien à poster" in portal.get(QUEUE["fr"], session).text
    assert {item["postedOn"] for item in notices(supervisor, filed)} == {"2026-01-05"}
    case = portal.get(f"/operateur/demandes/{filed['reference']}", {**session, "Accept": "text/html"})
    assert "Lettre postée le 5" in case.text and "Courrier posté" in case.text

    portal.kill()
    assert portal.traces(Traces().of_people(people).of_secret(filed["secret"])) == []


def test_a_refusal_that_is_not_the_addresss_fault_is_tried_again(house):
    portal, mail = house()
    people = People(count=2)
    agent = Operator(portal, "agnes", "agent")
    mail.refusals = {people[0].email: "554 5.7.1 relay access denied", people[1].email: "450 4.2.0 try later"}
    filed = [file(portal, person) for person in people]
    wait_for("both were tried", lambda: all(notices(agent, one)[0]["failure"] for one in filed))
    assert [notices(agent, one)[0]["failure"] for one in filed] == ["554 5.7.1", "450 4.2.0"]
    assert [notices(agent, one)[0]["state"] for one in filed] == ["waiting", "waiting"]


def test_without_a_known_certificate_or_password_nothing_is_sent(house, tmp_path):
    (tmp_path / "other").mkdir()
    stranger, _ = certificate(tmp_path / "other")
    portal, mail = house(REGARD_SMTP_CA=str(stranger))
    agent = Operator(portal, "agnes", "agent")
    filed = file(portal, People()[0])
    wait_for("it is refused", lambda: notices(agent, filed)[0]["failure"] == "tls")
    assert mail.messages == []
    portal.stop()

    wrong = tmp_path / "wrong"
    wrong.write_text("un autre\n")
    wrong.chmod(0o600)
    portal.environment |= {"REGARD_SMTP_CA": str(mail.certificate), "REGARD_SMTP_PASSWORD_FILE": str(wrong)}
    portal.start()
    wait_for("it is refused", lambda: notices(agent, filed)[0]["failure"] == "login")
    assert mail.messages == []
    portal.stop()

    wrong.chmod(0o644)
    refused = portal.run("serve")
    assert refused.returncode != 0 and "can be read by others" in refused.stderr
    portal.environment |= {"REGARD_SMTP_SERVER": "smtp://mail.example:25", "REGARD_SMTP_TLS": "none"}
    wrong.chmod(0o600)
    assert "another" in portal.run("serve").stderr


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_code_is_printed_for_whoever_filed_on_paper_and_no_operator_sees_it(engine, house, tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir(mode=0o700)
    portal, _ = house(engine, REGARD_LETTERS=str(folder))
    people = People()
    agent = Operator(portal, "agnes", "agent")
    body = json.loads(people[0].filing(contact={"postal": people[0].postal}))
    entered = agent.post("/api/v1/operator/requests", body | {
        "channel": "post", "receivedOn": datetime.date.today().isoformat()})
    assert entered.status == 201, entered
    reference = entered.json["reference"]

    letter = wait_for("the letter is printed", lambda: list(folder.glob("*.pdf")))[0]
    assert letter.stat().st_mode & 0o777 == 0o600
    text = "\n".join(page.extract_text() for page in PdfReader(letter).pages)
    assert reference in text and people[0].birth_name in text and "Gardez ce code" in text
    secret = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){6}", text).group(0)
    assert portal.follow({"reference": reference, "secret": secret})["reference"] == reference

    # One letter tells it; nobody sees the code, and it is nowhere else.
    settled(agent, {"reference": reference}, "lettered")
    # The file is there a moment before it is noted as printed.
    noted = re.compile(r'name="letter" value="([0-9a-f]{32})"')

    def to_post():
        page = agent.get(QUEUE["fr"]).text
        return page if noted.search(page) else None

    page = wait_for("it is to be posted", to_post)
    assert page.count(reference) >= 1 and secret not in page and secret not in entered.text
    assert "1\u00a0courrier à poster" in page
    identifier = noted.search(page).group(1)
    assert letter.name == f"{identifier}.pdf"
    refused = portal.post_form(QUEUE["fr"], f"letter={identifier}&act=print", agent._headers())
    assert refused.status == 422 and secret not in refused.text
    portal.kill()
    assert portal.traces(Traces().of_people(people).of_secret(secret)) == []


def test_a_folder_that_others_can_open_stops_the_start(house, tmp_path):
    portal, _ = house()
    portal.stop()
    (tmp_path / "open").mkdir(mode=0o755)
    portal.environment["REGARD_LETTERS"] = str(tmp_path / "open")
    refused = portal.run("serve")
    assert refused.returncode != 0 and "others can open" in refused.stderr


def test_the_letters_page_has_its_twin_and_is_not_everybodys(house):
    portal, _ = house()
    person = People()[0]
    filed = file(portal, person, contact={"postal": person.postal})
    supervisor, auditor = Operator(portal, "simone", "supervisor"), Operator(portal, "ada", "auditor")
    settled(supervisor, filed, "lettered")
    english = supervisor.get(QUEUE["en"]).text
    assert "1\u00a0letter to post" in english and filed["reference"] in english and 'name="act"' in english
    assert 'name="act"' not in auditor.get(QUEUE["fr"]).text
    letter = re.search(r'value="([0-9a-f]{32})"', english).group(1)
    refused = portal.post_form(QUEUE["fr"], f"letter={letter}&act=print", auditor._headers())
    assert refused.status == 403
    assert portal.get(QUEUE["fr"]).status == 303
