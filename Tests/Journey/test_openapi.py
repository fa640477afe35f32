"""Every route for machines, asked what the OpenAPI document allows and what it forbids: no answer may be a fault of ours
or one that the document does not know, and nothing that was asked may show somebody else's case."""

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from people import People
from portal import PROJECT, Portal
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

DOCUMENT = json.loads((PROJECT / "public/api/v1/openapi.json").read_text())
EXAMPLES = int(os.environ.get("REGARD_FUZZ_EXAMPLES", "25"))

schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def portal():
    portal = Portal("sqlite").initialise("--demo").start()
    portal.canary = People(count=1)[0]
    portal.filed = portal.file(portal.canary)
    yield portal
    portal.remove()


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=list(HealthCheck))
def test_no_route_fails_or_tells_of_another_case(case, portal):
    answer = case.call(base_url=portal.origin, timeout=20)
    case.validate_response(answer, checks=[not_a_server_error, status_code_conformance, response_schema_conformance])
    text = answer.text
    for word in (portal.canary.birth_name, portal.canary.nir, portal.canary.email, portal.filed["secret"]):
        assert word not in text
