"""Writes mime-structures.json: how Python's email package reads the messages whose sources say no more than "parse".

python3 mime-structures.py CORPORA > mime-structures.json
One line an entity, as describeTree in mime-tree.ts writes it; each difference between the two was looked at.
"""

import csv
import email
import email.policy
import hashlib
import json
import sys


def describe(part):
    kind = part.get_content_type()
    payload = part.get_payload()
    if isinstance(payload, list):
        if kind.startswith("multipart/") or kind in ("message/rfc822", "message/global"):
            return f"{kind}[{', '.join(describe(child) for child in payload)}]"
        # Python opens every message/*; readers of mail open letters.
        return f"{kind} *"
    if kind.startswith("message/"):
        return f"{kind} *"
    octets = part.get_payload(decode=True) or b""
    if kind.startswith("multipart/") and not octets.strip():
        return f"{kind}[]"
    if kind.startswith("text/"):
        octets = octets.replace(b"\r", b"")
    return f"{kind} {len(octets)} {hashlib.sha256(octets).hexdigest()[:12]}"


def is_message(path):
    if path.startswith(("python-email/", "postal-mime/", "mimekit/messages/", "mimekit/partial/")):
        return True
    return path.startswith("mime4j/dom/")


corpora = sys.argv[1]
structures = {}
with open(f"{corpora}/INDEX.tsv", encoding="utf-8", newline="") as index:
    for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["kind"] == "mime" and is_message(row["path"]):
            with open(f"{corpora}/{row['path']}", "rb") as message:
                parsed = email.message_from_binary_file(message, policy=email.policy.compat32)
            structures[row["path"]] = describe(parsed)
json.dump(structures, sys.stdout, indent=2, ensure_ascii=False)
print()
