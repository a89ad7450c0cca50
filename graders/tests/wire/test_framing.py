from __future__ import annotations

import socket
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.wire import (
    MAX_FRAME,
    Answer,
    Begin,
    Channel,
    Closed,
    Data,
    Go,
    Hangup,
    Malformed,
    Rest,
    ToHost,
    TooLong,
    Unsendable,
    real,
)


@pytest.fixture
def ends() -> Iterator[tuple[Channel[Go, Rest], socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours, Rest), theirs


numbers = st.integers(0, 2**53)
plain = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
messages: st.SearchStrategy[ToHost] = st.one_of(
    st.builds(Answer, numbers, plain),
    st.builds(Begin, numbers, st.dictionaries(st.text(), plain)),
    st.builds(Data, numbers, st.binary()),
    st.builds(Hangup, numbers, st.booleans()),
)


@given(st.builds(Go, numbers, st.lists(messages)))
def test_a_turn_arrives_as_it_was_sent(go: Go) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender: Channel[Go, Rest] = Channel(ours, Rest)
        receiver: Channel[Rest, Go] = Channel(theirs, Go)
        sender.send(go)
        assert receiver.receive() == go


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused_or_awaited(payload: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel: Channel[Go, Rest] = Channel(ours, Rest)
        theirs.sendall(len(payload).to_bytes(4, "big") + payload)
        try:
            rest = channel.receive(timeout=0)
        except Malformed:
            return
        assert isinstance(rest, Rest)


def test_a_frame_that_comes_in_pieces_is_put_together(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    payload = msgspec.msgpack.encode(Rest(5))
    frame = len(payload).to_bytes(4, "big") + payload
    for position in range(len(frame) - 1):
        peer.sendall(frame[position : position + 1])
        assert channel.receive(timeout=0) is None
    peer.sendall(frame[-1:])
    assert channel.receive(timeout=0) == Rest(5)


def test_two_frames_in_one_piece_are_two_frames(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    payload = msgspec.msgpack.encode(Rest(1))
    peer.sendall((len(payload).to_bytes(4, "big") + payload) * 2)
    assert channel.receive() == channel.receive() == Rest(1)


def test_a_frame_longer_than_the_limit_is_refused_before_it_is_read(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    peer.sendall((MAX_FRAME + 1).to_bytes(4, "big"))
    with pytest.raises(Malformed, match=rf"^a frame of {MAX_FRAME + 1} bytes exceeds"):
        channel.receive()


def test_an_unknown_kind_of_message_is_refused(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    payload = msgspec.msgpack.encode(
        {"until": None, "messages": [{"type": "Pass", "points": 100}]}
    )
    peer.sendall(len(payload).to_bytes(4, "big") + payload)
    with pytest.raises(Malformed, match="not a message"):
        channel.receive()


def test_deep_nesting_is_refused(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    payload = b"\x91" * 100_000
    peer.sendall(len(payload).to_bytes(4, "big") + payload)
    with pytest.raises(Malformed, match="not a message"):
        channel.receive()


def test_the_end_of_the_stream_is_told_apart_from_silence(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    assert channel.receive(timeout=0) is None
    peer.close()
    with pytest.raises(Closed):
        channel.receive()


def test_what_msgpack_cannot_carry_is_refused_by_the_sender(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, _ = ends
    with pytest.raises(Unsendable, match=r"^cannot be sent: "):
        channel.send(Go(0, [Answer(1, object())]))


def test_bytes_that_drip_get_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    class Dripping(socket.socket):
        def recv(self, *args: int) -> bytes:
            nonlocal now
            now += 0.2
            return super().recv(1)

    monkeypatch.setattr(real, "monotonic", lambda: now)
    ours, theirs = socket.socketpair()
    with Dripping(fileno=ours.detach()) as drip, theirs:
        theirs.sendall((100).to_bytes(4, "big") + b"x" * 50)
        channel: Channel[Go, Rest] = Channel(drip, Rest)
        assert channel.receive(timeout=1.0) is None
        assert 1.0 <= now < 1.5


def test_what_nobody_reads_is_sent_as_far_as_it_goes(
    ends: tuple[Channel[Go, Rest], socket.socket],
) -> None:
    channel, peer = ends
    go = Go(7, [Data(1, bytes(2**22))])
    channel.prepare(go)
    assert not channel.flush(0.0)
    reader: Channel[Rest, Go] = Channel(peer, Go)
    while (heard := reader.receive(timeout=0)) is None:
        channel.flush(0.0)
    assert heard == go


def test_a_frame_may_be_as_long_as_each_side_says() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender: Channel[Go, Rest] = Channel(ours, Rest, gives=100)
        with pytest.raises(TooLong):
            sender.send(Go(0, [Data(1, bytes(100))]))
        Channel[Go, Rest](ours, Rest).send(Go(0, [Data(1, bytes(100))]))
        with pytest.raises(Malformed, match="exceeds 100"):
            Channel[Rest, Go](theirs, Go, takes=100).receive()
