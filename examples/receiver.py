#!/usr/bin/env python3
"""A receiver for a database that is linked as `https://…`: Regard pushes batches here, and each is applied once; it posts tasks here
too, and is told what was answered.

    receiver.py --database clinic --address https://optouts.example/regard --key connector.pub --list optouts.sqlite \\
                --certificate server.pem --certificate-key server.key

`--address` is the address exactly as it was linked: it is part of what Regard signs. Behind a proxy that ends TLS, leave the
certificate out and listen on this machine alone (`--listen 127.0.0.1:8443`).
"""

import argparse
import base64
import hashlib
import json
import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from optouts import OptOuts, OutOfPlace, public_key
from tasks import Tasks

LONGEST = 64 * 1024 * 1024
SIGNED = {"GET": ["@method", "@target-uri"],
          "POST": ["@method", "@target-uri", "content-digest", "content-type", "idempotency-key"]}
INPUT = re.compile(r'regard=(\(([^()]*)\);created=(\d{1,12});keyid="([0-9a-f]{32})";alg="ed25519")')


class Refused(Exception):
    """Who asks, or what was sent, is not to be trusted."""


def verify(method, address, headers, body, key, seconds):
    """Throws `Refused` unless Regard signed this very request, a short while ago (RFC 9421, RFC 9530)."""
    found = INPUT.fullmatch(headers.get("Signature-Input", ""))
    signature = re.fullmatch(r"regard=:([A-Za-z0-9+/=]+):", headers.get("Signature", ""))
    if not found or not signature:
        raise Refused("no signature")
    parameters, names, created, key_id = found.groups()
    if names != " ".join(f'"{name}"' for name in SIGNED[method]):
        raise Refused("not everything is signed")
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    if key_id != hashlib.sha256(raw).hexdigest()[:32]:
        raise Refused("another key")
    if abs(time.time() - int(created)) > seconds:
        raise Refused("too old, or the clocks differ")
    if method == "POST":
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if headers.get("Content-Digest") != f"sha-256=:{digest}:":
            raise Refused("the digest is of another body")
    values = {"@method": method, "@target-uri": address} | {
        name: headers.get(name, "") for name in SIGNED[method] if not name.startswith("@")}
    base = "".join(f'"{name}": {values[name]}\n' for name in SIGNED[method]) + f'"@signature-params": {parameters}'
    try:
        key.verify(base64.b64decode(signature.group(1)), base.encode())
    except (InvalidSignature, ValueError):
        raise Refused("the signature is wrong") from None


def read_batch(body, database):
    """Header and lines of a batch document. Throws `ValueError`."""
    lines = [json.loads(line) for line in body.decode().split("\n") if line]
    header, changes = lines[0], lines[1:]
    if header["format"] != "regard-batch-v1" or header["database"] != database or header["lines"] != len(changes):
        raise ValueError("not a whole batch of this database")
    return header, changes


def exchange_tasks(body, database, path):
    """Takes the tasks that are open, forgets those that have ended, and says what was answered. Throws `ValueError`."""
    lines = [json.loads(line) for line in body.decode().split("\n") if line]
    header, open_tasks = lines[0], lines[1:]
    if header["database"] != database or header["lines"] != len(open_tasks):
        raise ValueError("not whole, or of another database")
    tasks = Tasks(path)
    try:
        tasks.end(header["ended"])
        tasks.take(open_tasks, database)
        return {"format": "regard-task-answers-v1", "database": database, "answers": tasks.answers(database)}
    finally:
        tasks.close()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    # Set by `serve`.
    database = address = key = list_path = None
    seconds = 300
    one_at_a_time = threading.Lock()

    def do_GET(self):
        self.serve(b"")

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,12}", length) or int(length) > LONGEST:
            self.close_connection = True
            return self.answer(413)
        self.serve(self.rfile.read(int(length)))

    def serve(self, body):
        try:
            verify(self.command, self.address, self.headers, body, self.key, self.seconds)
        except Refused as reason:
            return self.answer(401, {"reason": str(reason)})
        with self.one_at_a_time:
            optouts = OptOuts(self.list_path)
            try:
                if self.command == "GET":
                    held = optouts.acknowledgement()
                    return self.answer(200, held) if held else self.answer(404)
                try:
                    if self.headers.get("Idempotency-Key", "").startswith("tasks-"):
                        return self.answer(200, exchange_tasks(body, self.database, self.list_path))
                    self.answer(200, optouts.apply(*read_batch(body, self.database)))
                except OutOfPlace:
                    # It was applied already, or something is missing: Regard decides by where we stand.
                    self.answer(409, optouts.acknowledgement())
                except (ValueError, KeyError, IndexError, TypeError):
                    self.answer(400)
            finally:
                optouts.close()

    def answer(self, status, document=None):
        body = json.dumps(document).encode() if document else b""
        self.send_response(status)
        if document:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def make_server(handler, listen, certificate=None, certificate_key=None):
    """A server that takes a connection a thread."""
    server = ThreadingHTTPServer(listen, handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate_key)
        # Whoever connects and says nothing holds up a thread of its own, and not the door.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def main():
    parser = argparse.ArgumentParser()
    for name in ("--database", "--address", "--key", "--list"):
        parser.add_argument(name, required=True)
    for name in ("--certificate", "--certificate-key", "--listen"):
        parser.add_argument(name)
    parser.add_argument("--seconds", type=int, default=Receiver.seconds, help="how old a request may be")
    options = parser.parse_args()
    Receiver.seconds = options.seconds
    Receiver.database, Receiver.address, Receiver.list_path = options.database, options.address, options.list
    Receiver.key = public_key(options.key)
    parts = urlsplit(options.address)
    host, _, port = (options.listen or f"{parts.hostname}:{parts.port or 443}").rpartition(":")
    make_server(Receiver, (host, int(port)), options.certificate, options.certificate_key).serve_forever()


if __name__ == "__main__":
    main()
