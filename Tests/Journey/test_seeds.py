"""The demonstration's records do not contradict themselves: what a project's status says, its dates, decisions, results and
releases say too."""

import json
from pathlib import Path

import pytest

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
STOPPED = ("refused", "withdrawn")
ALLOWED = ("authorised", "active", "completed")
# The body whose decision each step tells of.
DECISIONS = {"cesreesOpinion": "CESREES", "cnilAuthorisation": "CNIL"}
ORDER = ["submitted", "complete", "committeeOpinion", "cesreesOpinion", "cnilAuthorisation", "started", "delivery", "completed"]


def records(name):
    return [json.loads(line) for line in (SEEDS / f"{name}.jsonl").read_text().splitlines()]


def contradictions(project, releases, is_last):
    """What is wrong with one version of a project, in words; the releases count for the last one."""
    status, start, end = project.get("status"), project.get("startsOn"), project.get("endsOn")
    steps = {step["step"]: step.get("date") for step in project.get("timeline", [])}
    decisions = project.get("authorisations", [])
    results = project.get("results", [])
    applies = (project.get("objection") or {}).get("applies")
    order = [steps[step] for step in ORDER if steps.get(step)]
    if order != sorted(order):
        yield "its steps are not in their order"
    if start and end and start > end:
        yield "it ends before it begins"
    if steps.get("started", start) != start:
        yield "two beginnings"
    if steps.get("completed", end) != end:
        yield "two ends"
    if status in STOPPED and (results or start or {"started", "delivery"} & set(steps)):
        yield "what is not taking place has begun"
    if status in ("submitted", "underReview", "authorised") and {"started", "delivery", "completed"} & set(steps):
        yield "what has not begun has begun"
    if status == "completed" and "completed" not in steps:
        yield "what is over has no end"
    if status in ALLOWED and any(decision.get("outcome") in ("refused", "unfavourable") for decision in decisions):
        yield "what is allowed was refused"
    if status in ALLOWED and project.get("procedure") in ("standard", "simplified") and not decisions:
        yield "what is allowed has no decision"
    for step, body in DECISIONS.items():
        if step in steps and not any(one["body"] == body and one["date"] == steps[step] for one in decisions):
            yield f"{step} without its decision"
    for decision in decisions:
        if decision["date"] not in steps.values():
            yield f"the decision of {decision['body']} is no step"
    if any(start and result.get("date", start) < start for result in results):
        yield "results before the beginning"
    if project.get("sensitivity") in ("anonymous", "aggregated") and applies:
        yield "an objection to what names nobody"
    if not is_last:
        return
    if bool(releases) != ("delivery" in steps):
        yield "releases and the step of delivery do not go together"
    for release in releases:
        if status in STOPPED:
            yield "a release to what is not taking place"
        if release["dataset"] not in project["datasets"]:
            yield f"{release['id']} is of a dataset that it does not use"
        if (start and release["releasedOn"] < start) or (status == "completed" and release["releasedOn"] > end):
            yield f"{release['id']} is outside its time"
        if release["sensitivity"] != project["sensitivity"]:
            yield f"{release['id']} is of other data"
        if applies and not release["optOutsApplied"]:
            yield f"{release['id']} did not apply objections"


def test_no_seed_contradicts_itself():
    # The first is a real project, of which the register knows little.
    projects = [project for project in records("projects") if project["reference"] != "DEMO-P-001"]
    last = {project["reference"]: place for place, project in enumerate(projects)}
    releases = {}
    for release in records("releases"):
        releases.setdefault(release["project"], []).append(release)
    found = {
        (project["reference"], project["sourceVersion"]): said for place, project in enumerate(projects)
        if (said := list(contradictions(
            project, releases.get(project["reference"], []), last[project["reference"]] == place)))}
    assert found == {}


@pytest.mark.parametrize("wrong, said", [
    ({"status": "refused"}, "what is not taking place has begun"),
    ({"endsOn": "2000-01-01"}, "it ends before it begins"),
    ({"authorisations": []}, "what is allowed has no decision"),
])
def test_a_contradiction_is_found(wrong, said):
    project = next(one for one in records("projects") if one["reference"] == "DEMO-P-002")
    assert said in list(contradictions({**project, **wrong}, [], is_last=False))
