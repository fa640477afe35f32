"""A signed list read without Regard, by what docs/propagation.md says of it."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def key_bytes(path):
    """The 32 bytes of a key file."""
    return base64.b64decode(Path(path).read_text().split(" ")[3])


def pseudonym(key_file, canonical):
    return hmac.new(key_bytes(key_file), canonical.encode(), hashlib.sha256).hexdigest()


def read(path, verifying_key):
    """What the list says of itself, its projects, and its records as (pseudonym, word)."""
    content = Path(path).read_bytes()
    magic, text, signature, rest = content[:4096].split(b"\n", 3)
    assert magic == b"regard-list-v1" and not rest.strip(b"\0")
    Ed25519PublicKey.from_public_bytes(verifying_key).verify(base64.b64decode(signature), magic + b"\n" + text)
    header = json.loads(text)
    body = content[4096:]
    assert hashlib.sha256(body).hexdigest() == header["digest"]
    names, records = body[: header["projectBytes"]], body[header["projectBytes"]:]
    assert len(records) == 36 * header["records"]
    found = [records[at : at + 36] for at in range(0, len(records), 36)]
    assert found == sorted(set(found))
    return header, names.decode().split("\n")[:-1], [
        (record[:32].hex(), int.from_bytes(record[32:], "big")) for record in found]


def block(header, signing_key_file):
    """The first 4096 bytes of a list."""
    signed = b"regard-list-v1\n" + json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    signature = Ed25519PrivateKey.from_private_bytes(key_bytes(signing_key_file)).sign(signed)
    return (signed + b"\n" + base64.b64encode(signature) + b"\n").ljust(4096, b"\0")


def sign_again(path, signing_key_file, **changes):
    """Signs a list anew that says something else of itself."""
    content = Path(path).read_bytes()
    header = {**json.loads(content[:4096].split(b"\n", 3)[1]), **changes}
    Path(path).write_bytes(block(header, signing_key_file) + content[4096:])


def verify_certificate(document, verifying_key):
    """What a certificate says, once its signature has been checked."""
    members = document["certificate"]
    # What certificates hold is written alike by RFC 8785 and by this: text of ASCII and whole numbers.
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    Ed25519PublicKey.from_public_bytes(verifying_key).verify(
        base64.b64decode(document["signature"]), b"regard-certificate-v1\n" + canonical)
    assert base64.b64decode(document["key"]) == verifying_key
    return members
