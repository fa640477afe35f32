"""The list of opt-outs as its custodian keeps it, in SQLite: what the other examples have in common.

The tables are those that Regard makes where it writes itself, so the queries of docs/propagation.md hold here too.
"""

import base64
import itertools
import json
import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TABLES = """
CREATE TABLE IF NOT EXISTS regard_optout (
    pseudonym BLOB NOT NULL, token BLOB NOT NULL, scope TEXT NOT NULL,
    active INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (token, scope));
CREATE INDEX IF NOT EXISTS regard_optout_pseudonym ON regard_optout (pseudonym);
CREATE VIEW IF NOT EXISTS regard_opted_out AS SELECT DISTINCT pseudonym, scope FROM regard_optout WHERE active = 1;
-- Tokens of an edition before, which this one has not named: their rows stay as they are.
CREATE TABLE IF NOT EXISTS regard_former (token BLOB PRIMARY KEY);
CREATE TABLE IF NOT EXISTS regard_acknowledgement (one INTEGER PRIMARY KEY CHECK (one = 1), document TEXT NOT NULL);
"""


class OutOfPlace(Exception):
    """The batch does not begin where the list stands."""


def public_key(path):
    """The half of Regard's key that verifies, from `connector.pub`."""
    with open(path, encoding="ascii") as file:
        words = file.read().split()
    if len(words) != 4 or words[0] != "regard-key-v1" or words[2] != "ed25519-public":
        raise ValueError(f"{path} is no public key of Regard's")
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(words[3], validate=True))


def canonical(members):
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class OptOuts:
    def __init__(self, path):
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self.connection.executescript(TABLES)

    def close(self):
        self.connection.close()

    def acknowledgement(self):
        """What has been applied last; None before the first batch."""
        row = self.connection.execute("SELECT document FROM regard_acknowledgement").fetchone()
        return json.loads(row[0]) if row else None

    def apply(self, header, lines):
        """Applies a batch whole and once, and returns what is to be acknowledged.

        Effect and position stand in one transaction: whatever is cut off, the batch was applied or was not.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self._require_place(header)
            rejected, left = [], set()
            for position, entry in itertools.groupby(lines, key=lambda line: line["position"]):
                # What the database's own rules refuse holds up nothing else but what follows of the same token.
                entry = [line for line in entry if line["token"] not in left]
                self.connection.execute("SAVEPOINT entry")
                try:
                    for line in entry:
                        self._set(line)
                except sqlite3.IntegrityError as error:
                    self.connection.execute("ROLLBACK TO entry")
                    rejected.append({"position": position, "reason": str(error)[:200]})
                    left.update(line["token"] for line in entry)
                self.connection.execute("RELEASE entry")
            answer = {name: header[name] for name in ("database", "list", "incarnation", "edition", "number")
                      if name in header}
            answer |= {"format": "regard-acknowledgement-v1", "position": header["to"], "rejected": rejected}
            beside = header.get("beside", (self.acknowledgement() or {}).get("beside"))
            if beside is not None:
                answer["beside"] = beside
            self.connection.execute("INSERT OR REPLACE INTO regard_acknowledgement VALUES (1, ?)", [json.dumps(answer)])
            self.connection.execute("COMMIT")
            return answer
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    def _require_place(self, header):
        held = self.acknowledgement() or {"list": header["list"], "incarnation": header["incarnation"], "position": 0,
                                          "edition": 0, "number": 0}
        if "edition" in header and header["edition"] > held.get("edition", 0) and header["number"] == 1:
            # Everything is said again. What is in force stays so until it is: it may be known here alone.
            self.connection.execute("INSERT OR IGNORE INTO regard_former SELECT DISTINCT token FROM regard_optout")
            return
        follows = (held["list"], held["incarnation"], held["position"]) == (
            header["list"], header["incarnation"], header["from"])
        if "edition" in header:
            follows = follows and header["edition"] == held["edition"] and header["number"] == held["number"] + 1
        if "beside" in header:
            # It says once more what was said, and moves nothing: its number tells one that was overtaken.
            follows = follows and header["beside"] > held.get("beside", 0)
        if not follows:
            raise OutOfPlace(f"the batch from {header['from']} does not follow position {held['position']}")

    def _set(self, line):
        """One row for each token and scope; a line of scope * sets every row of its token."""
        token, scope, position = bytes.fromhex(line["token"]), line["scope"], line["position"]
        active = int(line["do"] == "register")
        if self.connection.execute("DELETE FROM regard_former WHERE token = ?", [token]).rowcount:
            # The first line of it in this edition takes the place of all that was said before.
            self.connection.execute("UPDATE regard_optout SET active = 0 WHERE token = ?", [token])
        if scope == "*" and not active:
            self.connection.execute(
                "UPDATE regard_optout SET active = 0, position = ? WHERE token = ?", [position, token])
            return
        if active:
            pseudonym = bytes.fromhex(line["pseudonym"])
        else:
            known = self.connection.execute(
                "SELECT pseudonym FROM regard_optout WHERE token = ? AND scope IN ('*', ?) ORDER BY scope LIMIT 1",
                [token, scope]).fetchone()
            if known is None:
                return
            pseudonym = known[0]
        self.connection.execute(
            "INSERT INTO regard_optout VALUES (?, ?, ?, ?, ?) ON CONFLICT (token, scope) "
            "DO UPDATE SET pseudonym = excluded.pseudonym, active = excluded.active, position = excluded.position",
            [pseudonym, token, scope, active, position])
        if scope == "*":
            self.connection.execute(
                "UPDATE regard_optout SET active = 1, position = ? WHERE token = ?", [position, token])
