#!/usr/bin/env python3
"""Turns identities NIR|YYYYMMDD|sex into a database's pseudonyms: pseudonymise.py KEY-FILE < identities > pseudonyms"""

import base64
import hashlib
import hmac
import re
import sys

with open(sys.argv[1], encoding="ascii") as file:
    form, name, kind, key = file.read().split()
if form != "regard-key-v1" or not name.startswith("database-") or kind != "symmetric":
    sys.exit("This is no database's key.")
for number, line in enumerate(sys.stdin, 1):
    # The first 13 characters of the number, without its key; the date without hyphens; 1 or 2.
    found = re.fullmatch(r"([0-9]{6}[0-9AB][0-9]{6})(?:[0-9]{2})?\|([0-9]{8})\|([12])", line.rstrip("\n").replace("-", ""))
    if not found:
        sys.exit(f"Line {number} is no identity.")
    print(hmac.digest(base64.b64decode(key), "|".join(found.groups()).encode(), hashlib.sha256).hex())
