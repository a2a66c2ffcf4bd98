#!/usr/bin/env python3
"""Writes Shopkeeper's suggested replies as private notes into Chatwoot's conversations. See docs/chatwoot.md.

Python 3.9 or later, nothing else. Settings come from the environment:

  SHOP_URL, SHOP_KEY            Shopkeeper's address and an app key
  SHOP_WEBHOOK_SECRET           secret of the [[webhooks]] entry that names this program (…/shopkeeper)
  CHATWOOT_URL                  Chatwoot's address
  CHATWOOT_ACCOUNT              number of the account, as in its pages' addresses
  CHATWOOT_TOKEN                access token of a user of it, under whose name the notes stand
  CHATWOOT_WEBHOOK_SECRET       secret of Chatwoot's webhook that names this program (…/chatwoot)
  LISTEN                        address to listen on: 127.0.0.1:8090
  STATE                         file of what is still to be done: chatwoot-adapter.db
  INBOXES                       numbers of the inboxes to suggest for, such as 1,4; empty: all
  RETRY_SECONDS, CHECK_SECONDS  first wait after a failure: 2; wait for Shopkeeper's webhook before asking again: 30
"""
import base64, difflib, hashlib, hmac, json, os, signal, sqlite3, sys, threading, time
import urllib.error, urllib.parse, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY = 1 << 20          # of a webhook
MAX_TEXT = 8000             # characters of a message that Shopkeeper reads
SKEW = 300                  # seconds that a signature holds
TRIES = 30                  # the waits between them grow to five minutes
KEEP = 7 * 24 * 3600        # seconds that it is remembered what was done: nothing is done twice
ALIKE = 0.5                 # how much of a suggestion a reply has to have, to be taken for made of it


def setting(name, default=None):
    value = os.environ.get(name, "").strip() or default
    if value is None:
        sys.exit(f"adapter: {name} is not set; the head of this file says what it is")
    return value


class Gone(Exception):
    """There is nothing to do any more, or trying again would not help; says why."""


class Later(Exception):
    """It is to be tried again; says why."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):  # a token goes to the address that it was set up for
        return None


HTTP = urllib.request.build_opener(NoRedirects)


def call(what, method, url, headers, body=None):
    """The answer's JSON. What may pass is Later, any other failure Gone."""
    data = None if body is None else json.dumps(body).encode()
    req = urllib.request.Request(url, data, {"Content-Type": "application/json", "Accept": "application/json", **headers}, method=method)
    try:
        with HTTP.open(req, timeout=15) as r:
            return json.loads(r.read() or b"null")
    except urllib.error.HTTPError as e:
        try:
            said = json.loads(e.read(4096))
            said = said.get("error", said)
            said = said.get("message", "") if isinstance(said, dict) else str(said)
        except (ValueError, AttributeError):
            said = ""
        problem = f"{what}: {method} {urllib.parse.urlsplit(url).path} answers {e.code} {said[:200]}".strip()
        if e.code in (401, 403, 408, 429) or e.code >= 500:  # a key that is wrong may be mended meanwhile
            raise Later(problem) from None
        raise Gone(problem) from None
    except (OSError, ValueError) as e:
        raise Later(f"{what} does not answer: {getattr(e, 'reason', e)}") from None


class Jobs:
    """What is to be done, each once, kept in a file until it is done."""

    def __init__(self, path):
        self.lock, self.wake = threading.Lock(), threading.Event()
        new = not os.path.exists(path)
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        if new:
            os.chmod(path, 0o600)  # messages of customers stand in it until they are done
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE IF NOT EXISTS jobs (key TEXT PRIMARY KEY, kind TEXT, body TEXT, due REAL, tries INTEGER, done INTEGER, at REAL)")

    def add(self, kind, key, body, wait=0.0):
        now = time.time()
        with self.lock:
            n = self.db.execute("INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, ?, 0, 0, ?)", (f"{kind}:{key}", kind, json.dumps(body), now + wait, now)).rowcount
        self.wake.set()
        return n > 0

    def next(self):
        with self.lock:
            self.db.execute("DELETE FROM jobs WHERE done = 1 AND at < ?", (time.time() - KEEP,))
            return self.db.execute("SELECT key, kind, body, tries FROM jobs WHERE done = 0 AND due <= ? ORDER BY due LIMIT 1", (time.time(),)).fetchone()

    def finish(self, key):
        with self.lock:
            self.db.execute("UPDATE jobs SET done = 1, body = '' WHERE key = ?", (key,))

    def again(self, key, wait):
        with self.lock:
            self.db.execute("UPDATE jobs SET tries = tries + 1, due = ? WHERE key = ?", (time.time() + wait, key))

    def waiting(self):
        with self.lock:
            return self.db.execute("SELECT count(*) FROM jobs WHERE done = 0").fetchone()[0]


WORDS = {
    "en": {"head": "Suggested reply {0} of {1}", "grounded": "grounded", "check": "read it first", "unsure": "unsure", "from": "Sources", "version": "version",
           "plan": "It plans, and has not done: {0}", "back": "the customer gets back {0}", "pays": "the customer pays {0}"},
    "zh": {"head": "建议回复 {0}/{1}", "grounded": "有依据", "check": "请先核对", "unsure": "不确定", "from": "来源", "version": "版本",
           "plan": "计划执行（尚未执行）：{0}", "back": "退给顾客 {0}", "pays": "顾客支付 {0}"},
}


def money(m):
    none, three = "JPY KRW VND CLP ISK UGX XAF XOF XPF PYG RWF KMF GNF DJF BIF VUV".split(), "BHD IQD JOD KWD LYD OMR TND".split()
    decimals = 0 if m["currency"] in none else 3 if m["currency"] in three else 2
    return f"{abs(m['minor']) / 10 ** decimals:.{decimals}f} {m['currency']}"


def note(message, suggestions):
    """The private note: text, how far it is proven, sources and planned action apart, and a mark by which it is found again."""
    parts = []
    for i, x in enumerate(suggestions, 1):
        w = WORDS["zh" if x.get("lang", "").startswith("zh") else "en"]
        part = f"**{w['head'].format(i, len(suggestions))}** · {w.get(x['band'], x['band'])}\n\n{x['text']}"
        if x.get("citations"):
            part += f"\n\n{w['from']}:\n" + "\n".join(
                f"- [{c['n']}] {c['document']} › {c['section']} ({w['version']} {c['version']}): “{c['quote']}”" for c in x["citations"])
        p = x.get("proposal")
        if p:
            plan, delta = p["summary"], p["money_delta"]
            if delta["minor"]:
                plan += " – " + w["back" if delta["minor"] < 0 else "pays"].format(money(delta))
            part += "\n\n" + w["plan"].format(plan)
        parts.append(part)
    return "\n\n---\n\n".join(parts) + "\n\n" + mark(message)


def mark(message):
    return f"`shopkeeper {message}`"


def kind_of(m):  # words in webhooks, numbers in the API
    return {0: "incoming", 1: "outgoing"}.get(m.get("message_type"), m.get("message_type"))


def public(m, kind):
    return kind_of(m) == kind and not m.get("private") and (m.get("content") or "").strip() != ""


class Adapter:
    def __init__(self):
        self.account = setting("CHATWOOT_ACCOUNT")
        self.chatwoot = setting("CHATWOOT_URL").rstrip("/") + "/api/v1/accounts/" + self.account
        self.token = {"api_access_token": setting("CHATWOOT_TOKEN")}
        self.secret = setting("CHATWOOT_WEBHOOK_SECRET").encode()
        self.shop = setting("SHOP_URL").rstrip("/")
        self.key = {"Authorization": "Bearer " + setting("SHOP_KEY")}
        shop_secret = setting("SHOP_WEBHOOK_SECRET")
        self.shop_secret = base64.b64decode(shop_secret[6:]) if shop_secret.startswith("whsec_") else shop_secret.encode()
        self.inboxes = {i.strip() for i in setting("INBOXES", "").split(",") if i.strip()}
        self.retry, self.check_after = float(setting("RETRY_SECONDS", "2")), float(setting("CHECK_SECONDS", "30"))
        self.jobs = Jobs(setting("STATE", "chatwoot-adapter.db"))

    # What comes in: proven to be theirs, written down, answered at once.

    def from_chatwoot(self, headers, body):
        at, said = headers.get("X-Chatwoot-Timestamp", ""), headers.get("X-Chatwoot-Signature", "")
        want = "sha256=" + hmac.new(self.secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not fresh(at) or not hmac.compare_digest(want.encode(), said.encode()):
            return 401, "This is not signed with CHATWOOT_WEBHOOK_SECRET, or more than five minutes old."
        m = json.loads(body)
        if m.get("event") != "message_created" or str((m.get("account") or {}).get("id")) != self.account or m.get("private"):
            return 200, "not for us"
        c = m.get("conversation") or {}
        if self.inboxes and str((m.get("inbox") or {}).get("id", c.get("inbox_id"))) not in self.inboxes:
            return 200, "not for us"
        job = {"conversation": int(c["id"]), "message": int(m["id"])}
        if public(m, "incoming"):
            inbox, sender = c.get("contact_inbox") or {}, (c.get("meta") or {}).get("sender") or {}
            if inbox.get("hmac_verified") and sender.get("identifier"):  # anything else a visitor may have made up
                job["user"] = str(sender["identifier"])
            new = self.jobs.add("ask", f"{job['conversation']}:{job['message']}", job)
        elif public(m, "outgoing") and (m.get("sender") or {}).get("type") == "user":
            new = self.jobs.add("sent", f"{job['conversation']}:{job['message']}", {**job, "text": m["content"][:MAX_TEXT]})
        else:
            return 200, "not for us"
        return 200, "taken" if new else "known already"

    def from_shopkeeper(self, headers, body):
        id, at = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
        mac = hmac.new(self.shop_secret, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        want = b"v1," + base64.b64encode(mac)
        if not fresh(at) or not any(hmac.compare_digest(want, s.encode()) for s in headers.get("Webhook-Signature", "").split()):
            return 401, "This is not signed with SHOP_WEBHOOK_SECRET, or more than five minutes old."
        m = json.loads(body)
        prefix = f"chatwoot-{self.account}-"
        if m.get("type") != "suggestions.ready" or not m["data"]["conversation"].startswith(prefix):
            return 200, "not for us"
        d = m["data"]
        self.write(int(d["conversation"][len(prefix):]), int(d["message"]), d["suggestions"])
        return 200, "taken"

    def write(self, conversation, message, suggestions):
        if suggestions:
            self.jobs.add("note", f"{conversation}:{message}", {"conversation": conversation, "message": message, "suggestions": suggestions})

    # What is done with it.

    def messages(self, conversation, which=""):
        got = call("Chatwoot", "GET", f"{self.chatwoot}/conversations/{conversation}/messages{which}", self.token)
        return sorted(got["payload"], key=lambda m: m["id"])

    def ours(self, conversation):
        return f"chatwoot-{self.account}-{conversation}"

    def overtaken(self, after):
        if any(public(m, "incoming") for m in after):
            raise Gone("the customer wrote again")
        if any(public(m, "outgoing") for m in after):
            raise Gone("somebody answered")

    def ask(self, job):
        all = self.messages(job["conversation"])
        self.overtaken([m for m in all if m["id"] > job["message"]])
        told = [{"role": "customer" if kind_of(m) == "incoming" else "agent", "text": m["content"][:MAX_TEXT]}
                for m in all if m["id"] <= job["message"] and (public(m, "incoming") or public(m, "outgoing"))]
        if not told or told[-1]["role"] != "customer":
            raise Gone("the message is not there any more")
        body = {"conversation": self.ours(job["conversation"]), "message": str(job["message"]), "webhook": True, "messages": told[-100:]}
        if "user" in job:
            body["user"] = job["user"]
        call("Shopkeeper", "POST", self.shop + "/api/suggestions", self.key, body)
        self.jobs.add("check", f"{job['conversation']}:{job['message']}", job, self.check_after)

    def suggestions(self, conversation, message):
        query = urllib.parse.urlencode({"conversation": self.ours(conversation), "message": message})
        return call("Shopkeeper", "GET", self.shop + "/api/suggestions?" + query, self.key)["suggestions"]

    def check(self, job):
        """The webhook may have been lost, or Shopkeeper ended in the middle of its work."""
        made = self.suggestions(job["conversation"], job["message"])
        if not made:
            self.ask(job)
            raise Later("Shopkeeper has no suggestions yet")
        self.write(job["conversation"], job["message"], made)

    def note(self, job):
        after = self.messages(job["conversation"], f"?after={job['message']}")
        if any(m.get("private") and mark(job["message"]) in (m.get("content") or "") for m in after):
            raise Gone("it is written already")
        self.overtaken([m for m in after if m["id"] > job["message"]])
        call("Chatwoot", "POST", f"{self.chatwoot}/conversations/{job['conversation']}/messages", self.token,
             {"content": note(job["message"], job["suggestions"]), "message_type": "outgoing", "private": True})
        for x in job["suggestions"]:
            self.jobs.add("shown", x["id"], {"id": x["id"]})

    def shown(self, job):
        call("Shopkeeper", "POST", f"{self.shop}/api/suggestions/{urllib.parse.quote(job['id'])}/shown", self.key)

    def sent(self, job):
        """Of what was suggested for the customer's last message, the reply is made of what it has most of."""
        before = [m for m in self.messages(job["conversation"], f"?before={job['message']}") if public(m, "incoming")]
        if not before:
            return
        usable = [x for x in self.suggestions(job["conversation"], before[-1]["id"]) if x["state"] in ("generated", "shown", "inserted")]
        alike, x = max(((difflib.SequenceMatcher(None, x["text"], job["text"], False).ratio(), x) for x in usable), key=lambda p: p[0], default=(0, None))
        if alike >= ALIKE:
            call("Shopkeeper", "POST", f"{self.shop}/api/suggestions/{urllib.parse.quote(x['id'])}/sent", self.key, {"text": job["text"]})

    def work(self, stopped):
        while not stopped.is_set():
            self.jobs.wake.clear()
            found = self.jobs.next()
            if not found:
                self.jobs.wake.wait(min(1.0, self.retry))
                continue
            key, kind, body, tries = found
            try:
                getattr(self, kind)(json.loads(body))
            except Gone as e:
                log(f"{key}: left, {e}")
            except Exception as e:  # an answer that has not the form it should have, too
                wait = min(300, self.retry * 2 ** min(tries, 20))
                if tries + 1 < TRIES:
                    log(f"{key}: {e if isinstance(e, Later) else repr(e)}; again in {wait:g} s")
                    self.jobs.again(key, wait)
                    continue
                log(f"{key}: given up after {TRIES} tries: {e}")
            self.jobs.finish(key)


def fresh(at):
    return at.isdigit() and len(at) < 12 and abs(time.time() - int(at)) <= SKEW


def log(line):
    print(time.strftime("%Y-%m-%dT%H:%M:%S"), line, file=sys.stderr, flush=True)


def handler(adapter):
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def answer(self, code, said):
            body = json.dumps(said if isinstance(said, dict) else {"message": said}).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            if self.path == "/health":
                return self.answer(200, {"waiting": adapter.jobs.waiting()})
            self.answer(404, "There are POST /chatwoot, POST /shopkeeper and GET /health.")

        def do_POST(self):
            take = {"/chatwoot": adapter.from_chatwoot, "/shopkeeper": adapter.from_shopkeeper}.get(self.path)
            length = self.headers.get("Content-Length", "")
            if not take:
                return self.answer(404, "There are POST /chatwoot, POST /shopkeeper and GET /health.")
            if not length.isdigit() or int(length) > MAX_BODY:
                self.close_connection = True
                return self.answer(413, "The body's length is missing, or above 1 MB.")
            try:
                self.answer(*take(self.headers, self.rfile.read(int(length))))
            except (ValueError, KeyError, TypeError, AttributeError):
                self.answer(400, "This is no such webhook.")

        def log_message(self, *args):  # addresses of customers are nobody's business
            pass

    return Handler


def main():
    adapter = Adapter()
    host, _, port = setting("LISTEN", "127.0.0.1:8090").rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), handler(adapter))
    stopped = threading.Event()
    worker = threading.Thread(target=adapter.work, args=(stopped,))
    worker.start()
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: threading.Thread(target=server.shutdown).start())
    log(f"listening on http://{host}:{server.server_port}")
    server.serve_forever()
    stopped.set()
    adapter.jobs.wake.set()
    worker.join()  # what it is at is finished; the rest waits in the file


if __name__ == "__main__":
    main()
