#!/usr/bin/python3
"""Debian's grpcio, with messages by hand, for the text of Echo and Talk is field 1. Argument: port."""
import sys

import grpc

text = lambda value: b"\x0a" + bytes([len(value.encode())]) + value.encode()
channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")
same = {"request_serializer": lambda b: b, "response_deserializer": lambda b: b}
echo = channel.unary_unary("/heitie.test.v1.EchoService/Echo", **same)
tick = channel.unary_stream("/heitie.test.v1.EchoService/Tick", **same)
count = channel.stream_unary("/heitie.test.v1.TalkService/Count", **same)
talk = channel.stream_stream("/heitie.test.v1.TalkService/Talk", **same)
unknown = channel.unary_unary("/heitie.test.v1.EchoService/Nothing", **same)
health = channel.unary_unary("/grpc.health.v1.Health/Check", **same)
manager = {"metadata": [("authorization", "Bearer manager")], "timeout": 10}


def fails(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except grpc.RpcError as error:
        return error
    raise AssertionError("it was to fail")


assert echo(text("黑鐵"), **manager) == text("黑鐵")
assert echo(text("gzip"), compression=grpc.Compression.Gzip, **manager) == text("gzip")
missing = fails(echo, text("missing"), **manager)
assert missing.code() == grpc.StatusCode.NOT_FOUND, missing
assert missing.details() == "echoes/missing does not exist.", missing
trailers = dict(missing.trailing_metadata())
assert len(trailers["x-trace-id"]) == 32 and len(trailers["grpc-status-details-bin"]) > 20, trailers
assert fails(echo, text("a"), timeout=10).code() == grpc.StatusCode.UNAUTHENTICATED
assert fails(unknown, b"", **manager).code() == grpc.StatusCode.UNIMPLEMENTED
assert fails(echo, b"\xff\xff", **manager).code() == grpc.StatusCode.INVALID_ARGUMENT
assert health(b"", timeout=10) == b"\x08\x01"
assert list(tick(b"\x08\x03", **manager)) == [b"\x08\x01", b"\x08\x02", b"\x08\x03"]
assert count(iter([text("a"), text("b")]), **manager) == b"\x08\x02"
assert list(talk(iter([text("one"), text("two")]), **manager)) == [text("one"), text("two")]
assert fails(list, tick(b"\x08\x03", timeout=10)).code() == grpc.StatusCode.UNAUTHENTICATED
print("grpcio: good")
