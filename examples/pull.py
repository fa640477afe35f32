#!/usr/bin/env python3
"""For a database that is linked as `pull:`: fetches batches, applies them and acknowledges each. It opens every connection itself.

    pull.py --portal https://portal.example --database clinic --token-file token --list optouts.sqlite

The token was shown when the database was linked. With `--once` it ends when nothing waits; else it goes on until it is stopped.
"""

import argparse
import json
import sys
import time
import urllib.request

from optouts import OptOuts, OutOfPlace

SECONDS = 90


def ask(url, token, body=None):
    """The answer's bytes. Redirects are not followed: the token goes to the portal and nowhere else."""
    request = urllib.request.Request(url, data=body, headers={"Authorization": f"Bearer {token}"})
    if body is not None:
        request.add_header("Content-Type", "application/json")

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    with urllib.request.build_opener(NoRedirect).open(request, timeout=SECONDS) as answer:
        return answer.read()


def documents(body):
    """The batches of an answer: each a header and as many lines as that says. Half a batch at the end is left out."""
    lines = [json.loads(line) for line in body.decode().split("\n")[:-1] if line]
    while lines and len(lines) > lines[0]["lines"]:
        count = lines[0]["lines"]
        yield lines[0], lines[1:count + 1]
        lines = lines[count + 1:]


def fetch(feed, database, token, optouts, wait):
    """Applies what waits, or comes within `wait` seconds; returns how many batches that was."""
    held = optouts.acknowledgement()
    applied = 0
    place = f"after={held['number']}&edition={held['edition']}" if held else "after=0"
    for header, lines in documents(ask(f"{feed}?{place}&wait={wait}", token)):
        if header["database"] != database or header["format"] != "regard-batch-v1":
            raise ValueError("not a batch of this database")
        word = optouts.apply(header, lines)
        ask(f"{feed}/acknowledgements", token, json.dumps(word).encode())
        applied += 1
    if not applied and held:
        # Said once more: the portal may not have heard it.
        ask(f"{feed}/acknowledgements", token, json.dumps(held).encode())
    return applied


def main():
    parser = argparse.ArgumentParser()
    for name in ("--portal", "--database", "--token-file", "--list"):
        parser.add_argument(name, required=True)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    with open(options.token_file, encoding="ascii") as file:
        token = file.readline().strip()
    feed = f"{options.portal.rstrip('/')}/api/v1/feeds/{options.database}"
    optouts = OptOuts(options.list)
    while True:
        try:
            applied = fetch(feed, options.database, token, optouts, 0 if options.once else 55)
        except (OSError, ValueError, KeyError, OutOfPlace) as error:
            print(f"pull.py: {error}", file=sys.stderr)
            if options.once:
                sys.exit(1)
            time.sleep(10)
            continue
        if options.once and not applied:
            return


if __name__ == "__main__":
    main()
