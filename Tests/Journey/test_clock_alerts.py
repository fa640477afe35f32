"""Whose time comes to its end: the one who has taken the case is mailed before, the supervisors on the day, the data protection
officer after; in one mail a day and a person, which names nobody."""

import datetime
import re
import shutil
import sqlite3
import zoneinfo

import pytest
from mail_server import mail_server
from operators import Operator
from people import People
from portal import PROJECT
from waiting import wait_for

OFFICER, AGENT, SUPERVISOR = "dpo@institut.example", "camille@institut.example", "dominique@institut.example"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, make_portal, tmp_path):
    """A portal that mails at any hour, through a server of the test's own."""
    resources = tmp_path / "resources"
    for name in ("templates", "site", "public", "seeds"):
        shutil.copytree(PROJECT / name, resources / name)
    site = resources / "site/site.yaml"
    text, count = re.subn(r"(?m)^  alertHour: \d+$", "  alertHour: 0", site.read_text(encoding="utf-8"))
    assert count == 1
    site.write_text(text, encoding="utf-8")
    with mail_server(tmp_path) as mail:
        portal = make_portal(request.param)
        portal.environment |= mail.environment(tmp_path) | {
            "REGARD_PORTAL": "https://regard.example", "REGARD_RESOURCES": str(resources)}
        yield portal.initialise().start(), mail


def let_be_due(portal, days):
    """Has each request of `days` be due in so many days, and the mails of today still to come: the portal's clock is the
    machine's."""
    today = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Paris")).date()
    statements = ["DELETE FROM clock_alert_day"] + [
        f"UPDATE rights_request SET alert_on = '{today + datetime.timedelta(days=count)}' WHERE reference = '{reference}'"
        for reference, count in days.items()]
    portal.stop()
    if portal.engine == "postgresql":
        portal.server.run(portal.database, "; ".join(statements))
    else:
        connection = sqlite3.connect(portal.var / "regard.sqlite")
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
    portal.start()


def test_each_is_mailed_once_what_is_theirs_to_know(house):
    portal, mail = house
    agent = Operator(portal, "camille", "agent").sign_in()
    supervisor = Operator(portal, "dominique", "supervisor").sign_in()
    portal.command("operator", "email", "camille", AGENT)
    portal.command("operator", "email", "dominique", SUPERVISOR)
    people = list(People(count=4))
    own, nobodys, today, over = (
        portal.post("/api/v1/requests", person.filing(right="access")).json["reference"] for person in people)
    agent.act(own, "assigned")
    let_be_due(portal, {own: 3, nobodys: 3, today: 0, over: -1})
    wait_for("all three are mailed", lambda: {OFFICER, AGENT, SUPERVISOR} <= mail.recipients())

    def listed(address):
        messages = mail.to(address)
        assert len(messages) == 1, "one mail a day and a person"
        text = messages[0].get_content()
        for person in people:
            assert person.birth_name not in text and person.nir13 not in text
        assert "access" not in text.lower() and "accès" not in text
        return set(re.findall(r"R-\d{4}-\w{6}", text)), re.findall(r"https?://\S+", text)

    assert mail.to(AGENT)[0]["subject"] == "Délais de réponse / Time to answer"
    assert listed(AGENT) == ({own}, [
        "https://regard.example/operateur/demandes?due=soon&assignee=me",
        "https://regard.example/en/operator/requests?due=soon&assignee=me"])
    # What is over has been there on its day, too, and before: nobody was there to be told.
    assert listed(SUPERVISOR)[0] == {nobodys, today, over}
    assert listed(OFFICER)[0] == {over}

    # The queue says so to whoever has taken them, and leads there.
    page = agent.get("/operateur/demandes").body.decode()
    assert "1 de vos demandes est à décider d’ici 7\u00a0jours" in page and "?due=soon&amp;assignee=me" in page
    assert own in agent.get("/operateur/demandes?due=soon&assignee=me").body.decode()
    assert "vos demandes" not in supervisor.get("/operateur/demandes").body.decode()

    # So do the desk's statistics, to whom they are for.
    figures = supervisor.get("/api/v1/operator/statistics").json
    assert figures["open"] == 4
    assert figures["tables"]["open-by-operator"]["rows"] == [
        {"operator": "camille", "requests": 1, "overdue": 0}, {"operator": None, "requests": 3, "overdue": 1}]
    csv = agent.get("/api/v1/operator/statistics/open.csv")
    assert csv.status == 200 and "received,access,3,1\r\n" in csv.text
    assert Operator(portal, "odile", "editor").get("/api/v1/operator/statistics").status == 403

    # Another process, and another start: nothing is said twice.
    portal.stop()
    portal.start()
    agent.act(own, "noted", note="à voir")
    assert len(mail.to(AGENT)) == len(mail.to(SUPERVISOR)) == len(mail.to(OFFICER)) == 1
