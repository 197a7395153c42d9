# SPDX-License-Identifier: Apache-2.0
"""Each kernel object defines its table and nothing else that another object could pick up (weak, unique or std:: symbols)."""

import pathlib
import re
import subprocess
import sys

UNITS = ["portable", "avx2", "avx512", "neon"]


def wrong_symbols(listing, unit):
    """What `nm -C` lists besides local symbols, undefined ones and the table. DW.ref.* is a hidden pointer to the exception routine."""
    wrong = []
    for line in listing.splitlines():
        kind, name = re.fullmatch(r"(?:[0-9a-f]+ )?\s*([A-Za-z]) (.*)", line.strip()).groups()
        if kind in "Utrdb" and not name.startswith("std::") or kind == "V" and name.startswith("DW.ref."):
            continue
        if not re.fullmatch(rf"evenkeel::{unit}_table", name):
            wrong.append(f"{kind} {name}")
    return wrong


def main(nm, objects):
    assert wrong_symbols("00 W std::min<int>", "avx2") and wrong_symbols("00 u evenkeel::x", "avx2"), "the check itself sees nothing"
    failed = False
    for unit in UNITS:
        found = [path for path in objects if pathlib.Path(path).name.startswith(f"{unit}.cpp.")]
        assert len(found) == 1, f"expected one object of {unit}.cpp, got {found}"
        listing = subprocess.run([nm, "-C", found[0]], capture_output=True, text=True, check=True).stdout
        assert f"evenkeel::{unit}_table" in listing
        for symbol in wrong_symbols(listing, unit):
            print(f"{found[0]}: {symbol}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
