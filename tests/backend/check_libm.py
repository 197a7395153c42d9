# SPDX-License-Identifier: Apache-2.0
"""No layer takes a value from a function whose last bit the C library chooses: of libm only what is exact or correctly
rounded is called."""

import re
import subprocess
import sys

# Exact, or rounded once as IEEE 754 says, so every library gives the same bits.
EXACT = {"sqrt", "fma", "floor", "ceil", "trunc", "round", "lround", "llround", "rint", "nearbyint", "fmod", "fmin", "fmax", "fabs",
         "nextafter",
         "ldexp", "scalbn", "frexp", "modf", "copysign", "ilogb", "logb", "fdim", "remainder"}
# The rest of <math.h> and what compilers make of it: a last digit of their own in every version.
FREE = {"sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp", "exp2", "exp10",
        "expm1", "log",
        "log2", "log10", "log1p", "pow", "cbrt", "hypot", "erf", "erfc", "tgamma", "lgamma", "gamma", "sincos", "j0", "j1", "jn", "y0",
        "y1", "yn",
        "powi", "drem", "significand"}


def name_of(symbol):
    """expf, __exp_finite, _ZGVdN8v_logf (a vector variant) -> exp, exp, log; None where it is no function of libm."""
    plain = re.sub(r"^_ZGV\w+?_", "", symbol)
    plain = re.sub(r"^__(\w+?)_finite$", r"\1", plain)
    for candidate in (plain, plain[:-1] if plain[-1:] in "fl" else plain):
        if candidate in FREE | EXACT:
            return candidate
    return None


def wrong_symbols(listing):
    """Undefined symbols of `nm -u` that are free in their last bit, long double variants of anything among them."""
    wrong = set()
    for symbol in re.findall(r"^\s+U (\S+)", listing, re.MULTILINE):
        symbol = symbol.split("@")[0]
        name = name_of(symbol)
        if name and (name in FREE or symbol == name + "l"):
            wrong.add(symbol)
    return sorted(wrong)


def main(nm, archives):
    for planted in ("exp", "tanhf", "__pow_finite", "_ZGVdN8v_logf", "erfc", "sqrtl", "sincosf", "exp@GLIBC_2.29"):
        assert wrong_symbols(f"                 U {planted}\n"), f"the check does not see {planted}"
    for innocent in ("sqrt", "fmaf", "floor", "memcpy", "_ZN8evenkeel10elementary3expEd", "nextafterf"):
        assert not wrong_symbols(f"                 U {innocent}\n"), f"the check refuses {innocent}"
    failed = False
    for archive in archives:
        listing = subprocess.run([nm, "-u", archive], capture_output=True, text=True, check=True).stdout
        assert " U memcpy" in listing or " U memset" in listing or " U _ZN" in listing, f"{archive}: no undefined symbol was read"
        for symbol in wrong_symbols(listing):
            print(f"{archive}: calls {symbol}; src/base/elementary.hpp has the same bits everywhere")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
