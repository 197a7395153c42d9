# SPDX-License-Identifier: Apache-2.0
"""Stream v1 once more, written from docs/stream-v1.md alone, in exact fractions. The coefficients are read from the page."""

import math
import pathlib
import re
import struct
from fractions import Fraction

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "stream-v1.md"
M32, M64 = 2**32 - 1, 2**64 - 1


# --- 1 Words ---

def canonical_name(name):
    *front, last = name.split(".")
    return ".".join([part for part in front if part not in ("module", "_orig_mod", "_fsdp_wrapped_module")] + [last])


def fnv(data, h=0xcbf29ce484222325):
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 & M64
    return h


def philox(counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & M32, p0 >> 32 ^ c3 ^ k1, p0 & M32
        k0, k1 = k0 + 0x9E3779B9 & M32, k1 + 0xBB67AE85 & M32
    return c0, c1, c2, c3


def words_of(seed, name, index, dtype):
    """The 32-bit words of one element: one, or for f64 two."""
    h = fnv(canonical_name(name).encode())
    per_block = 4
    if dtype == "float64":
        h, per_block = fnv(b"\x1ff64", h), 2
    block = index // per_block
    four = philox((block & M32, block >> 32, h & M32, h >> 32), (seed & M32, seed >> 32))
    lane = index % per_block
    return four[2 * lane:2 * lane + 2] if per_block == 2 else four[lane:lane + 1]


def word_of(seed, name, index, dtype):
    words = words_of(seed, name, index, dtype)
    return words[0] | words[1] << 32 if len(words) == 2 else words[0]


# --- 2 Arithmetic ---

def rounded(x, digits, least):
    """A fraction to `digits` binary digits, no finer than 2^least: nearest, ties to even."""
    x = Fraction(x)
    if x == 0:
        return 0.0
    n, d = abs(x.numerator), x.denominator
    exponent = n.bit_length() - d.bit_length()
    if Fraction(n, d) < Fraction(2) ** exponent:
        exponent -= 1
    quantum = Fraction(2) ** max(exponent - digits + 1, least)
    return float(round(x / quantum) * quantum)


def page_coefficients(title):
    section = PAGE.read_text().split("## 7 Coefficients")[1].split("## 8")[0]
    part = section.split(f"\n{title}:\n")[1].split("\n\n")[0]
    return {row[0]: [float.fromhex(value) for value in re.findall(r"`([^`]*)`", row[1])]
            for row in re.findall(r"\| `(\w+)` \| (.*) \|", part)}


class Real:
    """One of the two types that values are computed in."""

    def __init__(self, title, digits, least, bits, fields):
        self.digits, self.least, self.bits = digits, least, bits
        self.float_code, self.integer_code, self.mantissa, self.bias, self.one, self.two_thirds = fields
        self.c = {name: values if len(values) > 1 else values[0] for name, values in page_coefficients(title).items()}

    def round(self, x):
        return rounded(x, self.digits, self.least)

    def fma(self, a, b, c):
        return self.round(Fraction(a) * Fraction(b) + Fraction(c))

    def add(self, a, b):
        return self.round(Fraction(a) + Fraction(b))

    def mul(self, a, b):
        return self.round(Fraction(a) * Fraction(b))

    def div(self, a, b):
        return self.round(Fraction(a) / Fraction(b))

    def sqrt(self, x):
        return self.round(math.sqrt(x))  # for 24 digits the detour over 53 is harmless

    def poly(self, name, x):
        *rest, total = self.c[name]
        for coefficient in reversed(rest):
            total = self.fma(total, x, coefficient)
        return total

    def real(self, word, fraction):
        half = 8 if self.bits == 32 else 32
        return self.fma(word >> half, 2**half, self.add(word & 2**half - 1, fraction))

    def split(self, x):
        code, = struct.unpack(self.integer_code, struct.pack(self.float_code, x))
        code += self.one - self.two_thirds
        n = self.bias - (code >> self.mantissa)
        mantissa, = struct.unpack(self.float_code, struct.pack(self.integer_code, (code & 2**self.mantissa - 1) + self.two_thirds))
        return n, self.add(mantissa, -1)

    def neg_log(self, n, t):
        if self.bits == 32:
            p = self.fma(t, self.poly("log_p", t), -0.5)
            return self.fma(n, self.c["ln2"], -self.fma(self.mul(t, t), p, t))
        s = self.div(t, self.add(t, 2))
        z, h = self.mul(s, s), self.mul(self.mul(t, 0.5), t)
        r = self.fma(-s, self.fma(z, self.poly("log_p", z), h), h)
        return self.fma(n, self.c["ln2_high"], self.add(self.fma(n, self.c["ln2_low"], r), -t))

    def mills(self, x):
        z = self.div(1, self.mul(x, x))
        return self.div(self.div(self.poly("mills_num", z), self.poly("mills_den", z)), x)


F32 = Real("f32", 24, -149, 32, ("<f", "<I", 23, 127, 0x3f800000, 0x3f2aaaab))
F64 = Real("f64", 53, -1074, 64, ("<d", "<Q", 52, 1023, 0x3ff0000000000000, 0x3fe5555555555555))


def real_of(dtype):
    return F64 if dtype == "float64" else F32


# --- 3 Uniform ---

def uniform(T, word, low, high):
    k, g = (word >> 8, 2.0**-24) if T is F32 else (word >> 11, 2.0**-53)
    if low == -high:
        return T.fma(T.fma(k, 2 * g, g - 1), T.round(high), 0)
    return T.fma(T.mul(k, g), T.round(high - low), T.round(low))


# --- 3.1 Log-uniform ---

def log2_parts(x):
    n, t = F64.split(x * 2.0**54 if x < 2.0**-1022 else x)
    return -(n + 54 if x < 2.0**-1022 else n), -F64.neg_log(0, t) * F64.c["log2_e"]


def log_uniform(T, word, low, high):
    (whole_low, part_low), (whole_high, part_high) = log2_parts(low), log2_parts(high)
    whole, part = float(whole_high - whole_low), part_high - part_low
    octaves = whole + part
    octaves_rest = part - (octaves - whole)
    big, half_bits, digits = (1.5 * 2**29, 16, 23) if T is F32 else (1.5, 32, 52)
    h = 2.0**-half_bits
    step, start = (octaves * h + big) - big, (part_low + big) - big
    rest, fine, start_rest = T.round((octaves * h - step) + octaves_rest * h), T.round(octaves * h * h), T.round(part_low - start)
    step, start = T.round(step), T.round(start)
    a, c = word >> half_bits, word & 2**half_bits - 1
    k = T.add(T.add(T.fma(a, step, start), 1.5 * 2**digits), -1.5 * 2**digits)
    close = T.add(T.fma(a, step, -k), start)
    assert Fraction(close) == a * Fraction(step) - Fraction(k) + Fraction(start)
    x = T.add(close, T.fma(a, rest, T.fma(T.add(c, 0.5), fine, start_rest)))
    e = int(k) + whole_low
    return T.mul(T.mul(T.fma(x, T.poly("exp2_p", x), 1), 2.0**(e // 2)), 2.0**(e - e // 2))


# --- 4 Normal ---

def radius(T, word, trace=None):
    below = (word >> T.bits - 32) < 0xaaaaaaab
    x = T.real(word if below else ~word & 2**T.bits - 1, 0.5)
    if below:
        n, t = T.split(x)
        n += T.bits
    else:
        n, t = 0, T.mul(x, -2.0**-T.bits)
    e = T.neg_log(n, t)
    result = T.sqrt(T.add(e, e))
    if trace is not None:
        trace.update({"x": x, "n": n, "t of the radius": t, "e": e, "radius": result})
    return result


def standard_normal(T, even_word, odd_word, odd, trace=None):
    bits = T.bits
    turned = (odd_word << 2 | 2) & 2**bits - 1
    if turned >= 2**(bits - 1):
        turned -= 2**bits
    if T is F32:
        t = T.mul(T.round(turned), 2.0**-31)
    else:
        t = T.fma(turned >> 32, 2.0**-31, T.mul(turned & M32, 2.0**-63))
    y = T.mul(t, t)
    sine = T.fma(T.c["quarter_pi"], t, T.mul(t, T.fma(y, T.poly("sin_p", y), T.c["quarter_pi_low"])))
    cosine = T.fma(y, T.poly("cos_p", y), 1)
    quarter = (odd_word + 2**(bits - 3) & 2**bits - 1) >> bits - 2
    r = radius(T, even_word, trace)
    if trace is not None:
        trace.update({"t of the angle": t, "sine": sine, "cosine": cosine, "quarter": quarter})
    c, s = T.mul(r, cosine), T.mul(r, sine)
    return [(c, s), (-s, c), (-c, -s), (s, -c)][quarter][odd]


def normal(T, seed, name, index, dtype, mean, std):
    even = index - index % 2
    z = standard_normal(T, word_of(seed, name, even, dtype), word_of(seed, name, even + 1, dtype), index % 2)
    return T.fma(z, T.round(std), T.round(mean))


# --- 5 Truncated normal: setup in f64 ---

def expm1(r):
    return F64.fma(F64.mul(r, r), F64.poly("exp_p", r), r)


def exp_minus(h, low):
    if h >= 708:
        return 0.0
    k = int(F64.fma(h, F64.c["log2_e"], 0.5))
    r = F64.fma(k, F64.c["ln2_low"], F64.fma(k, F64.c["ln2_high"], -h)) - low
    return F64.fma(2.0**-k, expm1(r), 2.0**-k)


def upper_tail(x):
    if x < F64.c["far_limit"]:
        return 0.5 - centred_phi(x)
    if x >= 37.625:
        return 0.0
    h = x * x * 0.5
    return F64.c["inverse_sqrt_2pi"] * exp_minus(h, F64.fma(x * 0.5, x, -h)) * F64.mills(x)


def centred_phi(x):
    if x >= F64.c["far_limit"]:
        return 0.5 - upper_tail(x)
    if x <= -F64.c["far_limit"]:
        return upper_tail(-x) - 0.5
    y = x * x
    return x * (F64.poly("half_erf_num", y) / F64.poly("half_erf_den", y))


def near(T, word, mean, std, low, high, alpha, beta):
    v_low, v_high = centred_phi(alpha), centred_phi(beta)
    mass = v_high - v_low
    if mass < (2.0**-15 if T is F32 else 2.0**-30):
        return uniform(T, word, low, high)
    limit, fractions, starts = 0, (0.5, 0.5), (0.0, max(v_low, 0.0))
    if beta <= 0:
        limit, starts = 2**T.bits, (-v_high, 0.0)
    elif alpha < 0:
        place = -v_low / mass * 2.0**T.bits
        limit = min(math.ceil(place - 0.5), 2**T.bits)
        fractions = place - limit + 0.5, limit - place + 0.5
    step = T.round(mass * 2.0**-T.bits)
    side = 0 if word < limit else 1
    distance, outward = (word - limit, ~word & 2**T.bits - 1) if side else (limit - 1 - word, word)
    v = T.fma(T.real(distance, T.round(fractions[side])), step, T.round(starts[side]))
    if v <= T.c["centre_limit"]:
        r = T.fma(-v, v, T.mul(T.c["centre_limit"], T.c["centre_limit"]))
        x = T.mul(v, T.div(T.poly("centre_num", r), T.poly("centre_den", r)))
    else:
        q = T.fma(T.real(outward, 0.5), step, T.round(upper_tail(beta if side else -alpha)))
        e = T.neg_log(*T.split(q))
        s = T.sqrt(T.add(e, e))
        x = T.div(T.poly("tail_num", s), T.poly("tail_den", s))
    return T.fma(x, T.round(std if side else -std), T.round(mean))


def far(T, word, std, low, high, closer, further, upper):
    width = further - closer
    drop = width * (F64.fma(0.5, width, closer) if math.isfinite(width) else math.inf)
    if drop < 708:
        drop += -F64.neg_log(*F64.split(F64.mills(closer) / F64.mills(further)))
    if drop < (2.0**-11 if T is F32 else 2.0**-25):
        return uniform(T, word, low, high)
    ratio = exp_minus(drop, 0.0)
    step = T.round((-expm1(-drop) if drop <= 0.34375 else 1 - ratio) * 2.0**-T.bits)
    bound, bound_mills = T.round(closer), T.round(F64.mills(closer))
    y = T.fma(T.real(~word & 2**T.bits - 1 if upper else word, 0.5), step, T.round(ratio))
    e = T.neg_log(*T.split(y))
    d = T.add(e, e)
    t = T.div(d, T.add(bound, T.sqrt(T.fma(bound, bound, d))))
    for _ in range(3 if T is F32 else 5):
        m = T.mills(T.add(bound, t))
        g = T.neg_log(*T.split(T.div(m, bound_mills)))
        t = T.fma(-T.add(T.fma(t, T.fma(0.5, t, bound), g), -e), m, t)
    return T.fma(t, T.round(std if upper else -std), T.round(low if upper else high))


# --- 6 Element types ---

SHORT = {"float16": (5, 10), "bfloat16": (8, 7), "float8_e4m3fn": (4, 3), "float8_e5m2": (5, 2)}


def format_of(dtype):
    """Digits, exponent of the last place of the least number, largest finite value."""
    if dtype == "float64":
        return 53, -1074, float.fromhex("0x1.fffffffffffffp+1023")
    if dtype == "float32":
        return 24, -149, float.fromhex("0x1.fffffep+127")
    exponent, mantissa = SHORT[dtype]
    largest = {"float16": 65504.0, "bfloat16": float.fromhex("0x1.fep+127"), "float8_e4m3fn": 448.0, "float8_e5m2": 57344.0}[dtype]
    return mantissa + 1, 2 - 2**(exponent - 1) - mantissa, largest


def neighbours(dtype, x):
    """The greatest value of the type that is <= x, and the least that is >= x (x finite)."""
    digits, least, _ = format_of(dtype)
    if x == 0:
        return 0.0, 0.0
    exponent = math.frexp(abs(x))[1] - 1
    quantum = Fraction(2) ** max(exponent - digits + 1, least)
    return float(math.floor(Fraction(x) / quantum) * quantum), float(math.ceil(Fraction(x) / quantum) * quantum)


def bounds(dtype, law, p):
    largest = format_of(dtype)[2]
    if law == "normal":
        return -largest, largest
    low, high = p[-2:]
    lowest = -largest if low <= -largest else neighbours(dtype, low)[1]
    if high > largest:
        return lowest, largest
    highest = neighbours(dtype, high)[0]
    if law.endswith("uniform") and highest == high:  # one value further down
        highest = neighbours(dtype, float(Fraction(high) - Fraction(2) ** -1074) if dtype == "float64" else
                             math.nextafter(high, -math.inf))[0]
    return lowest, highest


def code_of(dtype, value):
    """Bits of a value of `T`, rounded to the element type."""
    if dtype == "float64":
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    if dtype == "float32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    exponent_bits, mantissa_bits = SHORT[dtype]
    digits, least, _ = format_of(dtype)
    x = abs(rounded(Fraction(value), digits, least))
    sign = (math.copysign(1, value) < 0) << exponent_bits + mantissa_bits
    if x == 0:
        return sign
    exponent = max(math.frexp(x)[1] - 1, least + mantissa_bits)
    field = int(Fraction(x) / Fraction(2) ** (exponent - mantissa_bits))
    return sign | ((exponent - least - mantissa_bits) << mantissa_bits) + field


def element(law, parameters, dtype, seed, name, index):
    """The bits of one element; parameters as in the vector files: low high (uniform, log_uniform), mean std, mean std low high."""
    T, p = real_of(dtype), parameters
    word = word_of(seed, name, index, dtype)
    lowest, highest = bounds(dtype, law, p)
    if law == "uniform":
        value = uniform(T, word, *p)
    elif law == "log_uniform":
        value = log_uniform(T, word, *p)
    elif law == "normal":
        value = normal(T, seed, name, index, dtype, *p)
    else:
        mean, std, low, high = p
        alpha, beta = (low - mean) / std, (high - mean) / std
        if alpha >= F64.c["far_limit"]:
            value = far(T, word, std, low, high, alpha, beta, True)
        elif beta <= -F64.c["far_limit"]:
            value = far(T, word, std, low, high, -beta, -alpha, False)
        else:
            value = near(T, word, mean, std, low, high, alpha, beta)
    value = lowest if value < lowest else value
    value = highest if value > highest else value
    return code_of(dtype, value)
