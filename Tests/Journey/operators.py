"""Operators: an authenticator app in a few lines, and a session whose cookie is carried by hand."""

import base64
import hashlib
import hmac
import json
import struct
import time

from waiting import wait_for

COOKIE = "__Host-operateur"


def one_time_password(secret, step):
    """RFC 6238: SHA-1, 30 seconds, six digits. `secret` is base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Operator:
    """An account made by `regard operator add`, and its session."""

    def __init__(self, portal, name, role):
        self.portal = portal
        self.name = name
        account = json.loads(portal.command("operator", "add", name, "--role", role, "--json"))
        self.password = account["password"]
        self._secret = account["otpSecret"]
        self._used = 0
        self._token = None

    def code(self):
        """A code that was not used before: waits for the next step where need be; the server allows one ahead."""
        def step():
            now = int(time.time()) // 30
            return now if now > self._used else (now + 1 if now + 1 > self._used else None)

        self._used = wait_for("a fresh one-time code", step, seconds=40)
        return one_time_password(self._secret, self._used)

    def sign_in(self):
        answer = self.portal.post("/api/v1/operator/session",
                                  {"name": self.name, "password": self.password, "otp": self.code()})
        assert answer.status == 201, answer
        self._token = answer.cookie(COOKIE)
        return self

    def _headers(self):
        if self._token is None:
            self.sign_in()
        return {"Cookie": f"{COOKIE}={self._token}"}

    def get(self, path):
        return self.portal.get(path, self._headers())

    def post(self, path, body):
        return self.portal.post(path, body, self._headers())

    def put(self, path, body):
        return self.portal.send("PUT", path, {"Content-Type": "application/json", **self._headers()},
                                json.dumps(body).encode())

    def act(self, reference, type, **fields):
        """One event on a case; fails where it is not taken."""
        answer = self.post(f"/api/v1/operator/requests/{reference}/events", {"type": type, **fields})
        assert answer.status == 201, answer
        return answer.json

    def case(self, reference):
        answer = self.get(f"/api/v1/operator/requests/{reference}")
        assert answer.status == 200, answer
        return answer.json

    def seek(self, person, motive="dispute"):
        """The search for the requests of somebody, by their exact identity: its answer."""
        return self.post("/api/v1/operator/people/search", {"motive": motive, "person": {
            "birthName": person.birth_name, "givenNames": " ".join(person.given_names),
            "birthDate": person.birth_date, "sex": person.sex, "nir": person.nir}})

    def finds(self, person, motive="dispute"):
        """The requests that the search finds: by reference, whether each is certainly theirs.

        A request is found once it is indexed, a moment after its filing, and is not erased before.
        """
        answer = self.seek(person, motive)
        assert answer.status == 200, answer
        return {item["reference"]: item["isCertain"] for item in answer.json["items"]}

    def count(self):
        """How many requests there are in all."""
        answer = self.get("/api/v1/operator/requests?limit=1")
        assert answer.status == 200, answer
        return answer.json["total"]

    def databases(self):
        answer = self.get("/api/v1/operator/databases")
        assert answer.status == 200, answer
        return {item["id"]: item for item in answer.json["items"]}


class Custodian(Operator):
    """An account that answers for databases."""

    def __init__(self, portal, name, *databases):
        self.portal, self.name, self._used, self._token = portal, name, 0, None
        options = [word for id in databases for word in ("--linked-database", id)]
        account = json.loads(portal.command("operator", "add", name, "--role", "custodian", *options, "--json"))
        self.password, self._secret = account["password"], account["otpSecret"]
