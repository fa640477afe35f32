"""Objections that were received before the portal, through the command line, beside a running server."""

import csv
import io
import json
import subprocess

import pytest
from operators import Operator
from people import People
from test_journey import carried, states
from traces import Traces
from waiting import wait_for

# How the hub runs makes no difference here.
pytestmark = pytest.mark.parametrize("portal", ["sqlite", "postgresql"], indirect=True)

COLUMNS = ["externalReference", "receivedOn", "birthName", "givenNames", "birthDate", "sex", "nir", "email", "postal"]


def lines(people, received="2023-11-02", delimiter=",", floors=0):
    """The lines of a file, its header first, each with its end. Addresses are long where there are many floors."""
    def line(cells):
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
        return text.getvalue()

    return [line(COLUMNS)] + [
        line([f"OPP-{people.root}-{index}", received, person.birth_name, "|".join(person.given_names),
              person.birth_date, person.sex, person.nir, person.email, person.postal + "\nÉtage" * floors])
        for index, person in enumerate(people)]


def written(folder, content):
    file = folder / "oppositions.csv"
    file.write_bytes("".join(content).encode())
    return str(file)


def imported(portal, *arguments):
    """One import, and its report."""
    report = json.loads(portal.command("import", "objections", *arguments, "--json"))
    return [report[name] for name in ("read", "imported", "alreadyThere")] + [report["refused"]["count"]]


def test_those_who_objected_before_reach_every_database(portal, targets, tmp_path):
    people = People(count=30)
    agent = Operator(portal, "agathe", "agent")
    file = written(tmp_path, lines(people, delimiter=";"))
    assert imported(portal, file, "--dry-run") == [30, 30, 0, 0]
    assert agent.count() == 0, "a dry run writes nothing"
    assert imported(portal, file) == [30, 30, 0, 0]
    assert imported(portal, file) == [30, 0, 30, 0]
    assert imported(portal, file, "--dry-run") == [30, 0, 30, 0]

    carried(portal, targets, 30)
    for name, target in targets.items():
        assert len(target.in_force()) == 30, name
    items = agent.get("/api/v1/operator/requests?limit=100").json["items"]
    assert len(items) == 30
    # The day on which it was received, in Paris.
    assert {item["receivedAt"] for item in items} == {"2023-11-01T23:00:00Z"}
    case = wait_for("an objection is closed",
                    lambda: (seen := agent.case(items[0]["reference"]))["state"] == "closed" and seen, seconds=120)
    assert case["outcome"] == "granted" and case["inForce"] is True and set(states(case).values()) == {"listed"}
    assert [event["type"] for event in case["timeline"]] == ["filed", "granted", "closed"]
    assert case["timeline"][0]["data"] == {"channel": "imported", "identity": "notNeeded"}

    portal.kill()
    assert portal.traces(Traces().of_people(people)) == []


def test_an_import_that_was_cut_off_is_completed_by_another(portal, targets, tmp_path):
    people = People(count=900)
    content = lines(people, floors=60)
    agent = Operator(portal, "aude", "agent")
    # Standard input is read 256 KiB at a time: the first part of the file holds more, and the rest never comes.
    process = subprocess.Popen([portal.program, "import", "objections", "-"], cwd=portal.folder, env=portal.environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process.stdin.write("".join(content[:701]).encode())
    process.stdin.flush()
    taken = wait_for("a batch is there", agent.count)
    assert 0 < taken < 900
    # On SQLite it is the server that imports, on PostgreSQL the command itself.
    portal.kill()
    process.kill()
    said = process.communicate()[0].decode()
    assert people.root not in said
    portal.start()
    assert agent.count() == taken, "a batch is there as a whole"
    assert imported(portal, written(tmp_path, content)) == [900, 900 - taken, taken, 0]
    assert agent.count() == 900
    carried(portal, targets, 900)
    for name, target in targets.items():
        assert len(target.in_force()) == len(target.rows()) == 900, name


def test_refused_lines_are_named_and_the_others_are_taken(portal, tmp_path):
    people = People(count=4)
    content = lines(people)
    content[2] = content[2].replace("2023-11-02", "2099-01-01")
    content[3] = content[3].replace(people[2].nir, people[2].nir13 + "00")
    process = portal.run("import", "objections", written(tmp_path, content))
    assert process.returncode == 1, process
    assert "2 imported, 0 already there, 2 refused" in process.stdout
    assert "line 4: receivedOn: lies in the future" in process.stdout
    assert "line 6: nir: the key does not fit" in process.stdout
    said = process.stdout + process.stderr + portal.log_text()
    assert people.root not in said and people.nir_root not in said

    wrong = portal.run("import", "objections", written(tmp_path, ["receivedOn,birthName,colour\n"]))
    assert wrong.returncode == 1 and "“colour”" in wrong.stderr
    bare = portal.run("import", "objections", written(tmp_path, content[1:]))
    assert bare.returncode == 1 and people.root not in bare.stderr + bare.stdout
    assert "Exit status" in portal.command("import", "--help")
