"""A mail server of the test's own, which takes mail over STARTTLS and AUTH alone, and fails as it is told to."""

import contextlib
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from portal import free_port

USER, PASSWORD = "regard", "un mot de passe d’envoi".replace("’", "-")
SENDER, REPLIES = "ne-pas-repondre@institut.example", "contact@institut.example"


def certificate(folder, name="localhost"):
    """A certificate that signs itself; paths of its file and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()))
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


class MailServer:
    """Keeps each message with its envelope.

    - refusals: what RCPT TO is answered, by address.
    - on_data: called with each message before it is answered for; what it returns is the answer.
    """

    def __init__(self, folder):
        self.port = free_port()
        self.messages = []
        self.refusals = {}
        self.on_data = None
        self.attempts = 0
        self.greetings = []
        self.certificate, key = certificate(folder)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(self.certificate, key)
        self._controller = None
        self._lock = threading.Lock()

    def start(self):
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=self._tls, require_starttls=True,
            auth_required=True, authenticator=self._authenticate)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _authenticate(self, server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right and session.ssl is not None, handled=False)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.attempts += 1
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        with self._lock:
            self.messages.append((envelope, message))
        if self.on_data:
            answer = self.on_data(message)
            if hasattr(answer, "__await__"):
                answer = await answer
            if answer:
                return answer
        return "250 2.0.0 taken"

    def to(self, address):
        """The messages for one address, in order."""
        with self._lock:
            return [message for envelope, message in self.messages if envelope.rcpt_tos == [address]]

    def recipients(self):
        """Whoever got a message."""
        with self._lock:
            return {envelope.rcpt_tos[0] for envelope, _ in self.messages}

    def environment(self, folder):
        """What a portal needs to send through this server."""
        password = folder / "smtp-password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        return {
            "REGARD_SMTP_SERVER": f"smtp://localhost:{self.port}", "REGARD_SMTP_USER": USER,
            "REGARD_SMTP_PASSWORD_FILE": str(password), "REGARD_SMTP_CA": str(self.certificate),
            "REGARD_SMTP_FROM": SENDER, "REGARD_SMTP_REPLY_TO": REPLIES, "REGARD_NOTICES_SECONDS": "0",
        }


@contextlib.contextmanager
def mail_server(folder):
    server = MailServer(folder).start()
    try:
        yield server
    finally:
        server.stop()
