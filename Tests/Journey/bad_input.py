"""What people, programs and attackers send by mistake or on purpose, and what each gets for it."""

import json
from dataclasses import dataclass, field

from people import People

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUESTS = "/api/v1/requests"
OPERATOR = "/api/v1/operator/requests"
SESSION = "/api/v1/operator/session"


@dataclass(frozen=True)
class Scenario:
    """One exchange. `target`, headers and texts may hold {names} of what the house knows: see `House` in the tests.

    - signed: the operator whose session is sent.
    - has, lacks: what the answer's body must and must not contain.
    - fields: pointer → code of each field at fault, whole.
    - carries: headers that the answer must have.
    - page: the address is a page, and so is its answer.
    """

    name: str
    method: str
    target: str
    status: int
    code: str
    headers: dict = field(default_factory=dict)
    body: bytes | None = None
    signed: str | None = None
    has: tuple = ()
    lacks: tuple = ()
    fields: dict | None = None
    carries: dict = field(default_factory=dict)
    page: bool = False


def filing(change):
    """A filing as it should be, but for what `change` does to it."""
    body = json.loads(People()[0].filing())
    change(body)
    return json.dumps(body, ensure_ascii=False).encode()


def subject(**changes):
    return filing(lambda body: body["subject"].update(changes))


def refused_filing(name, body, **fields):
    """A filing whose fields are refused, with their pointers (`__` for `/`) and codes."""
    return Scenario(name, "POST", REQUESTS, 422, "invalid", JSON, body,
                    fields={"/" + pointer.replace("__", "/"): code for pointer, code in fields.items()})


def act(name, status, code, signed, reference="{reference}", fields=None, has=(), **body):
    return Scenario(name, "POST", f"{OPERATOR}/{reference}/events", status, code, JSON, json.dumps(body).encode(),
                    signed=signed, fields=fields, has=has)


REFUSAL = {"type": "refused", "grounds": "legalClaims", "reasons": "r", "complaint": "c", "judicialRemedy": "j"}

FILINGS = [
    refused_filing("an unknown field", filing(lambda body: body.update(nickname="Zo")), nickname="unknownField"),
    refused_filing("an unknown field of the subject", subject(nickname="Zo"), subject__nickname="unknownField"),
    refused_filing("a list where a text belongs", subject(birthName=["Zo"]), subject__birthName="wrongType"),
    refused_filing("a text where a list belongs", subject(givenNames="Zo"), subject__givenNames="wrongType"),
    refused_filing("a number as a given name", subject(givenNames=["Zo", 7]), subject__givenNames__1="wrongType"),
    refused_filing("a NIR whose key does not fit", subject(nir="185057800608492"), subject__nir="nir.key"),
    refused_filing("a NIR that is too short", subject(nir="1850578006084"), subject__nir="nir.length"),
    refused_filing("a NIR with letters", subject(nir="18505780060849X"), subject__nir="nir.characters"),
    refused_filing("a date that does not exist", subject(birthDate="2023-02-30"), subject__birthDate="date"),
    refused_filing("a date to come", subject(birthDate="2999-01-01"), subject__birthDate="date.future"),
    refused_filing("a sex that the register does not know", subject(sex="X"), subject__sex="notOneOf"),
    refused_filing("a blank name", subject(birthName="  "), subject__birthName="required"),
    refused_filing("a name with a line end", subject(birthName="Zo\nZo"), subject__birthName="controlCharacter"),
    refused_filing("a correction that does not say of what", filing(lambda body: body.update(right="rectification")),
                   details="required"),
    refused_filing("an agent without a name", filing(lambda body: body.update(capacity="authorisedAgent")),
                   requester="required"),
    refused_filing("a parent for someone of age",
                   filing(lambda body: body.update(capacity="parentalAuthorityHolder", requester={"name": "Zo"})),
                   capacity="capacity.ofAge"),
    refused_filing("a number of the other sex", subject(sex="M"), subject__nirHolder="nir.holder"),
    refused_filing("two faults, both told", subject(sex="X", birthDate="hier"),
                   subject__birthDate="date", subject__sex="notOneOf"),
    refused_filing("no subject", filing(lambda body: body.pop("subject")), subject="required"),
    refused_filing("a message over 5,000 characters", filing(lambda body: body.update(message="x" * 5001)),
                   message="tooLong"),
    Scenario("broken JSON", "POST", REQUESTS, 400, "json", JSON, b'{"right": "objection",', lacks=("objection",)),
    Scenario("an empty body", "POST", REQUESTS, 400, "json", JSON, b""),
    Scenario("a key twice", "POST", REQUESTS, 400, "json", JSON, b'{"right": 1, "right": 2}'),
    Scenario("broken UTF-8", "POST", REQUESTS, 400, "json", JSON, b'{"right": "\xff\xfe"}'),
    Scenario("JSON nested too deep", "POST", REQUESTS, 400, "json", JSON, b"[" * 200 + b"]" * 200),
    Scenario("a body over the limit", "POST", REQUESTS, 413, "bodyTooLarge", JSON, b" " * (2 << 20)),
    Scenario("another media type", "POST", REQUESTS, 415, "unsupportedMediaType",
             {"Content-Type": "application/xml", "Sec-Fetch-Site": "same-origin"}, b"<right/>"),
    Scenario("a compressed body", "POST", REQUESTS, 415, "unsupportedEncoding",
             {**JSON, "Content-Encoding": "gzip"}, b"\x1f\x8b"),
    Scenario("an idempotency key that can be guessed", "POST", REQUESTS, 422, "idempotencyKey",
             {**JSON, "Idempotency-Key": "1234"}, People()[0].filing()),
    Scenario("an idempotency key used for another filing", "POST", REQUESTS, 422, "idempotencyKeyReused",
             {**JSON, "Idempotency-Key": "{key}"}, People()[0].filing()),
]

FOLLOWING = [
    Scenario("a wrong secret", "GET", REQUESTS + "/{reference}", 404, "notFound",
             {"Authorization": "Bearer {other_secret}"}, lacks=("{reference}",)),
    Scenario("an unknown reference", "GET", REQUESTS + "/R-2026-ZZZZZ9", 404, "notFound",
             {"Authorization": "Bearer {other_secret}"}),
    Scenario("a reference that can be none of ours", "GET", REQUESTS + "/nonsense", 404, "notFound",
             {"Authorization": "Bearer {other_secret}"}),
    Scenario("a mistyped secret", "GET", REQUESTS + "/{reference}", 422, "secret.mistyped",
             {"Authorization": "Bearer {mistyped_secret}"}, lacks=("{mistyped_secret}",)),
    Scenario("no secret", "GET", REQUESTS + "/{reference}", 401, "secretMissing",
             carries={"www-authenticate": "Bearer"}),
    Scenario("a withdrawal with a wrong secret", "POST", REQUESTS + "/{reference}/withdrawal", 404, "notFound",
             {**JSON, "Authorization": "Bearer {other_secret}"}, b"{}"),
    Scenario("a withdrawal with an unknown field", "POST", REQUESTS + "/{reference}/withdrawal", 422, "invalid",
             {**JSON, "Authorization": "Bearer {secret}"}, b'{"why": "x"}', fields={"/why": "unknownField"}),
]

OPERATORS = [
    Scenario("the queue without a session", "GET", OPERATOR, 401, "signIn"),
    Scenario("a case with a made-up session", "GET", OPERATOR + "/{reference}", 401, "signIn",
             {"Cookie": "__Host-operateur=" + "A" * 43}, lacks=("{reference}",)),
    Scenario("signing in with a name that does not exist", "POST", SESSION, 401, "signIn", JSON,
             b'{"name": "nobody", "password": "not a password", "otp": "000000"}', lacks=("nobody",)),
    Scenario("signing in without a code", "POST", SESSION, 422, "invalid", JSON,
             b'{"name": "nobody", "password": "x"}', fields={"/otp": "required"}),
    act("an agent who refuses", 403, "forbidden", "agent", **REFUSAL),
    act("an auditor who notes", 403, "forbidden", "auditor", type="noted", note="x"),
    Scenario("an auditor who opens an identity", "POST", OPERATOR + "/{reference}/identity", 403, "forbidden", JSON,
             b'{"motive": "identityCheck"}', signed="auditor", lacks=("birthName",)),
    Scenario("opening an identity without a motive", "POST", OPERATOR + "/{reference}/identity", 422, "invalid", JSON,
             b"{}", signed="agent", fields={"/motive": "required"}, lacks=("birthName",)),
    act("granting to a stranger", 422, "identityNotVerified", "agent", type="granted",
        reference="{taken_reference}"),
    act("a second grant", 409, "alreadyDecided", "agent", type="granted", reference="{granted_reference}"),
    act("an act on what has changed meanwhile", 409, "outdated", "agent", type="noted", note="x", after=0),
    act("a refusal without its remedies", 422, "invalid", "supervisor", type="refused", grounds="unfounded",
        reasons="r", fields={"/complaint": "required", "/judicialRemedy": "required"}),
    act("a refusal on grounds that the law does not know for this right", 422, "invalid", "supervisor",
        **{**REFUSAL, "grounds": "erasureException"}, fields={"/grounds": "notOneOf"}),
    act("an event that operators do not write", 422, "invalid", "agent", type="filed", fields={"/type": "notOneOf"}),
    act("an act on a request that does not exist", 404, "notFound", "agent", type="noted", note="x",
        reference="R-2026-ZZZZZ9"),
    Scenario("a filter that does not exist", "GET", OPERATOR + "?colour=red", 400, "unknownParameter",
             signed="agent"),
    Scenario("a state that does not exist", "GET", OPERATOR + "?state=asleep", 400, "badParameter", signed="agent"),
    Scenario("a cursor that was never ours", "GET", OPERATOR + "?cursor=AAAA", 400, "cursor", signed="agent"),
]

REGISTER = [
    Scenario("a cursor that was never ours in the register", "GET", "/api/v1/projects?cursor=AAAA", 400, "cursor"),
    Scenario("a cursor of another list", "GET", "/api/v1/projects?status=active&cursor={cursor}", 400, "cursor"),
    Scenario("a page of none", "GET", "/api/v1/projects?limit=0", 400, "badParameter"),
    Scenario("a page of a thousand and one", "GET", "/api/v1/projects?limit=1001", 400, "badParameter"),
    Scenario("an unknown status", "GET", "/api/v1/projects?status=secret", 400, "badParameter"),
    Scenario("a filter that was misspelt", "GET", "/api/v1/projects?satus=active", 400, "unknownParameter"),
    Scenario("a project that does not exist", "GET", "/api/v1/projects/NOWHERE", 404, "notFound"),
    Scenario("a version that does not exist", "GET", "/api/v1/projects/UN/versions/99", 404, "notFound"),
    Scenario("a broken percent sign", "GET", "/api/v1/projects?q=%zz", 400, "malformedForm"),
]

EDGE = [
    Scenario("an address that leads nowhere", "GET", "/api/v1/nowhere", 404, "notFound"),
    Scenario("a method that the address does not take", "DELETE", "/api/v1/projects", 405, "methodNotAllowed",
             JSON, carries={"allow": "GET, HEAD, OPTIONS"}),
    Scenario("a method that filing does not take", "PUT", REQUESTS, 405, "methodNotAllowed", JSON, b"{}"),
    Scenario("a foreign host", "GET", "/api/v1/projects", 421, "hostUnknown", {"Host": "elsewhere.example"}),
    Scenario("no host", "GET", "/api/v1/projects", 400, "hostMissing", {"Host": None}),
    Scenario("a URI over 8 KB", "GET", "/api/v1/projects/" + "x" * 9000, 414, "targetTooLong"),
    Scenario("10 KB of words", "GET", "/api/v1/projects?q=" + "word%20" * 1463, 400, "badParameter"),
    Scenario("10 KB of words on a page", "GET", "/projets?q=" + "mot+" * 2560, 400, "badParameter"),
    Scenario("headers over 16 KB", "GET", "/api/v1/projects", 431, "headersTooLarge", {"X-Much": "x" * 17000}),
    Scenario("a form from nowhere", "POST", "/droits/exercer", 403, "crossOrigin", FORM, b"step=check", page=True),
    Scenario("a form from another site", "POST", "/droits/exercer", 403, "crossOrigin",
             {**FORM, "Sec-Fetch-Site": "cross-site"}, b"step=file", page=True),
    Scenario("a form from a sister site", "POST", "/droits/exercer", 403, "crossOrigin",
             {**FORM, "Sec-Fetch-Site": "same-site"}, b"step=file", page=True),
    Scenario("a form with another origin", "POST", "/droits/exercer", 403, "crossOrigin",
             {**FORM, "Origin": "https://elsewhere.example"}, b"step=file", page=True),
    Scenario("JSON from another site", "POST", REQUESTS, 403, "crossOrigin",
             {**JSON, "Sec-Fetch-Site": "cross-site"}, People()[0].filing()),
    Scenario("JSON dressed as text, as a page of another site can send it", "POST", REQUESTS, 403, "crossOrigin",
             {"Content-Type": "text/plain"}, People()[0].filing()),
]

SCENARIOS = FILINGS + FOLLOWING + OPERATORS + REGISTER + EDGE
