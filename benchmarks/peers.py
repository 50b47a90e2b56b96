"""Beside what one would take instead: mock servers made from our schema, and moto, which is to AWS what we are here."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from typing import NamedTuple

from benchmarks import servers
from benchmarks.load import NUMBER, Target, ask, compare, encode, request
from benchmarks.options import Options
from benchmarks.over_http import DREAM, DREAMS, RATE, against
from benchmarks.peer_fixtures import fixtures
from benchmarks.peer_setup import MOCKS, MOTO, MissingPeerError, Peer, running, write_schema
from benchmarks.report import Row, Table
from benchmarks.servers import Server
from mockdreams.wire.betas import DREAMING

OURS = f"mockdreams {version('mockdreams')}"
WARM_UP_SECONDS = 0.5
"""Of load that is not counted, until what compiles while it runs has done so: Prism halves its CPU a request."""
NOTE = (
    "One process each, in turn, logs off or thrown away. The mocks made from the schema keep nothing and always answer "
    "one example; Prism and steady validate requests, Mockoon does not. * closes the connection after each answer."
)
S3 = {
    "host": "localhost",
    "authorization": "AWS4-HMAC-SHA256 Credential=benchmarks/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "content-type": "application/json",
}


class Case(NamedTuple):
    """A peer and what it is asked: the last request is measured and must be answered `body`."""

    peer: Peer
    title: str
    requests: tuple[bytes, ...]
    body: bytes


def peers(options: Options) -> Iterator[Table]:
    """requests and fixtures, beside Prism, steady, Mockoon and moto (installed on demand)"""
    with servers.mockdreams("one_dream") as ours:
        sent = request("GET", f"{DREAMS}/{ours.facts['dream']}", DREAMING)
        body = ask(ours.port, sent).body
        get_object = (_s3("PUT", "/bucket"), _s3("PUT", "/bucket/dream", body), _s3("GET", "/bucket/dream"))
        first = dict.fromkeys(MOCKS, sent) | {MOTO: get_object[0]}
        moto = Case(MOTO, f"{MOTO.title}: S3 GetObject", get_object, body)
        with servers.floor("starlette", DREAM, body) as floor:
            title = f"peers: GET of a dream, {len(body)} bytes"
            yield from _compared(title, ours, sent, body, ("bare Starlette", floor), moto, options)
    with servers.mockdreams("dream_inputs") as ours:
        params = ours.facts["body"].encode()
        sent = request("POST", DREAMS, DREAMING, params)
        body = ask(ours.port, sent).body
        put_object = (_s3("PUT", "/bucket"), _s3("PUT", f"/bucket/{NUMBER.decode()}", params))
        moto = Case(MOTO, f"{MOTO.title}: S3 PutObject", put_object, b"")
        with servers.floor("parsing", DREAMS, body) as floor:
            title = f"peers: POST of a dream, {len(params)} bytes in, {len(body)} out"
            yield from _compared(title, ours, sent, body, ("Starlette + Pydantic", floor), moto, options)
    yield fixtures(OURS, first, options)


def _compared(
    title: str, ours: Server, sent: bytes, body: bytes, floor: tuple[str, Server], moto: Case, options: Options
) -> Iterator[Table]:
    write_schema(body)
    targets = {OURS: ours.target(sent), floor[0]: floor[1].target(sent)}
    assert not any(target.closes for target in targets.values())
    missing: list[Row] = []
    with ExitStack() as stack:
        for case in (*(Case(peer, peer.title, (sent,), body) for peer in MOCKS), moto):
            try:
                target = _target(stack.enter_context(running(case.peer, case.requests[0])), case)
                targets[case.title + "*" * target.closes] = target
            except MissingPeerError as why:
                missing.append(Row(f"{case.title}: {why}"))
        compare(list(targets.values()), rounds=1, seconds=WARM_UP_SECONDS)
        samples = compare(list(targets.values()), rounds=options.list_rounds, seconds=options.seconds)
    found = dict(zip(targets, samples, strict=True))
    yield Table(title, RATE, "Starlette", [*against(found[floor[0]], found), *missing], NOTE)
    yield Table(f"{title}: the same, beside mockdreams", RATE, "mockdreams", [*against(found[OURS], found), *missing])


def _target(server: Server, case: Case) -> Target:
    for sent in case.requests[1:]:
        ask(server.port, sent)
    got = ask(server.port, case.requests[-1].replace(NUMBER, b"answered")).body
    if json.loads(got or "null") != json.loads(case.body or "null"):
        raise MissingPeerError(f"answers {got[:100]!r}")
    return server.target(case.requests[-1])


def _s3(method: str, path: str, body: bytes = b"") -> bytes:
    return encode(method, path, S3, body)
