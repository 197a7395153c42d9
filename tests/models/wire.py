# SPDX-License-Identifier: Apache-2.0
"""ONNX messages written byte by byte, for files that no library would make: each function gives the content of one message."""

import struct


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(tag, content):
    """An integer as a varint, text and bytes with their length."""
    if isinstance(content, int):
        return varint(tag << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(tag << 3 | 2) + varint(len(content)) + content


def fields(tag, contents):
    return b"".join(field(tag, content) for content in contents)


def real(tag, number):
    return varint(tag << 3 | 5) + struct.pack("<f", number)


def node(op, inputs, outputs, *attributes, name="", domain=""):
    body = fields(1, inputs) + fields(2, outputs) + (field(3, name) if name else b"") + field(4, op) + fields(5, attributes)
    return body + (field(7, domain) if domain else b"")


def integer(name, value):
    return field(1, name) + field(3, value) + field(20, 2)


def integers(name, values):
    return field(1, name) + field(8, b"".join(varint(value) for value in values)) + field(20, 7)


def text(name, value):
    return field(1, name) + field(4, value) + field(20, 3)


def subgraph(name, content):
    return field(1, name) + field(6, content) + field(20, 5)


def reference(name, to, kind):
    return field(1, name) + field(21, to) + field(20, kind)


def tensor(name, dims, data, data_type=1):
    raw = data if isinstance(data, bytes) else struct.pack(f"<{len(data)}{'f' if data_type == 1 else 'q'}", *data)
    return fields(1, dims) + field(2, data_type) + (field(8, name) if name else b"") + field(9, raw)


def external(name, dims, data_type=1, **entries):
    stored = b"".join(field(13, field(1, key) + field(2, str(value))) for key, value in entries.items())
    return fields(1, dims) + field(2, data_type) + field(8, name) + stored + field(14, 1)


def value_info(name, dims=None):
    if dims is None:
        return field(1, name)
    shape = b"".join(field(1, field(1 if isinstance(extent, int) else 2, extent)) for extent in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def graph(nodes=(), initializers=(), inputs=("x",), outputs=(), infos=()):
    """Inputs and outputs by name; x is (n, 4)."""
    described = [value_info(name, ["n", 4] if name == "x" else None) for name in inputs]
    return (
        fields(1, nodes)
        + field(2, "g")
        + fields(5, initializers)
        + fields(11, described)
        + fields(12, [value_info(name) for name in outputs])
        + fields(13, infos)
    )


def function(name, inputs, outputs, nodes, defaults=(), infos=()):
    body = field(1, name) + fields(4, inputs) + fields(5, outputs) + fields(7, nodes)
    return body + field(9, field(1, "") + field(2, 17)) + field(10, "my") + fields(11, defaults) + fields(12, infos)


def model(content, functions=()):
    opsets = field(8, field(1, "") + field(2, 17)) + field(8, field(1, "my") + field(2, 1))
    return field(1, 8) + opsets + field(7, content) + fields(25, functions)


def chain(op, count, *attributes, first="x"):
    """Nodes that read one another, and the name of the last output."""
    names = [first, *(f"v{i}" for i in range(count))]
    return [node(op, [names[i]], [names[i + 1]], *attributes) for i in range(count)], names[-1]
