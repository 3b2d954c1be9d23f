"""A receiver of webhooks, which checks them by the specification's own library and, for Ed25519, by another.

Its port is on the first line of standard output, then each request is a line of JSON. What it answers goes by the path:
/fail-once (the first time of each id), /fail, /gone, /slow (a head that never ends), /away (leads to /inside); all else is
taken. The file keys.json of the folder that is named has, by path, the keys that each request is checked by. With `tls` as
a second argument it speaks TLS as `localhost`, and ca.pem in the folder is who says so.
"""

import base64
import datetime
import json
import pathlib
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

folder = pathlib.Path(sys.argv[1])
seen = set()
lock = threading.Lock()


def holds(key, headers, body):
    if key.startswith("whsec_"):
        try:
            Webhook(key).verify(body, headers)
            return True
        except WebhookVerificationError:
            return False
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for signature in headers["webhook-signature"].split(" "):
        version, text = signature.split(",")
        if version == "v1a":
            try:
                public.verify(base64.b64decode(text), content)
                return True
            except InvalidSignature:
                pass
    return False


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.split("?")[0]
        keys = json.loads((folder / "keys.json").read_text()).get(path, [])
        with lock:
            again = (path, headers["webhook-id"]) in seen
            seen.add((path, headers["webhook-id"]))
            print(json.dumps({"path": path, "id": headers["webhook-id"], "headers": headers, "again": again,
                              "holds": [holds(key, headers, body) for key in keys],
                              "event": json.loads(body)}), flush=True)
        if path == "/slow":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            try:
                while True:
                    self.wfile.write(b"x: y\r\n")
                    self.wfile.flush()
                    time.sleep(0.5)
            except OSError:
                return
        failed = path == "/fail" or (path == "/fail-once" and not again)
        self.send_response(500 if failed else 410 if path == "/gone" else 302 if path == "/away" else 204)
        if path == "/away":
            self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/inside")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "of the tests")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    made = made.not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    (folder / "server.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
if sys.argv[2:] == ["tls"]:
    server.socket = certificate().wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
