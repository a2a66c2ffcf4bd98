#!/usr/bin/env python3
"""Get a browser token for one of your shoppers, from your shop's server. Python 3.8 or newer, no packages.

  by app key:        SHOP_URL=http://127.0.0.1:8080 SHOP_KEY=demo-app python3 mint-token.py SHOPPER
  by your own token: SHOP_URL=… SHOP_TENANT=acme SHOP_SIGNING_KEY=private.pem [SHOP_KEY_ID=k1] python3 mint-token.py SHOPPER

The signing key is Ed25519; its public half stands in the tenant's configuration. Python's own library cannot sign with it, so
this asks openssl (with the package "cryptography" it is one line). The key never leaves your server; only what this prints
goes to the browser.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def base64url(b: bytes) -> str:
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def shop_token(tenant: str, shopper: str, key_file: str, kid: str = "k1") -> str:
    """A token of your own that says who the shopper is. It opens one session and lives for five minutes."""
    now = int(time.time())
    parts = (
        {"alg": "EdDSA", "typ": "JWT", "kid": kid},
        {"iss": tenant, "sub": shopper, "aud": "shopkeeper", "iat": now, "exp": now + 300},
    )
    signed = ".".join(base64url(json.dumps(p).encode()) for p in parts)
    with tempfile.NamedTemporaryFile() as f:
        f.write(signed.encode())
        f.flush()
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-inkey", key_file, "-rawin", "-in", f.name],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    return signed + "." + base64url(signature)


def browser_token(url: str, bearer: str, body: dict) -> str:
    request = urllib.request.Request(
        url + "/api/session",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + bearer, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as r:
            return json.load(r)["token"]
    except urllib.error.HTTPError as e:
        problem = json.load(e)
        sys.exit("%s (request %s)" % (problem["detail"], problem["request_id"]))


def main() -> None:
    env = os.environ
    if len(sys.argv) != 2 or "SHOP_URL" not in env or not ("SHOP_KEY" in env or "SHOP_SIGNING_KEY" in env):
        print("usage: SHOP_URL=… SHOP_KEY=… python3 mint-token.py SHOPPER", file=sys.stderr)
        sys.exit(2)
    shopper = sys.argv[1]
    if "SHOP_SIGNING_KEY" in env:
        bearer = shop_token(env["SHOP_TENANT"], shopper, env["SHOP_SIGNING_KEY"], env.get("SHOP_KEY_ID", "k1"))
        print(browser_token(env["SHOP_URL"], bearer, {}))
    else:
        print(browser_token(env["SHOP_URL"], env["SHOP_KEY"], {"user": shopper}))


main()
