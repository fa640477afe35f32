#!/usr/bin/env python3
"""For a database that is linked as `pull:`: fetches batches, applies them and acknowledges each; fetches tasks and brings back
what was answered. It opens every connection itself.

    pull.py --portal https://portal.example --database clinic --token-file token --list optouts.sqlite

The token was shown when the database was linked. With `--once` it ends when nothing waits; else it goes on until it is stopped.
"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request

from optouts import OptOuts, OutOfPlace
from tasks import Tasks

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


def tell(feed, token, word):
    """Tells once more what was applied last."""
    try:
        ask(f"{feed}/acknowledgements", token, json.dumps(word).encode())
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
        # It is of an edition that is over.


def fetch(feed, database, token, optouts, wait):
    """Applies what waits, or comes within `wait` seconds; returns how many batches that was."""
    held = optouts.acknowledgement()
    if held:
        # The portal may not have heard it; what comes after would confirm it, and not say what it rejected.
        tell(feed, token, held)
    applied = 0
    place = f"after={held['number']}&edition={held['edition']}" if held else "after=0"
    for header, lines in documents(ask(f"{feed}?{place}&wait={wait}", token)):
        if header["database"] != database or header["format"] != "regard-batch-v1":
            raise ValueError("not a batch of this database")
        word = optouts.apply(header, lines)
        ask(f"{feed}/acknowledgements", token, json.dumps(word).encode())
        applied += 1
    return applied


def exchange_tasks(feed, database, token, tasks):
    """Takes what is asked for single people, and says what was answered; returns how many answers were taken."""
    lines = ask(f"{feed}/tasks", token).decode().split("\n")
    open_tasks = [json.loads(line) for line in lines if line]
    tasks.take(open_tasks, database)
    ids = {task["id"] for task in open_tasks}
    # What is not asked any more has been answered, or withdrawn.
    tasks.end(tasks.ids() - ids)
    taken = 0
    for answer in tasks.answers(database):
        try:
            ask(f"{feed}/tasks/{answer['id']}", token, json.dumps(answer).encode())
        except urllib.error.HTTPError as error:
            # 404 and 409: it has ended meanwhile. 422: the answer can't be read; the others can.
            print(f"pull.py: task {answer['id']}: {error.code} {error.read().decode(errors='replace')[:300]}", file=sys.stderr)
            if error.code not in (404, 409, 422):
                raise
            continue
        tasks.end([answer["id"]])
        taken += 1
    return taken


def main():
    parser = argparse.ArgumentParser()
    for name in ("--portal", "--database", "--token-file", "--list"):
        parser.add_argument(name, required=True)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    with open(options.token_file, encoding="ascii") as file:
        token = file.readline().strip()
    feed = f"{options.portal.rstrip('/')}/api/v1/feeds/{options.database}"
    optouts, tasks = OptOuts(options.list), Tasks(options.list)
    while True:
        try:
            applied = fetch(feed, options.database, token, optouts, 0 if options.once else 55)
            exchange_tasks(feed, options.database, token, tasks)
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
