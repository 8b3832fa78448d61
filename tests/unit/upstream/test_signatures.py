"""Signatures, with the vendor's own signer as the oracle in both directions."""

import hmac
from datetime import timedelta
from hashlib import sha256

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.core.secrets import Secret
from offramp.upstream.signatures import AccessKey, Message, Signer, read_signature

SECRET = Secret("a/secret+with=signs")
segments = st.lists(
    st.sampled_from(["model", "a%3Ab", "arn%3Ax%2Fy", "..", ".", "", "~x", "a:b;c"]), max_size=5
)
queries = st.sampled_from(["", "a=1", "b=2&a=1&a=0", "x=%20y&z", "beta=true"])


def signed(path: str, query: str, body: bytes = b"{}", token: str | None = None) -> Message:
    """A request as botocore signs it."""
    url = f"https://example.org:8443{path}" + (f"?{query}" if query else "")
    request = AWSRequest(
        "POST", url, data=body, headers={"content-type": "application/json", "host": "example.org:8443"}
    )
    SigV4Auth(Credentials("desk", SECRET.reveal(), token), "bedrock", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Message(method="POST", path=path, query=query, headers=headers, body=body)


@given(steps=segments, query=queries, body=st.binary(max_size=20), token=st.none() | st.just("token"))
def test_both_sign_alike(steps: list[str], query: str, body: bytes, token: str | None) -> None:
    message = signed("/" + "/".join(steps), query, body, token)
    signature = read_signature(message.headers)
    assert signature is not None
    assert signature.key_id == "desk"
    signature.check(message, SECRET, now())
    plain = {name: message.headers[name] for name in ("host", "content-type")}
    key = AccessKey(id="desk", secret=SECRET, token=Secret(token) if token else None)
    ours = Signer(region="eu-west-1", service="bedrock", key=key).headers(
        Message(method="POST", path=message.path, query=query, headers=plain, body=body), signature.at
    )
    assert ours["authorization"] == message.headers["authorization"]
    assert SECRET.reveal() not in str(ours)


def check(message: Message, secret: Secret, minutes: float) -> None:
    signature = read_signature(message.headers)
    assert signature is not None
    signature.check(message, secret, now() + timedelta(minutes=minutes))


def refusal(message: Message, secret: Secret = SECRET, minutes: float = 0) -> str:
    """The code it is refused with."""
    with pytest.raises(OfframpError) as caught:
        check(message, secret, minutes)
    assert SECRET.reveal() not in str(caught.value)
    return caught.value.code


def changed(message: Message, **headers: str | None) -> Message:
    """`message` with headers put in place of others; None leaves one out."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in message.headers.items() if name not in names}
    kept |= {name: value for name, value in names.items() if value is not None}
    return Message(
        method=message.method, path=message.path, query=message.query, headers=kept, body=message.body
    )


def test_what_was_changed_is_refused() -> None:
    good = signed("/model/a%3Ab/converse", "x=1")
    assert refusal(good, Secret("another")) == "signature-invalid"
    for other in (
        {"method": "GET"},
        {"path": "/model/a%3Ac/converse"},
        {"path": "/model/a:b/converse"},
        {"query": "x=2"},
        {"body": b"{ }"},
    ):
        fields = {
            "method": good.method,
            "path": good.path,
            "query": good.query,
            "headers": good.headers,
            "body": good.body,
        }
        assert refusal(Message(**{**fields, **other})) == "signature-invalid"  # type: ignore[arg-type]
    assert refusal(changed(good, host="elsewhere.example")) == "signature-invalid"
    assert refusal(changed(good, content_type="text/plain")) == "signature-invalid"


def test_a_signature_can_be_used_for_some_minutes_only() -> None:
    message = signed("/", "")
    assert refusal(message, minutes=5.1) == "signature-expired"
    assert refusal(message, minutes=-5.1) == "signature-expired"


def test_a_body_that_is_not_signed_is_refused() -> None:
    message = signed("/", "")
    for told in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""):
        assert refusal(changed(message, x_amz_content_sha256=told)) == "signature-incomplete"
    assert refusal(changed(message, x_amz_content_sha256="0" * 64)) == "signature-invalid"


def test_half_a_signature_is_refused() -> None:
    message = signed("/", "")
    given_ = message.headers["authorization"]
    for broken in (
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        given_.replace("aws4_request", "aws5_request"),
        given_.replace("host;", ""),
        given_.replace(";x-amz-date", ""),
        given_.replace("Signature=", "Sig="),
        given_.replace("/eu-west-1", ""),
        "AWS4-HMAC-SHA256 " + "," * 5000,
    ):
        assert refusal(changed(message, authorization=broken)) == "signature-incomplete"
    for stamp in (None, "", "yesterday", "20300199T000000Z", "2030-01-01T00:00:00Z"):
        assert refusal(changed(message, x_amz_date=stamp)) == "signature-incomplete"
    assert refusal(changed(message, content_type=None)) == "signature-incomplete"


def test_another_credential_is_no_signature() -> None:
    assert read_signature({}) is None
    assert read_signature({"authorization": "Bearer AWS4-HMAC-SHA256"}) is None


@given(text=st.text(max_size=200))
def test_no_header_breaks_the_reader(text: str) -> None:
    with pytest.raises(OfframpError, match="holds no whole"):
        read_signature({"authorization": f"AWS4-HMAC-SHA256 {text}", "x-amz-date": text})


def test_a_client_that_speaks_http2_signs_the_host_by_its_other_name() -> None:
    """Counted by hand from the description of the signature, as no library here signs so."""
    stamp, scope = "20300101T000000Z", "20300101/eu-west-1/bedrock/aws4_request"
    lines = [
        "POST",
        "/",
        "",
        ":authority:gateway.example",
        f"x-amz-date:{stamp}",
        "",
        ":authority;x-amz-date",
    ]
    canonical = "\n".join([*lines, sha256(b"{}").hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + SECRET.reveal().encode()
    for step in (*scope.split("/"), text):
        key = hmac.digest(key, step.encode(), "sha256")
    headers = {
        "host": "gateway.example",
        "x-amz-date": stamp,
        "authorization": f"AWS4-HMAC-SHA256 Credential=desk/{scope}, "
        f"SignedHeaders=:authority;x-amz-date, Signature={key.hex()}",
    }
    message = Message(method="POST", path="/", query="", headers=headers, body=b"{}")
    signature = read_signature(headers)
    assert signature is not None
    signature.check(message, SECRET, signature.at)
    with pytest.raises(OfframpError):
        signature.check(changed(message, host="elsewhere.example"), SECRET, signature.at)
