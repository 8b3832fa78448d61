"""Time stamps by a real authority, made with OpenSSL, on a loopback port."""

import base64
import dataclasses
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.evidence import Entry, Handover, Ledger, read_entries, verify
from offramp.evidence.pack import Contents
from offramp.evidence.stamps import Authorities, Stamp
from offramp.evidence.standalone import stamps as alone
from offramp.evidence.standalone.notes import Wrong

MakeEntry = Callable[..., Entry]
CheckBoth = Callable[..., tuple[tuple[str, ...], tuple[str, ...]]]
CONFIG = """
[tsa]
default_tsa = tsa1
[tsa1]
dir = .
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[tsa_cert]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[plain_cert]
keyUsage = critical,digitalSignature
"""
pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, *, key: tuple[str, ...], extensions: str = "tsa_cert") -> Path:
    """A certificate authority and a time-stamp certificate it issued, in a folder."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    subject = ("-subj", f"/CN={folder.name} authority")
    openssl(folder, "req", "-x509", "-nodes", *key, "-keyout", "ca.key", "-out", "ca.pem", *subject)
    openssl(
        folder, "req", "-new", "-nodes", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=tsa"
    )
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "tsa.cnf")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", *signing, "-extensions", extensions, "-out", "tsa.pem")
    return folder


RSA = ("-newkey", "rsa:2048")
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture(scope="module", params=[RSA, EC], ids=["rsa", "ec"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("tsa") / "one", key=request.param)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("tsa") / "two", key=EC)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Puts an authority on a port. `answer` may change what it says."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def start(folder: Path, answer: Callable[[bytes], bytes] = bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = self.rfile.read(int(self.headers["content-length"]))
                (folder / "query.tsq").write_bytes(question)
                openssl(
                    folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "r.tsr"
                )
                body = answer((folder / "r.tsr").read_bytes())
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def owner(state: Path, make_entry: MakeEntry) -> Handover:
    with Ledger.open(state) as ledger:
        ledger.append_all([(dataclasses.replace(make_entry(f"req_{n}"), at=now()), ()) for n in range(3)])
    return Handover(state)


def packed(owner: Handover, state: Path) -> Path:
    path = state.parent / "evidence.zip"
    owner.pack(path, Contents(made_at=now()))
    return path


def test_a_stamp_is_recorded_and_holds_for_both_and_for_openssl(
    owner: Handover, state: Path, authority: Path, serve: Callable[..., str], both: CheckBoth
) -> None:
    trusted = (authority / "ca.pem").read_bytes()
    done = owner.stamp(serve(authority), by="R. Okafor", at=now(), certificates=[trusted])
    assert (done.index, done.size, done.is_checked) == (3, 3, True)
    path = packed(owner, state)
    assert both(path, owner.public_key(), authorities=(trusted,)) == ((), ())
    notes = verify(path, owner.public_key(), authorities=[trusted]).notes
    assert notes[0].startswith("the first 3 entries were there at ")
    assert "was not checked" in verify(path, owner.public_key()).notes[0]
    assert both(path, owner.public_key()) == ((), ())
    checking = ("-CAfile", "ca.pem", "-in", "r.tsr", "-queryfile", "query.tsq")
    openssl(authority, "ts", "-verify", *checking)


def test_the_certificate_of_the_signer_itself_is_enough(
    owner: Handover, state: Path, authority: Path, serve: Callable[..., str]
) -> None:
    owner.stamp(serve(authority), by="R", at=now())
    both_certificates = (authority / "tsa.pem").read_bytes() + (authority / "ca.pem").read_bytes()
    assert verify(packed(owner, state), owner.public_key(), authorities=[both_certificates]).ok


def test_another_authority_does_not_stand_behind_it(
    owner: Handover, state: Path, authority: Path, stranger: Path, serve: Callable[..., str], both: CheckBoth
) -> None:
    owner.stamp(serve(authority), by="R", at=now())
    others = ((stranger / "ca.pem").read_bytes(),)
    for said in both(packed(owner, state), owner.public_key(), authorities=others):
        assert said[0].startswith("entry 3, a time stamp: no authority given stands behind the time stamp")


def test_an_answer_that_does_not_hold_is_not_recorded(
    owner: Handover, state: Path, authority: Path, stranger: Path, serve: Callable[..., str]
) -> None:
    trusted = [(stranger / "ca.pem").read_bytes()]
    kept: list[bytes] = []

    def again(answer: bytes) -> bytes:
        kept.append(answer)
        return kept[0]

    def flipped(answer: bytes) -> bytes:
        return answer[:-3] + bytes([answer[-3] ^ 1]) + answer[-2:]

    repeating = serve(authority, again)
    owner.stamp(repeating, by="R", at=now())
    for address, certificates in (
        (serve(authority), trusted),
        (repeating, []),
        (serve(authority, flipped), [(authority / "ca.pem").read_bytes()]),
        (serve(authority, lambda answer: b"rubbish"), []),
        (serve(authority, lambda answer: answer * 20), []),
    ):
        with pytest.raises(OfframpError) as caught:
            owner.stamp(address, by="R", at=now(), certificates=certificates)
        assert caught.value.code in {"stamp-unsound", "upstream-too-large"}
    assert owner.checkpoint().size == 4


def test_a_certificate_that_is_not_for_time_stamps_is_refused(
    owner: Handover, state: Path, tmp_path: Path, authority: Path, serve: Callable[..., str], both: CheckBoth
) -> None:
    plain = make_authority(tmp_path / "plain", key=EC)
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-extfile", "tsa.cnf", "-extensions", "plain_cert")
    owner.stamp(serve(plain), by="R", at=now())
    openssl(plain, "x509", "-req", "-in", "tsa.csr", *signing, "-out", "other.pem")
    trusted = ((plain / "other.pem").read_bytes(),)
    assert not verify(packed(owner, state), owner.public_key(), authorities=list(trusted)).ok
    both(packed(owner, state), owner.public_key(), authorities=trusted)


def record(state: Path, entry: Entry) -> None:
    with Ledger.open(state) as ledger:
        ledger.append(entry)


def test_a_clock_that_contradicts_a_stamp_is_named(
    owner: Handover,
    state: Path,
    authority: Path,
    serve: Callable[..., str],
    both: CheckBoth,
    make_entry: MakeEntry,
) -> None:
    trusted = ((authority / "ca.pem").read_bytes(),)
    record(state, dataclasses.replace(make_entry("ahead"), at=now() + timedelta(days=30)))
    owner.stamp(serve(authority), by="R", at=now(), certificates=trusted)
    record(state, dataclasses.replace(make_entry("backdated"), at=now() - timedelta(days=30)))
    path = packed(owner, state)
    for said in both(path, owner.public_key(), authorities=trusted):
        assert len(said) == 2
        assert said[0].startswith("the clock: entry 3 says ")
        assert "recorded before the time stamp" in said[0]
        assert said[1].startswith("the clock: entry 5 says ")
        assert "recorded after the time stamp" in said[1]
    assert both(path, owner.public_key()) == ((), ())


def test_a_clock_that_went_back_is_noted(
    owner: Handover, state: Path, both: CheckBoth, make_entry: MakeEntry
) -> None:
    record(state, dataclasses.replace(make_entry("ahead"), at=now() + timedelta(days=30)))
    record(state, dataclasses.replace(make_entry("corrected"), at=now()))
    path = packed(owner, state)
    assert both(path, owner.public_key()) == ((), ())
    (note,) = [one for one in verify(path, owner.public_key()).notes if "the clock went back" in one]
    assert "1 entry is earlier than others before; entry " in note


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("size", 2, "it is of a checkpoint that this ledger never had"),
        ("root", "00" * 32, "it is of a checkpoint that this ledger never had"),
        ("stamped_at", "2026-01-01T00:00:00Z", "the time stamp says another time"),
        ("stamp", "!", "the time stamp is broken base64"),
        ("stamp", base64.b64encode(b"rubbish").decode(), ""),
    ],
)
def test_an_entry_that_twists_a_stamp_is_named(
    owner: Handover,
    state: Path,
    authority: Path,
    serve: Callable[..., str],
    both: CheckBoth,
    name: str,
    value: object,
    said: str,
) -> None:
    owner.stamp(serve(authority), by="R", at=now())
    true = read_entries(state, 3)[0].entry
    record(state, dataclasses.replace(true, data={**true.data, name: value}))
    for problems in both(packed(owner, state), owner.public_key()):
        assert problems[0].startswith(f"entry 4, a time stamp: {said}")


def test_a_stamp_over_another_ledger_is_named(
    owner: Handover,
    state: Path,
    tmp_path: Path,
    authority: Path,
    serve: Callable[..., str],
    both: CheckBoth,
    make_entry: MakeEntry,
) -> None:
    other = tmp_path / "other"
    record(other, make_entry("x"))
    address = serve(authority)
    Handover(other).stamp(address, by="R", at=now())
    owner.stamp(address, by="R", at=now())
    theirs = read_entries(other, 1)[0].entry.data
    mine = read_entries(state, 3)[0].entry
    data = {**mine.data, "stamp": theirs["stamp"], "stamped_at": theirs["stamped_at"]}
    record(state, dataclasses.replace(mine, data=data))
    for problems in both(packed(owner, state), owner.public_key()):
        assert problems == ("entry 4, a time stamp: the time stamp is of something else",)


def test_every_flipped_byte_of_a_stamp_gives_the_same_verdict(
    owner: Handover, state: Path, authority: Path, serve: Callable[..., str]
) -> None:
    owner.stamp(serve(authority), by="R", at=now())
    answer = Stamp.parse(read_entries(state, 3)[0].entry.data["stamp"]).answer
    trusted = [(authority / "ca.pem").read_bytes()]
    ours, theirs = Authorities.read(trusted), alone.read_authorities(trusted)

    def is_sound(changed: bytes) -> bool:
        try:
            stamp = Stamp.read(changed)
            ours.check(stamp)
        except ValueError:
            return False
        return True

    def is_sound_alone(changed: bytes) -> bool:
        try:
            alone.check_stamp(alone.read_stamp(changed), theirs)
        except Wrong:
            return False
        return True

    assert is_sound(answer)
    assert is_sound_alone(answer)
    differing = []
    for place in [*range(60), *range(60, len(answer) - 600, 11), *range(len(answer) - 600, len(answer))]:
        changed = bytearray(answer)
        changed[place] ^= 1
        if is_sound(bytes(changed)) != is_sound_alone(bytes(changed)):
            differing.append(place)
    assert not differing
