# SPDX-License-Identifier: Apache-2.0
"""Each kernel object defines its table and nothing else that another object could pick up (weak, unique or std:: symbols), and calls
nothing that computes but a correctly rounded fma."""

import pathlib
import re
import subprocess
import sys

# Unit -> what it may define. On processors without x86 the units of linalg are not built, so only those of fill have to be there.
TABLES = {**{unit: f"evenkeel::{unit}_table" for unit in ("portable", "avx2", "avx512", "neon")},
          **{f"{isa}_kernel": f"evenkeel::linalg::{isa}_product_kernel" for isa in ("avx2", "avx512", "neon")}}
OPTIONAL = {"avx2_kernel", "avx512_kernel", "neon_kernel"}
# Memory, the processor's features, the exception routine, and the fma of the C library where the instruction set has none.
CALLED = {"memcpy", "memset", "memmove", "__memcpy_chk", "__cpu_model", "__cpu_indicator_init", "__gxx_personality_v0",
          "_GLOBAL_OFFSET_TABLE_",
          "__stack_chk_fail", "_Unwind_Resume", "fma", "fmaf"}


def wrong_symbols(listing, table):
    """What `nm -C` lists besides local symbols, the table and what may be called. DW.ref.* is a hidden pointer to the exception routine."""
    wrong = []
    for line in listing.splitlines():
        kind, name = re.fullmatch(r"(?:[0-9a-f]+ )?\s*([A-Za-z]) (.*)", line.strip()).groups()
        if kind == "U":
            allowed = name in CALLED
        else:
            allowed = kind in "trdb" and not name.startswith("std::") or kind == "V" and name.startswith("DW.ref.") or name == table
        if not allowed:
            wrong.append(f"{kind} {name}")
    return wrong


def main(nm, objects):
    for planted in ("00 W std::min<int>", "00 u evenkeel::x", "00 T evenkeel::helper()", "                 U expf", "00 t std::max<int>"):
        assert wrong_symbols(planted, TABLES["avx2"]), f"the check does not see {planted}"
    failed = False
    for unit, table in TABLES.items():
        found = [path for path in objects if pathlib.Path(path).name.startswith(f"{unit}.cpp.")]
        if not found and unit in OPTIONAL:
            continue
        assert len(found) == 1, f"expected one object of {unit}.cpp, got {found}"
        listing = subprocess.run([nm, "-C", found[0]], capture_output=True, text=True, check=True).stdout
        assert table in listing
        for symbol in wrong_symbols(listing, table):
            print(f"{found[0]}: {symbol}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
