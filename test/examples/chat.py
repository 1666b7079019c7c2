"""A back end in Python, with nothing but the standard library. It talks for a user, by a service token.

    HILO_URL=http://localhost:8787 HILO_TOKEN=... python3 chat.py ann "What is a thread?"
"""
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("HILO_URL", "http://localhost:8787")
TOKEN = os.environ["HILO_TOKEN"]


def hilo(user, method, path, body=None, tries=5):
    """One request. It may be sent again, because everything in it has an id."""
    headers = {
        "authorization": f"Bearer {TOKEN}",
        "hilo-acting-for": f"user:{user}",
        "content-type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(tries):
        request = urllib.request.Request(URL + path, data, headers, method=method)
        wait = 2**attempt / 5
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503) or attempt == tries - 1:
                raise SystemExit(f"{error.code}: {error.read().decode()}") from None
            wait = float(error.headers.get("retry-after", wait))
        except OSError:
            if attempt == tries - 1:
                raise
        time.sleep(wait)


def message(text):
    return {"id": str(uuid.uuid4()), "role": "user", "content": text}


user, question = sys.argv[1:3]
# The first message and its reply take one call.
first = {"id": str(uuid.uuid4()), "messages": [message(question)], "continue": {}}
begun = hilo(user, "POST", "/api/conversations", first)
print(begun["message"]["content"])
path = f"/api/conversations/{begun['conversation']['id']}"
again = hilo(user, "POST", f"{path}/continue", {"messages": [message("Tell me more.")]})
print(again["message"]["content"])
for one in hilo(user, "GET", f"{path}/messages")["data"]:
    print(one["seq"], one["role"])
