"""A database that passes its published target: the data protection officer is mailed once, and once more when it is over.
Custodians whose changes wait are reminded."""

import json
import re
import sqlite3

import pytest
from mail_server import mail_server
from people import People
from targets import SQLiteTarget
from waiting import wait_for

OFFICER = "dpo@institut.example"


@pytest.fixture
def house(make_portal, tmp_path):
    """A portal that mails through a server of the test's own, and serves not yet."""
    with mail_server(tmp_path) as mail:
        portal = make_portal("sqlite")
        portal.environment |= mail.environment(tmp_path) | {"REGARD_PORTAL": "https://regard.example"}
        yield portal.initialise(), mail


def age(portal, table, column, hours):
    """Lets so many hours have passed, for one column: the portal's clock is the machine's."""
    portal.stop()
    connection = sqlite3.connect(portal.var / "regard.sqlite")
    with connection:
        connection.execute(f"UPDATE {table} SET {column} = {column} - {hours * 3_600_000}")
    connection.close()
    portal.start()


def test_the_officer_is_told_when_a_target_is_passed_and_when_that_is_over(house, tmp_path):
    portal, mail = house
    portal.start()
    portal.link("registre", SQLiteTarget(tmp_path / "registre.sqlite"), "--name", "Registre", "--name-en", "Register")
    portal.command("database", "pause", "registre")
    person = People()[0]
    portal.file(person)
    age(portal, "ledger_entry", "created_at", 25)
    message = wait_for("the officer is mailed", lambda: mail.to(OFFICER))[0]
    assert message["subject"] == "Objectif de propagation dépassé / Propagation target passed"
    text = message.get_content()
    assert "« Registre »" in text and "“Register”" in text and "24 heures" in re.sub(r"\s", " ", text)
    assert re.findall(r"https?://\S+", text) == [
        "https://regard.example/operateur/bases/registre", "https://regard.example/en/operator/databases/registre"]
    for personal in (person.birth_name, person.nir13, "R-20"):
        assert personal not in text
    assert portal.databases()["registre"]["lag"] == 1

    portal.command("database", "resume", "registre")
    wait_for("it confirms", lambda: portal.databases()["registre"]["lag"] == 0)
    # At its next start it looks at once.
    portal.stop()
    portal.start()
    messages = wait_for("the officer is told that it is over", lambda: len(mail.to(OFFICER)) == 2 and mail.to(OFFICER))
    assert messages[1]["subject"].startswith("Objectif de propagation rejoint")
    assert messages[0]["message-id"] != messages[1]["message-id"]


def test_a_custodian_is_reminded_in_words_that_tell_nothing(house):
    portal, mail = house
    portal.start()
    portal.link("archive", "manual:", "--name", "Archive des cohortes", "--name-en", "Cohort archive")
    portal.command("operator", "add", "gilles", "--role", "custodian", "--linked-database", "archive", "--json")
    assert portal.run("operator", "email", "gilles", "no address").returncode == 2
    portal.command("operator", "email", "gilles", "gilles@archive.example")
    portal.file(People()[0])
    wait_for("the change waits", lambda: json.loads(portal.command("database", "list", "--json"))[0]["waitingChanges"] == 1)
    age(portal, "mailbox_batch", "made_at", 24 * 8)
    message = wait_for("they are reminded", lambda: mail.to("gilles@archive.example"))[0]
    text = message["subject"] + message.get_content()
    assert re.findall(r"https?://\S+", text) == ["https://regard.example/operateur", "https://regard.example/en/operator"]
    for telltale in ("archive", "cohort", "oppos", "object", "santé", "health", "gilles"):
        assert telltale not in text.lower(), text


def test_a_token_is_changed_beside_the_running_server(house):
    portal, _ = house
    portal.start()
    first = re.search(r"alone: ([0-9a-f]{64})", portal.link("clinique", "pull:"))[1]
    portal.file(People()[0])

    def fetch(token):
        return portal.get("/api/v1/feeds/clinique", {"Authorization": f"Bearer {token}"})

    waiting = wait_for("the change waits", lambda: fetch(first).status == 200 and fetch(first))
    second = re.search(r"alone: ([0-9a-f]{64})", portal.command("database", "token", "clinique", "--overlap", "2"))[1]
    assert fetch(first).body == fetch(second).body == waiting.body
    third = re.search(r"alone: ([0-9a-f]{64})", portal.command("database", "token", "clinique"))[1]
    assert [fetch(token).status for token in (first, second, third)] == [401, 401, 200]
    # The hub goes on under the new one.
    portal.file(People(count=2)[1])
    wait_for("what follows is laid down", lambda: fetch(third).body.count(b'"format":"regard-batch-v1"') == 2)
    assert portal.run("database", "token", "clinique", "--overlap", "0").returncode == 2
    assert portal.run("database", "token", "inconnue").returncode == 1
