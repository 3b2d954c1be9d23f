"""publish_http.py BASE_URL KEY.pem FILE.ndjson: sends a department's CloudEvents, one a line, in signed batches
and prints every answer. What is not answered is sent again: Mohor knows an event by its source and id, and acts once.
Exit code: 0 all accepted, 1 some refused, 2 some not answered (then run it again with the same file)."""
import argparse, base64, collections, hashlib, http.client, itertools, json, sys, time, urllib.parse, urllib.request
from cryptography.hazmat.primitives.serialization import load_pem_private_key

class EveryStatusIsAnAnswer(urllib.request.HTTPErrorProcessor):
    http_response = https_response = lambda self, call, answer: answer

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def signature(method, path, body):  # a detached JWS (RFC 7515, appendix F): for this request, within five minutes
    public = f'{{"crv":"Ed25519","kty":"OKP","x":"{b64(key.public_key().public_bytes_raw())}"}}'
    header = {"alg": "EdDSA", "kid": b64(hashlib.sha256(public.encode()).digest()), "iat": int(time.time())}  # RFC 7638
    protected = b64(json.dumps({**header, "htm": method, "htu": path}).encode())
    return f"{protected}..{b64(key.sign(f'{protected}.{b64(body)}'.encode()))}"

def ask(body):
    method, path, kind = "POST", "/api/v1/applications", "application/cloudevents-batch+json"
    for pause in (1, 2, 4, 8, 15, 30, 60, 60, 60, 60):
        headers = {"Content-Type": kind, "Mohor-Signature": signature(method, path, body)}
        call = urllib.request.Request(args.base.rstrip("/") + path, body or None, headers, method=method)
        try:
            with urllib.request.build_opener(EveryStatusIsAnAnswer).open(call, timeout=30) as answer:
                status, headers, text = answer.status, answer.headers, answer.read()
            if status in (200, 413):
                return json.loads(text)
            if status not in (202, 408, 429) and status < 500:  # the same again would change nothing
                print(status, text.decode(errors="replace"), file=sys.stderr)
                break
            if status == 202:  # recorded, and safe; the answer will be elsewhere
                method, path, body = "GET", urllib.parse.urlsplit(headers["Location"]).path, b""
            pause, trouble = max(pause, int(headers["Retry-After"] or 0)), status
        except (OSError, ValueError, http.client.HTTPException) as error:  # no network, or not Mohor that answers
            trouble = repr(error)
        print(f"{trouble}: again in {pause} s", file=sys.stderr)
        time.sleep(pause)
    sys.exit(2)  # neither this batch nor what comes after it has an answer

def answers(lines):  # in the order of the lines
    contents = ask(b"[" + b",".join(lines) + b"]")
    results = contents.get("results") or [{**contents, "result": "refused"}]
    if len(lines) > 1 and len(results) != len(lines):  # too large together, or one line breaks the batch: one by one
        return [result for line in lines for result in answers([line])]
    return results[:len(lines)]

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("base"), parser.add_argument("key"), parser.add_argument("file")
args = parser.parse_args()
key, tally = load_pem_private_key(open(args.key, "rb").read(), None), collections.Counter()  # PKCS#8, Ed25519
lines = filter(None, map(bytes.strip, open(args.file, "rb")))
for answer in itertools.chain.from_iterable(map(answers, iter(lambda: list(itertools.islice(lines, 100)), []))):
    tally[answer["result"]] += 1
    rest = {member: answer.get(member) for member in ("result", "code", "pointer")}
    print(json.dumps({"event_id": answer.get("id"), **rest}), flush=True)
print(dict(tally), file=sys.stderr)
sys.exit(1 if tally["refused"] else 0)
