# SPDX-License-Identifier: Apache-2.0
"""What the kernels are made of, read from their disassembly (x86-64): every instruction of a kernel object is in the list below, and no
other object that computes values has an estimate, x87 or a rounding that the instruction chooses."""

import pathlib
import re
import subprocess
import sys

KERNELS = ["portable", "avx2", "avx512", "portable_kernel", "avx2_kernel", "avx512_kernel"]

# IEEE arithmetic: each result is defined to the last bit. Minimum and maximum are those of x86, which the stream's clamp is written in.
ARITHMETIC = [r"v?(add|sub|mul|div|sqrt|min|max)[ps][sd]", r"vfn?m(add|sub)(132|213|231)[ps][sd]", r"v?u?comis[sd]", r"v?cmp\w*[ps][sd]"]
# Conversions that are exact or round to nearest by MXCSR. Those that truncate (cvtt...) are not among them.
CONVERSIONS = [r"v?cvtsi2s[sd][lq]?", r"v?cvtdq2p[sd]", r"vcvtu(dq|qq)2p[sd]", r"vcvtqq2p[sd]", r"v?cvts[sd]2s[sd]",
               r"v?cvtp[sd]2p[sd]x?y?"]
# These carry a rounding of their own in the immediate: nearest even (0), down (1), up (2), toward zero (3), plus 8; not MXCSR's (4).
IMMEDIATE = [r"v?round[ps][sd]", r"vrndscale[ps][sd]", r"vcvtps2ph"]
BITS = [r"v?(and|andn|or|xor)p[sd]", r"v?p(and|andn|or|xor)[dq]?", r"vpternlog[dq]", r"vptestn?m[bwdq]", r"v?ptest", r"v?movmskp[sd]",
        r"v?pmovmskb"]
INTEGERS = [r"v?p(add|sub)[bwdq]", r"v?pmul(udq|dq|ld|lw|hw|huw)", r"vpmullq", r"v?ps(ll|rl|ra)[dqw]", r"v?ps(ll|rl)dq",
            r"vps[lr][lr]v[dqw]",
            r"vpsrav[dqw]", r"vpro[lr]v?[dq]", r"v?pcmp(eq|gt)[bwdq]", r"vpcmp\w*", r"v?p(min|max)[su][bwdq]", r"v?pabs[bwdq]"]
MOVES = [r"v?mov(aps|apd|ups|upd|ss|sd|d|q|hps|lps|hlps|lhps|hpd|lpd|ddup|shdup|sldup)", r"v?movdq[au](8|16|32|64)?",
         r"v?movnt(ps|pd|dq|i)",
         r"v?lddqu", r"vmaskmovp[sd]", r"vpmaskmov[dq]", r"kmov[bwdq]"]
SHUFFLES = [r"v?unpck[lh]p[sd]", r"v?shufp[sd]", r"vperm\w+", r"vshuf[fi](32x4|64x2)", r"v(insert|extract|broadcast)[fi]\w+",
            r"v?(insert|extract)ps",
            r"v?blendv?p[sd]", r"vblendmp[sd]", r"vbroadcasts[sd]", r"v?punpck\w+", r"v?pshuf\w+", r"v?pblend\w+", r"vpbroadcast[bwdq]",
            r"v?pack[su]s\w+", r"v?packusdw", r"v?palignr", r"valign[dq]", r"v?pinsr[bwdq]", r"v?pextr[bwdq]", r"v?pmov[sz]x\w+",
            r"vpmov[dqw][bwd]",
            r"vpmov\w2m", r"vpmovm2\w", r"vp?compress\w+", r"vp?expand\w+"]
MASKS = [r"k(and|andn|or|xor|xnor|not|add|ortest|test|unpck\w+|shift[lr])[bwdq]*"]
WHOLE = [r"(mov|add|adc|sub|sbb|imul|mul|div|idiv|neg|not|and|andn|or|xor)[bwlq]?",
         r"(shl|shr|sar|rol|ror|shld|shrd|cmp|test|inc|dec|lea|bt|bts|btr|btc)[bwlq]?",
         r"movabs", r"mov[sz][bwl]?[wlq]?", r"movslq", r"(shl|shr|sar|ror)x", r"mulx", r"bzhi", r"bextr", r"bls[irm]\w*", r"[tl]zcnt[wlq]?",
         r"popcnt[wlq]?", r"bs[fr]", r"bswap", r"cmov\w+", r"set\w+", r"j\w+", r"call[q]?", r"ret[q]?", r"push[q]?", r"pop[q]?",
         r"leave[q]?", r"xchg",
         r"nop[wl]?", r"c(l|q)t(q|o|d)", r"cwt[ld]", r"endbr64", r"ud2", r"hlt", r"int3", r"prefetch\w+", r"sfence", r"vzeroupper",
         r"stos[bwlq]?",
         r"movs[bwlq]"]
PREFIXES = {"data16", "cs", "ds", "es", "ss", "fs", "gs", "rep", "repz", "repnz", "lock", "notrack", "bnd", "addr32", "rex.W", "{evex}",
            "{vex}"}
ALLOWED = re.compile("|".join([*ARITHMETIC, *CONVERSIONS, *BITS, *INTEGERS, *MOVES, *SHUFFLES, *MASKS, *WHOLE]))
WITH_IMMEDIATE = re.compile("|".join(IMMEDIATE))

# In no object that computes: estimates, x87, sums in an order of the instruction's own, exponents and roundings that vary with the machine.
FORBIDDEN = re.compile(r"v?r(cp|sqrt)\w+|f\w+|v?dpp[sd]|v?h(add|sub)p[sd]|vexp2\w+|vget(exp|mant)\w+|vscalef\w+|vreduce\w+|vrange\w+|"
                       r"vdpbf16ps|vcvtne2?ps2bf16")


def instructions(listing):
    """(mnemonic, operands) of each line of `objdump -d --no-show-raw-insn`."""
    for line in listing.splitlines():
        found = re.fullmatch(r"\s*[0-9a-f]+:\t(.*)", line)
        if not found:
            continue
        words = found.group(1).split("#")[0].split()
        while words and words[0] in PREFIXES:
            words.pop(0)
        if words:
            yield words[0], " ".join(words[1:])


def wrong_in_kernel(listing):
    wrong = set()
    for name, operands in instructions(listing):
        if re.search(r"\{r[nudz]-sae\}", operands):
            wrong.add(f"{name} {operands}: a rounding of its own")
        elif WITH_IMMEDIATE.fullmatch(name):
            mode = re.match(r"\$0x([0-9a-f]+),", operands)
            if not mode or int(mode.group(1), 16) & 4:
                wrong.add(f"{name} {operands}: rounds as the caller says")
        elif not ALLOWED.fullmatch(name):
            wrong.add(name)
    return sorted(wrong)


def forbidden_in(listing):
    return sorted({name for name, _ in instructions(listing) if FORBIDDEN.fullmatch(name)})


PLANTED = ["vrsqrt14ps %zmm0,%zmm1", "rcpss %xmm0,%xmm0", "vcvttps2dq %ymm0,%ymm1", "fldl (%rax)", "fyl2x", "vrndscaleps $0x4,%zmm0,%zmm0",
           "vaddps {rz-sae},%zmm0,%zmm1,%zmm2", "vexp2ps %zmm0,%zmm1", "vcvtneps2bf16 %ymm0,%xmm0", "vhaddps %ymm0,%ymm1,%ymm2",
           "vdpps $0xff,%xmm0,%xmm1,%xmm2"]
INNOCENT = ["vfmadd213ps %ymm0,%ymm1,%ymm2", "vcvtdq2ps %ymm0,%ymm1", "vroundps $0x8,%ymm0,%ymm1", "cs nopw 0x0(%rax,%rax,1)",
            "vsqrtps %ymm0,%ymm1",
            "jne 40 <f+0x40>", "data16 cs nopw 0x0(%rax)", "vpternlogd $0x96,%zmm0,%zmm1,%zmm2", "cvtss2sd %xmm0,%xmm0",
            "movzbl (%rax),%ecx"]


def main(objdump, objects):
    for line in PLANTED:
        assert wrong_in_kernel(f"   0:\t{line}"), f"the check does not see {line}"
    for line in INNOCENT:
        assert not wrong_in_kernel(f"   0:\t{line}"), f"the check refuses {line}"
    for line in ("vrcp14pd %zmm0,%zmm1", "fmull (%rax)", "rsqrtps %xmm0,%xmm1"):
        assert forbidden_in(f"   0:\t{line}"), f"the check does not see {line}"
    failed, kernels, seen = False, 0, 0
    for path in objects:
        listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
        unit = pathlib.Path(path).name.split(".")[0]
        wrong = wrong_in_kernel(listing) if unit in KERNELS else forbidden_in(listing)
        kernels += unit in KERNELS
        seen += sum(1 for _ in instructions(listing))
        for what in wrong:
            print(f"{path}: {what}")
            failed = True
    assert kernels == len(KERNELS), f"expected the objects of {KERNELS}, got {kernels} of them"
    assert seen > 20_000, f"only {seen} instructions were read"
    print(f"{seen} instructions of {len(objects)} objects")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
