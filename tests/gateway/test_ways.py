"""The way out through a real gateway: proxies, private authorities, certificates of ours, tokens, clouds."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.gateway.authorities import Authority, server_side
from tests.gateway.servers import CHAT, Endpoint, Proxy, Request, serving

from offramp.core.instants import now

HEAD = """\
schema: offramp/workspace/v1
organisation: {name: Example Company, kinds: [company]}
applications:
  desk: {key: {file: keys/desk}}
"""
ENVIRONMENT = {
    "PROXY_USER": "gate",
    "PROXY_PASSWORD": "p4ss-word",
    "CLOUD_KEY": "cloud-key-value",
    "CLIENT_SECRET": "client-secret-value",
}


class World:
    """Every server of the other side, and the gateway between."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.authority = Authority(folder / "known")
        self.other = Authority(folder / "unknown", "another authority")
        self.chat = Endpoint(lambda _: (200, CHAT))
        self.mutual = Endpoint(lambda _: (200, CHAT))
        self.proxy, self.closed, self.secure = Proxy("gate", "p4ss-word"), Proxy(status=403), Proxy()
        self.tokens = Endpoint(self._token)
        self.cloud = Endpoint(self._cloud)
        self.given = 0
        self.good: set[str] = set()
        good = server_side(self.authority.sign("127.0.0.1"))
        ports = {
            "plain": stack.enter_context(serving(self.chat)),
            "tls": stack.enter_context(serving(self.chat, good)),
            "expired": stack.enter_context(
                serving(
                    self.chat, server_side(self.authority.sign("127.0.0.1", at=now() - timedelta(days=9)))
                )
            ),
            "misnamed": stack.enter_context(
                serving(self.chat, server_side(self.authority.sign("else.example")))
            ),
            "unknown": stack.enter_context(serving(self.chat, server_side(self.other.sign("127.0.0.1")))),
            "mutual": stack.enter_context(
                serving(self.mutual, server_side(self.authority.sign("127.0.0.1"), self.other.file))
            ),
            "named": stack.enter_context(
                serving(self.chat, server_side(self.authority.sign("model.internal.example")))
            ),
            "proxy": stack.enter_context(serving(self.proxy)),
            "closed": stack.enter_context(serving(self.closed)),
            "secure": stack.enter_context(serving(self.secure, good)),
            "tokens": stack.enter_context(serving(self.tokens)),
            "cloud": stack.enter_context(serving(self.cloud)),
        }
        self.ports = ports
        self.ours = self.other.sign("our-gateway")
        self.account_key = rsa.generate_private_key(65537, 2048)
        private = self.account_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        account = {
            "type": "service_account",
            "client_email": "gate@project.example",
            "private_key_id": "k1",
            "private_key": private.decode(),
            "token_uri": f"http://127.0.0.1:{ports['tokens']}/account",
        }
        self.account = folder / "account.json"
        self.account.write_text(json.dumps(account))
        self.account.chmod(0o600)

    def _token(self, request: Request) -> tuple[int, Any]:
        if request.form.get("client_secret") == "wrong":
            return 401, {"error": "invalid_client", "error_description": "wrong is no secret of yours"}
        self.given += 1
        token = f"token-{self.given}"
        self.good.add(token)
        return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}

    def _cloud(self, request: Request) -> tuple[int, Any]:
        bearer = request.headers.get("authorization", "")
        if "api-key" not in request.headers and bearer.removeprefix("Bearer ") not in self.good:
            return 401, {"error": {"message": "no"}}
        if "messages" in request.parsed and "anthropic_version" in request.parsed:
            return 200, {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [{"type": "text", "text": "well"}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }
        if "contents" in request.parsed:
            content = {"role": "model", "parts": [{"text": "well"}]}
            return 200, {"candidates": [{"content": content, "finishReason": "STOP"}], "modelVersion": "m"}
        return 200, CHAT

    def settings(self) -> str:
        at = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        ca, chat = f"ca: {self.authority.file}", "vendor: example-a, dialect: openai-chat"
        secrets = "proxy_user: {env: PROXY_USER}, proxy_password: {env: PROXY_PASSWORD}"
        client = f"scheme: client-credentials, client_id: us, token_url: 'http://{at['tokens']}/t', scope: s"
        vertex = "cloud: vertex, place: {project: p1, location: here}, "
        vertex += (
            f"url: 'http://{at['cloud']}', auth: {{scheme: service-account, account: {{file: account.json}}}}"
        )
        named = self.ports["named"]
        upstreams = {
            "plain": f"{chat}, url: 'http://{at['plain']}'",
            "tls": f"{chat}, url: 'https://{at['tls']}', outbound: {{{ca}}}",
            "expired": f"{chat}, url: 'https://{at['expired']}', outbound: {{{ca}}}",
            "misnamed": f"{chat}, url: 'https://{at['misnamed']}', outbound: {{{ca}}}",
            "unknown": f"{chat}, url: 'https://{at['unknown']}', outbound: {{{ca}}}",
            "no-tls": f"{chat}, url: 'https://{at['plain']}'",
            "no-host": f"{chat}, url: 'https://no-such-host.invalid'",
            "refused": f"{chat}, url: 'http://127.0.0.1:1'",
            "mutual": f"{chat}, url: 'https://{at['mutual']}', outbound: {{{ca}, certificate: {self.ours}}}",
            "no-certificate": f"{chat}, url: 'https://{at['mutual']}', outbound: {{{ca}}}",
            "proxied": f"{chat}, url: 'http://{at['plain']}', "
            f"outbound: {{proxy: 'http://{at['proxy']}', {secrets}}}",
            "tunnelled": f"{chat}, url: 'https://model.internal.example:{named}', "
            f"outbound: {{{ca}, proxy: 'http://{at['proxy']}', {secrets}}}",
            "secured": f"{chat}, url: 'http://{at['plain']}', outbound: {{{ca}, proxy: 'https://{at['secure']}'}}",
            "unknown-to-proxy": f"{chat}, url: 'https://{at['tls']}', outbound: {{{ca}, proxy: 'http://{at['proxy']}'}}",
            "closed": f"{chat}, url: 'https://{at['tls']}', outbound: {{{ca}, proxy: 'http://{at['closed']}'}}",
            "no-proxy": f"{chat}, url: 'http://{at['plain']}', "
            f"outbound: {{proxy: 'http://{at['closed']}', no_proxy: [127.0.0.0/8]}}",
            "proxy-gone": f"{chat}, url: 'http://{at['plain']}', outbound: {{proxy: 'http://127.0.0.1:1'}}",
            "deployed": f"{chat}, cloud: azure, url: 'http://{at['cloud']}', key: {{env: CLOUD_KEY}}",
            "entered": f"{chat}, cloud: azure, url: 'http://{at['cloud']}', "
            f"auth: {{{client}, secret: {{env: CLIENT_SECRET}}}}",
            "no-entry": f"{chat}, cloud: azure, url: 'http://{at['cloud']}', "
            f"auth: {{{client}, secret: {{file: wrong}}}}",
            "predicted": f"vendor: example-a, dialect: anthropic-messages, {vertex}",
            "generated": f"vendor: example-a, dialect: gemini-generate, {vertex}",
            "endpoint": f"{chat}, {vertex}",
        }
        lines = [HEAD, "upstreams:"]
        lines += [f"  {name}: {{{said}}}" for name, said in upstreams.items()]
        lines.append("routes:")
        lines += [
            f"  {name}: {{targets: [{{upstream: {name}, model: large}}], retries: 0}}" for name in upstreams
        ]
        return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The other side."""
    with ExitStack() as stack:
        yield World(tmp_path_factory.mktemp("world"), stack)


@pytest.fixture(scope="module")
def own(world: World, launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway with every way out."""
    root = tmp_path_factory.mktemp("ways")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "wrong").write_text("wrong")
    (root / "account.json").write_text(world.account.read_text())
    for name in ("keys/desk", "wrong", "account.json"):
        (root / name).chmod(0o600)
    (root / "offramp.yaml").write_text(world.settings())
    running = launch(root, "--workers", "1", env=ENVIRONMENT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def ask(own: Any, post: Any) -> Any:
    """`ask(route)`: one conversation."""

    def one(route: str, **more: Any) -> Any:
        body = {"model": route, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **more}
        headers = {"authorization": f"Bearer {own.keys['desk']}"}
        return post(f"{own.url}/v1/chat/completions", json.dumps(body).encode(), headers)

    return one


@pytest.mark.parametrize("route", ["plain", "tls", "mutual", "proxied", "tunnelled", "secured", "no-proxy"])
def test_a_way_that_is_set_up_well_leads_there(ask: Any, route: str) -> None:
    answer = ask(route)
    assert answer.status == 200, answer.raw
    assert answer.body["choices"][0]["message"]["content"] == "well"


def test_a_proxy_is_asked_as_it_wants_to_be(ask: Any, world: World) -> None:
    assert [ask("proxied").status, ask("tunnelled").status] == [200, 200]
    assert f"POST http://127.0.0.1:{world.ports['plain']}/v1/chat/completions" in world.proxy.asked
    assert f"CONNECT model.internal.example:{world.ports['named']}" in world.proxy.asked
    assert not any("proxy-authorization" in request.headers for request in world.chat.seen)


@pytest.mark.parametrize(
    ("route", "code", "told", "logged"),
    [
        ("expired", "upstream-tls", "its certificate has expired", "must renew it"),
        ("misnamed", "upstream-tls", "its certificate is for another name", "write the name in `url`"),
        ("unknown", "upstream-tls", "signed by an authority nobody here knows", "outbound: {ca: FILE}"),
        ("no-tls", "upstream-tls", "it does not speak TLS", "begin `url` with http://"),
        ("no-certificate", "upstream-cut", "it closed the connection", "wants a certificate of ours"),
        ("no-host", "upstream-name", "its name does not resolve", "getent hosts"),
        ("refused", "upstream-refused", "no connection to it", "the right port"),
        ("closed", "upstream-proxy", "the way to it is closed", "it must allow CONNECT"),
        ("unknown-to-proxy", "upstream-proxy", "the way to it is closed", "`proxy_password`"),
        ("proxy-gone", "upstream-proxy", "the way to it is closed", "that the proxy runs"),
        ("no-entry", "upstream-token", "the gateway has no access to it", "401: invalid_client"),
    ],
)
def test_what_is_in_the_way_is_said_to_callers_without_addresses_and_to_the_owner_with(
    own: Any, ask: Any, route: str, code: str, told: str, logged: str
) -> None:
    answer = ask(route)
    assert answer.status == 502, answer.raw
    assert answer.body["offramp"]["code"] == code
    assert told in answer.body["error"]["message"]
    for secret in ("127.0.0.1", ".invalid", "p4ss-word", "wrong is no"):
        assert secret not in answer.raw.decode()
    lines = [line for line in own.log.read_text().splitlines() if f"upstream `{route}`" in line]
    assert any(logged in line for line in lines), own.log.read_text()
    assert "p4ss-word" not in own.log.read_text()


def test_a_key_goes_where_the_cloud_wants_it(ask: Any, world: World) -> None:
    assert ask("deployed").status == 200
    seen = world.cloud.seen[-1]
    assert seen.target == "/openai/deployments/large/chat/completions?api-version=2024-10-21"
    assert seen.headers["api-key"] == "cloud-key-value"
    assert "authorization" not in seen.headers


def test_a_token_is_got_once_and_replaced_when_it_is_not_taken(ask: Any, world: World) -> None:
    assert [ask("entered").status for _ in range(3)] == [200] * 3
    asked = [one for one in world.tokens.seen if one.form.get("client_id") == "us"]
    good = [one for one in asked if one.form["client_secret"] == "client-secret-value"]
    assert [one.form["grant_type"] for one in good] == ["client_credentials"]
    assert good[0].form["scope"] == "s"
    world.good = set()
    assert ask("entered").status == 200
    good = [one for one in world.tokens.seen if one.form.get("client_secret") == "client-secret-value"]
    assert len(good) == 2


def test_a_service_account_signs_for_its_token(ask: Any, world: World) -> None:
    import base64

    assert ask("endpoint").status == 200
    assert world.cloud.seen[-1].target == "/v1/projects/p1/locations/here/endpoints/openapi/chat/completions"
    (asked, *_) = [one for one in world.tokens.seen if "assertion" in one.form]
    head, claims, signature = asked.form["assertion"].split(".")

    def opened(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    world.account_key.public_key().verify(
        opened(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    said = json.loads(opened(claims))
    assert said["iss"] == "gate@project.example"
    assert said["aud"] == f"http://127.0.0.1:{world.ports['tokens']}/account"
    assert said["exp"] - said["iat"] == 3600
    assert json.loads(opened(head)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}


def test_a_cloud_has_its_own_paths_and_bodies(ask: Any, world: World) -> None:
    assert ask("predicted").status == 200
    seen = world.cloud.seen[-1]
    model = "/v1/projects/p1/locations/here/publishers/{}/models/large:{}"
    assert seen.target == model.format("anthropic", "rawPredict")
    assert seen.parsed["anthropic_version"] == "vertex-2023-10-16"
    assert "model" not in seen.parsed
    assert ask("generated").status == 200
    assert world.cloud.seen[-1].target == model.format("google", "generateContent")
    ask("predicted", stream=True)
    assert world.cloud.seen[-1].target == model.format("anthropic", "streamRawPredict")
    ask("generated", stream=True)
    assert world.cloud.seen[-1].target == model.format("google", "streamGenerateContent?alt=sse")


def test_doctor_says_what_is_in_the_way(own: Any, offramp: Any) -> None:
    done = offramp("doctor", "--upstreams", "--port", "0", "--format", "json", cwd=own.root, env=ENVIRONMENT)
    assert done.returncode == 1
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    well = ("plain", "tls", "mutual", "proxied", "tunnelled", "secured", "no-proxy", "entered", "endpoint")
    assert {found[f"upstream {name}"]["health"] for name in well} == {"ok"}
    for name, what, to_do in (
        ("expired", "has expired", "must renew it"),
        ("unknown", "signed by an authority nobody here knows", "outbound: {ca: FILE}"),
        ("no-host", "does not resolve", "getent hosts"),
        ("closed", "answered 403 instead of a way through", "CONNECT"),
        ("no-entry", "401: invalid_client", "under `auth`"),
    ):
        check = found[f"upstream {name}"]
        assert (check["health"], what in check["found"], to_do in check["help"]) == ("wrong", True, True), (
            check
        )
    for secret in ("p4ss-word", "client-secret-value", "cloud-key-value"):
        assert secret not in done.stdout + done.stderr
