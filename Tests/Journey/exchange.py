"""One HTTP exchange, byte for byte, without a library that would mend what it sends."""

import http.client
import json

from waiting import NotReached


class Answer:
    """What a server answered."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    def cookie(self, name):
        """The value of a cookie that this answer sets: over plain HTTP, `Secure` cookies are carried by hand."""
        for line in self.cookies:
            first = line.split(";")[0]
            if first.startswith(name + "="):
                return first[len(name) + 1 :]
        raise AssertionError(f"no cookie {name} in {self.cookies}")

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


def exchange(host, port, method, target, headers=None, body=None, timeout=90):
    """Sends one request on a connection of its own. Raises `NotReached` where there is no whole answer."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        fields = {"Host": f"{host}:{port}", "Connection": "close", **(headers or {})}
        if body is not None and "Content-Length" not in fields:
            fields["Content-Length"] = str(len(body))
        for name, value in fields.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        if body is not None:
            try:
                connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # Refused before it was read; the answer says why.
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    except (OSError, http.client.HTTPException) as error:
        raise NotReached(f"{method} {target}: {error!r}") from error
    finally:
        connection.close()
