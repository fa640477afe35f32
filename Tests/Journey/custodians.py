"""Custodians' own programs: those of `examples/`, each run as another process."""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading

from portal import PROJECT
from targets import SQLiteTarget

EXAMPLES = PROJECT / "examples"


def make_certificate(folder, name):
    """A certificate for this machine that nobody has signed but itself."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key


def trusting(certificate):
    """The settings of a portal that sends to this machine, where `certificate` answers."""
    return {"REGARD_CONNECTORS_ALLOWED_HOSTS": "127.0.0.1", "REGARD_CONNECTORS_ALLOWED_RANGES": "127.0.0.0/8",
            "REGARD_CONNECTORS_CA": str(certificate)}


def example(name, *arguments, stdin=None):
    return subprocess.run([sys.executable, str(EXAMPLES / name), *map(str, arguments)], input=stdin,
                          capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def program(name, *arguments):
    """An example that goes on until it is stopped."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, str(EXAMPLES / name), *map(str, arguments)], stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def at_intervals(name, *arguments, seconds=1.0):
    """An example that does what there is to do and ends, run again and again, as a timer would."""
    over, failures = threading.Event(), []

    def run():
        while not over.wait(seconds):
            process = example(name, *arguments)
            if process.returncode:
                failures.append(process.stderr)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert failures == []


class KeptList(SQLiteTarget):
    """The list as the examples keep it, whatever brings it."""

    def position(self):
        found = self._read("SELECT document FROM regard_acknowledgement")
        return json.loads(found[0][0])["position"] if found else 0
