#!/usr/bin/env python3
"""Verifies the credential of a QR code with nothing of Mohor's: the contract, cbor2 and cryptography.

    verify_credential.py QR-TEXT KEYS.JSON

QR-TEXT is what a bar-code reader reads; KEYS.JSON is the JWK set. Prints the claims as one JSON object. Exit code 1 and
one line when anything does not hold. Sources: RFC 9052 (COSE), RFC 8392 (CWT), RFC 8949 4.2.1 (deterministic CBOR), RFC
7638 (thumbprints), schemas/credential.cddl.
"""

import base64
import datetime
import hashlib
import io
import json
import re
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-."
UIN = re.compile(r"[A-Z]{3}[0-9A-HJKMNP-TV-Z]{13}")


class Refused(Exception):
    pass


def must(holds, words):
    if not holds:
        raise Refused(words)


def base41(text):
    must(len(text) % 3 != 1, "a length of 1 mod 3")
    out = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        must(all(symbol in SYMBOLS for symbol in group), "a symbol outside the alphabet")
        value = sum(SYMBOLS.index(symbol) * 41**place for place, symbol in enumerate(group))
        size = len(group) - 1
        must(value < 256**size, "a group that stands for no bytes")
        out += value.to_bytes(size, "big")
    return bytes(out)


def decode(data):
    """One CBOR item, whole, and in the one encoding it has."""
    stream = io.BytesIO(data)
    value = cbor2.load(stream)
    must(stream.tell() == len(data), "bytes after the end")
    # Integers and lengths at their shortest, keys in the order of their bytes, none twice: then it is written again alike.
    must(cbor2.dumps(value, canonical=True) == data or sorted_again(value) == data, "not deterministic CBOR")
    return value


def sorted_again(value):
    """RFC 8949 4.2.1 sorts keys by their bytes; cbor2's canonical form sorts shorter ones first (RFC 7049)."""
    if isinstance(value, dict):
        items = sorted((cbor2.dumps(key), sorted_again(item)) for key, item in value.items())
        return head(5, len(items)) + b"".join(key + item for key, item in items)
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(sorted_again(item) for item in value)
    if isinstance(value, cbor2.CBORTag):
        return head(6, value.tag) + sorted_again(value.value)
    if isinstance(value, datetime.date):
        # RFC 8943: tag 100, days since 1970-01-01. cbor2 reads it as a date and would write it as text (tag 1004).
        return head(6, 100) + cbor2.dumps((value - datetime.date(1970, 1, 1)).days)
    return cbor2.dumps(value)


def head(major, number):
    plain = cbor2.dumps(number)
    return bytes([plain[0] | major << 5]) + plain[1:]


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_for(kid, keys):
    for jwk in keys:
        if unpadded(jwk["kid"]) == kid:
            must(jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519", "another kind of key")
            member = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}, separators=(",", ":"), sort_keys=True)
            must(hashlib.sha256(member.encode()).digest()[:8] == kid, "a key id that is not the key's thumbprint")
            return jwk
    raise Refused("the key id is in no published key")


def verify(text, keys):
    match = re.fullmatch(r"HTTPS://([A-Z0-9.:-]+)/#(.+)", text)
    must(match, "no code of this kind")
    data = base41(match[2])
    must(len(data) <= 230, f"{len(data)} bytes, more than 230")
    message = cbor2.loads(data)
    must(isinstance(message, cbor2.CBORTag) and message.tag == 18, "no tagged COSE_Sign1")
    must(isinstance(message.value, (list, tuple)) and len(message.value) == 4, "not four parts")
    must(sorted_again(message) == data, "the message is not deterministic CBOR")
    protected, unprotected, payload, signature = message.value
    header = decode(protected)
    must(set(header) == {1, 4} and header[1] == -8, "another header than EdDSA and kid")
    must(unprotected == {}, "an unprotected header")
    must(isinstance(signature, bytes) and len(signature) == 64, "no Ed25519 signature")
    jwk = key_for(header[4], keys)
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    try:
        Ed25519PublicKey.from_public_bytes(unpadded(jwk["x"])).verify(signature, signed)
    except InvalidSignature:
        raise Refused("the signature does not hold") from None

    claims = decode(payload)
    must(set(claims) <= {1, 2, 4, 6, 7, -65537} and {1, 2, 6, 7, -65537} <= set(claims), "other claims")
    issuer, uin, private = claims[1], claims[2], claims[-65537]
    must(UIN.fullmatch(uin) and uin[:3] == issuer, "issuer and number do not agree")
    must(mod_1271_36(uin), "the number's check characters are wrong")
    must(issuer in jwk.get("departments", [issuer]), "the key does not speak for this department")
    must(jwk["nbf"] <= claims[6] <= jwk.get("exp", claims[6]), "minted outside the key's validity")
    must(len(claims[7]) == 16, "no cti of 16 bytes")
    must(set(private) <= {1, 2, 3, 4, 5} and {1, 2, 4, 5} <= set(private), "other private members")
    must(len(private[5]) == 16 and len(private[4]) == 2 and 1 <= len(private.get(3, [0])) <= 4, "their forms")
    return {
        "host": match[1].lower(),
        "bytes": len(data),
        "uin": uin,
        "department": issuer,
        "issued_at": claims[6],
        "expires": claims.get(4),
        "service": private[1],
        "holder": private[2],
        "facts": [fact if isinstance(fact, (str, int)) else str(fact) for fact in private.get(3, [])],
        "digest": private[5].hex(),
    }


def mod_1271_36(uin):
    """ISO/IEC 7064 MOD 1271-36: the weighted sum of all sixteen leaves 1."""
    total = 0
    for symbol in uin:
        total = (total * 36 + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(symbol)) % 1271
    return total == 1


def main():
    text, keys = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))["keys"]
    try:
        print(json.dumps(verify(text.strip(), keys), ensure_ascii=False))
    except (Refused, ValueError, KeyError, TypeError) as fault:
        print(f"refused: {fault}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
