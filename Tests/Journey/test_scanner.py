"""The scanner at the door: a real clamd, and peers that answer badly or not at all."""

import socket
import threading

import pytest
from clamd import Clamd
from files import EICAR, PDF, Sender, pdf
from people import People

INFECTED = PDF[:9] + b"% " + EICAR + b"\n" + PDF[9:]


@pytest.fixture
def clamd():
    clamd = Clamd()
    yield clamd
    clamd.remove()


def test_a_scanner_looks_at_each_file_and_without_it_none_is_taken(make_portal, clamd):
    clamd.start()
    portal = make_portal("sqlite", environment={"REGARD_CLAMD": clamd.address}).initialise().start()
    sender = Sender(portal, portal.file(People()[0]))
    assert sender.send(("files", "sain.pdf", pdf(3_000_000))).status == 201
    answer = sender.send(("files", "sain.pdf", PDF), ("files", "malade.pdf", INFECTED))
    assert answer.status == 422
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [("/files/1", "file.infected")]
    page = sender.post_page("/suivi/message", ("text", "Gardez ceci."), ("files", "malade.pdf", INFECTED))
    assert page.status == 422 and "L’antivirus a refusé ce fichier." in page.text and "Gardez ceci." in page.text

    clamd.stop()
    answer = sender.send(("files", "sain.pdf", PDF))
    assert answer.status == 503 and answer.json["code"] == "scannerUnavailable" and answer.headers["retry-after"]
    page = sender.post_page("/suivi/message", ("text", "Gardez ceci."), ("files", "sain.pdf", PDF))
    assert page.status == 503 and "Gardez ceci." in page.text and "un peu plus tard" in page.text
    assert sender.post_page("/suivi/message", ("text", "Sans fichier."), ("files", "", b"")).status == 303
    assert [event["type"] for event in sender.view()["timeline"]] == ["filed", "message", "message"]

    clamd.start()
    assert sender.send(("files", "sain.pdf", PDF)).status == 201
    assert "malade" not in portal.log_text() and EICAR.decode() not in portal.log_text()


class Peer:
    """Listens in a scanner's place, reads what is sent to it, and answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self):
        return f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                received = b""
                while not received.endswith(b"\0\0\0\0"):
                    chunk = connection.recv(65_536)
                    if not chunk:
                        break
                    received += chunk
                self.received = received
                connection.sendall(self.answer)


@pytest.mark.parametrize("answer, status", [
    (b"stream: OK\0", 201), (b"stream: Eicar FOUND\0", 422), (b"", 503), (b"stream: OK", 503),
    (b"INSTREAM size limit exceeded. ERROR\0", 503), (b"stream: OK FOUNDRY\0", 503), (b"\xff" * 9000 + b"\0", 503),
])
def test_only_a_clear_verdict_lets_a_file_in(make_portal, answer, status):
    peer = Peer(answer)
    portal = make_portal("sqlite", environment={"REGARD_CLAMD": peer.address}).initialise().start()
    sender = Sender(portal, portal.file(People()[0]))
    assert sender.send(("files", "a.pdf", PDF)).status == status
    assert peer.received == b"zINSTREAM\0" + len(PDF).to_bytes(4, "big") + PDF + b"\0\0\0\0"
    peer.listener.close()


def test_an_address_that_makes_no_sense_stops_the_start(make_portal):
    for address in ("clamd.example", "tcp:127.0.0.1", "tcp::3310", "unix:relative"):
        portal = make_portal("sqlite", environment={"REGARD_CLAMD": address})
        refused = portal.run("serve")
        assert refused.returncode == 2 and "REGARD_CLAMD" in refused.stderr, address
