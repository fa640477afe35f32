"""Files to send, and how: small ones that are whole, bombs, and multipart bodies written byte by byte."""

import struct
import zlib

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000040102ffc000050800 01ffda00031212ff0034ffd9".replace(" ", ""))
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 10 * 1024 * 1024


def png(width=1, height=1, data=None, text=None):
    """A PNG of that size, all of one colour; with a comment, as it stands, where `text` is given."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    if data is None:
        data = zlib.compress(b"\0" * ((width // 8 + 2) * height), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
            + (chunk(b"tEXt", b"Comment\0" + text) if text else b"") + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def png_bomb():
    """60,000 times 60,000 dots: 450 MB once it is decoded, under half a megabyte as it is sent."""
    squeezed, rows = zlib.compressobj(9), b"\0" * (60_000 // 8 + 1)
    data = b"".join(squeezed.compress(rows) for _ in range(60_000)) + squeezed.flush()
    return png(60_000, 60_000, data)


def pdf_bomb():
    """A stream that is compressed three times over: 1 GB at the end."""
    content = b"\0" * 1024 * 1024
    squeezed = zlib.compressobj(9)
    stream = b"".join(squeezed.compress(content) for _ in range(1024)) + squeezed.flush()
    for _ in range(2):
        stream = zlib.compress(stream, 9)
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode /FlateDecode] >>" % len(stream)
    return PDF.replace(b"<<>>", head + b"\nstream\n" + stream + b"\nendstream", 1)


def pdf(size, filling=b"x"):
    """A whole PDF of exactly that size."""
    comment = (b"%" + filling * size)[: size - len(PDF) - 1] + b"\n"
    return PDF[:9] + comment + PDF[9:]


def multipart(*parts, boundary="d1e5f0"):
    """A body and its content type. Each part is (name, text) or (name, file name, bytes)."""
    body = b""
    for name, *rest in parts:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if len(rest) == 2:
            file_name = rest[0] if isinstance(rest[0], bytes) else rest[0].encode()
            body += b'; filename="' + file_name + b'"\r\nContent-Type: application/octet-stream'
        content = rest[-1]
        body += b"\r\n\r\n" + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Sender:
    """The citizen of one filing, by the API and by the pages."""

    def __init__(self, portal, filed):
        self.portal = portal
        self.path = f"/api/v1/requests/{filed['reference']}"
        self.bearer = {"Authorization": f"Bearer {filed['secret']}"}
        self.filed = filed
        self._cookie = None

    def send(self, *parts, to="attachments"):
        body, kind = multipart(*parts)
        return self.portal.send("POST", f"{self.path}/{to}", {**self.bearer, "Content-Type": kind}, body)

    def fetch(self, n):
        return self.portal.get(f"{self.path}/attachments/{n}", self.bearer)

    def view(self):
        return self.portal.follow(self.filed)

    # By the pages

    def headers(self):
        if self._cookie is None:
            answer = self.portal.post_form(
                "/suivi", f"reference={self.filed['reference']}&secret={self.filed['secret']}")
            assert answer.status == 303, answer
            self._cookie = answer.cookie("__Host-suivi")
        return {"Cookie": f"__Host-suivi={self._cookie}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}

    def post_page(self, path, *parts):
        body, kind = multipart(*parts)
        return self.portal.send("POST", path, {**self.headers(), "Content-Type": kind}, body)

    def page(self, path="/suivi"):
        return self.portal.get(path, self.headers())
