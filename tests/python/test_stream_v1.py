# SPDX-License-Identifier: Apache-2.0
"""docs/stream-v1.md is enough to write the stream: what is made from the page gives its examples and the library's bits."""

import math
import re

import pytest

import stream_v1

VECTORS = stream_v1.PAGE.parents[1] / "tests" / "vectors"


def examples():
    section = stream_v1.PAGE.read_text().split("## 8 Worked examples")[1].split("## 9")[0]
    for row in re.findall(r"^\| (?:uniform|log_uniform|normal|truncated_normal) .*$", section, re.MULTILINE):
        yield [cell.strip().replace("`", "") for cell in row.strip("|").split("|")]


def vector_lines():
    for line in (VECTORS / "stream_v1.txt").read_text().splitlines():
        if not line.startswith("#"):
            yield line.split()


@pytest.mark.parametrize("row", list(examples()), ids=lambda row: "-".join([row[0], row[2], row[5]]))
def test_examples_of_the_page(row):
    law, parameters, dtype, seed, name, index, words, bits, value = row
    parameters = [float(p) for p in parameters.split(",")]
    assert ["%08x" % w for w in stream_v1.words_of(int(seed), name, int(index), dtype)] == words.split()
    code = stream_v1.element(law, parameters, dtype, int(seed), name, int(index))
    assert "%0*x" % (len(bits), code) == bits
    # The decimal column is the value of the bits.
    assert stream_v1.code_of(dtype, float(value)) == code


def test_the_page_shows_every_law_and_type():
    assert len(list(examples())) >= 20
    assert {row[0] for row in examples()} == {"uniform", "log_uniform", "normal", "truncated_normal"}
    assert {row[2] for row in examples()} == {"float64", "float32", *stream_v1.SHORT}


def test_steps_of_the_first_example():
    block = stream_v1.PAGE.read_text().split("```text\n")[1].split("```")[0]
    shown = dict(line.split(" = ") for line in block.splitlines())
    trace = {}
    a, b = (stream_v1.word_of(0, "weight", i, "float32") for i in (0, 1))
    z = stream_v1.standard_normal(stream_v1.F32, a, b, 0, trace)
    got = {"hash of the name": "%016x" % stream_v1.fnv(b"weight"), "word A": "%08x" % a, "word B": "%08x" % b,
           **{name: str(x) if isinstance(x, int) else x.hex() for name, x in trace.items()}, "z": z.hex()}
    assert got == shown


def test_bits_of_the_library():
    wrong, count = [], 0
    for law, *parameters, dtype, seed, name, index, bits in vector_lines():
        code = stream_v1.element(law, [float(p) for p in parameters], dtype, int(seed), name, int(index))
        count += 1
        if "%0*x" % (len(bits), code) != bits:
            wrong.append(f"{law} {parameters} {dtype} {seed} {name} {index}: {code:x}, the library {bits}")
    assert not wrong, "\n".join(wrong)
    assert count >= 300


def test_known_answers_of_philox():
    for line in (VECTORS / "philox4x32.txt").read_text().splitlines():
        if not line.startswith("#"):
            words = [int(word, 16) for word in line.split()]
            assert stream_v1.philox(words[:4], words[4:6]) == tuple(words[6:])


def test_coefficients_of_the_page_are_those_of_the_library(root):
    source = (root / "src" / "fill" / "coefficients.hpp").read_text()
    for title in ("f32", "f64"):
        part = source.split(f"namespace evenkeel::coefficients_{title} {{")[1].split(f"}}  // namespace evenkeel::coefficients_{title}")[0]
        found = {name: [float.fromhex(x.strip().rstrip("F")) for x in values.strip("{} ").replace("\n", " ").split(",")]
                 for name, values in re.findall(r"constexpr \w+ (\w+)(?:\[\d+\])? = ([^;]*);", part)}
        assert found == stream_v1.page_coefficients(title)


def test_rounding_is_exact():
    assert stream_v1.F32.fma(1 + 2.0**-12, 1 + 2.0**-12, -1) == 2.0**-11 + 2.0**-24
    assert stream_v1.F32.round(1 + 2.0**-24) == 1 and stream_v1.F32.round(1 + 2.0**-24 + 2.0**-50) == 1 + 2.0**-23
    assert math.isclose(stream_v1.upper_tail(8.0), 6.22096057427178e-16, rel_tol=1e-14)
