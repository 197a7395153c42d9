# SPDX-License-Identifier: Apache-2.0
"""The law of our orthogonal matrices against SciPy's: exact moments, and statistics of whole matrices beside those of QR with the sign
correction (Mezzadri 2007) and of scipy.stats.ortho_group. Each check's power stands beside it and is shown on laws that are nearly right.

One statistic a matrix, so that samples are independent and the two-sample Kolmogorov-Smirnov test is exact. Seeds are fixed; with its limit
of 1e-6 a check gives a false alarm once in a million choices of them. With 4000 matrices a side it sees a distance of 0.06 between two laws
with probability 1/2 and of 0.085 always (0.99).
"""

import math

import numpy
import pytest
import scipy.stats

SIZE, COUNT = 12, 4000
LIMIT = 1e-6
SIGMAS = 5  # of a mean: false alarm 6e-7


def ours(dump_values, count, rows, columns, dtype="float64", seed=17):
    numpy_type = {"float64": numpy.float64, "float32": numpy.float32}[dtype]
    return numpy.frombuffer(dump_values(f"haar {count} {rows} {columns} {dtype} {seed}"), numpy_type).reshape(count, rows, columns)


def gaussian(count, rows, columns, seed):
    return numpy.random.default_rng(seed).standard_normal((count, rows, columns))


def qr_with_signs(count, rows, columns, seed):
    q, r = numpy.linalg.qr(gaussian(count, rows, columns, seed))
    return q * numpy.sign(numpy.diagonal(r, axis1=1, axis2=2))[:, None, :]


def angles_of(matrices):
    """Sorted angles of all eigenvalues, in [0, 2 pi)."""
    return numpy.sort(numpy.angle(numpy.linalg.eigvals(matrices)) % (2 * math.pi), axis=1)


def spacings(matrices):
    angles = angles_of(matrices)
    return numpy.diff(angles, axis=1, append=angles[:, :1] + 2 * math.pi) * matrices.shape[1] / (2 * math.pi)


STATISTICS = {
    "trace": lambda q: numpy.trace(q, axis1=1, axis2=2),
    "trace of the square": lambda q: numpy.einsum("nij,nji->n", q, q),
    "trace of the cube": lambda q: numpy.einsum("nij,njk,nki->n", q, q, q),
    "determinant": lambda q: numpy.linalg.det(q).round() + numpy.random.default_rng(3).random(len(q)),  # a continuous law from a sign
    "first entry": lambda q: q[:, 0, 0],
    "last entry": lambda q: q[:, -1, -1],
    "largest entry": lambda q: numpy.abs(q).max(axis=(1, 2)),
    "fourth powers": lambda q: (q**4).sum(axis=(1, 2)),
    "smallest angle": lambda q: angles_of(q)[:, 0],
    "angles in the first eighth": lambda q: (angles_of(q) < math.pi / 4).sum(axis=1) + numpy.random.default_rng(4).random(len(q)),
    "smallest spacing": lambda q: spacings(q).min(axis=1),
    "largest spacing": lambda q: spacings(q).max(axis=1),
    "squared spacings": lambda q: (spacings(q) ** 2).mean(axis=1),
}


@pytest.fixture(scope="module")
def drawn(dump_values):
    return ours(dump_values, COUNT, SIZE, SIZE)


@pytest.fixture(scope="module")
def judges():
    return {"NumPy's QR with signs": qr_with_signs(COUNT, SIZE, SIZE, 1),
            "scipy.stats.ortho_group": scipy.stats.ortho_group(SIZE, seed=2).rvs(COUNT)}


@pytest.mark.parametrize("judge", ["NumPy's QR with signs", "scipy.stats.ortho_group"])
@pytest.mark.parametrize("name", STATISTICS)
def test_matrices_have_the_law_of(drawn, judges, judge, name):
    statistic = STATISTICS[name]
    p = scipy.stats.ks_2samp(statistic(drawn), statistic(judges[judge])).pvalue
    assert p > LIMIT, f"{name}: p = {p:.1e}"


def test_single_precision_has_the_same_law(dump_values, judges):
    single = ours(dump_values, COUNT, SIZE, SIZE, "float32").astype(numpy.float64)
    for name, statistic in STATISTICS.items():
        p = scipy.stats.ks_2samp(statistic(single), statistic(judges["NumPy's QR with signs"])).pvalue
        assert p > LIMIT, f"{name}: p = {p:.1e}"


def least_p(matrices, judge):
    return min(scipy.stats.ks_2samp(statistic(matrices), statistic(judge)).pvalue for statistic in STATISTICS.values())


def test_a_missing_sign_correction_is_seen(judges):
    wrong = numpy.linalg.qr(gaussian(COUNT, SIZE, SIZE, 5))[0]
    assert least_p(wrong, judges["scipy.stats.ortho_group"]) < 1e-100


def test_a_single_wrong_sign_is_seen(judges):
    """The last reflection has length 1: without its sign the last column follows the determinant of the others."""
    wrong = qr_with_signs(COUNT, SIZE, SIZE, 6)
    wrong[:, :, -1] *= numpy.sign(numpy.linalg.det(wrong))[:, None]
    assert least_p(wrong, judges["scipy.stats.ortho_group"]) < 1e-100


def test_uniform_instead_of_normal_entries_are_seen(judges):
    """Columns that come from a cube instead of a ball."""
    entries = numpy.random.default_rng(7).uniform(-1, 1, (COUNT, SIZE, SIZE))
    q, r = numpy.linalg.qr(entries)
    wrong = q * numpy.sign(numpy.diagonal(r, axis1=1, axis2=2))[:, None, :]
    assert least_p(wrong, judges["scipy.stats.ortho_group"]) < LIMIT


def moment(n, power):
    """E q^power of an entry of a Haar matrix of size n: 1 3 5 ... / (n (n + 2) (n + 4) ...)."""
    return math.prod((2 * k + 1) / (n + 2 * k) for k in range(power // 2))


@pytest.mark.parametrize("shape", [(12, 12), (12, 5), (5, 12), (64, 64)])
def test_moments_of_every_entry(dump_values, shape):
    """Powers 2, 4 and 6 of each entry for itself: all entries have one law, the last as well as the first."""
    count = 20000 if max(shape) < 64 else 2000
    q = ours(dump_values, count, *shape)
    n = max(shape)
    for power in (2, 4, 6):
        exact, square = moment(n, power), moment(n, 2 * power)
        error = numpy.abs((q**power).mean(axis=0) - exact) / math.sqrt((square - exact**2) / count)
        # The largest of all entries: 5 standard errors each, and a margin for the skewness of high powers.
        assert error.max() < SIGMAS + (0, 0, 1, 1.5)[power // 2], f"{shape}, power {power}: {error.max():.2f} standard errors"
    for odd in (1, 3):
        error = numpy.abs((q**odd).mean(axis=0)) / math.sqrt(moment(n, 2 * odd) / count)
        assert error.max() < SIGMAS, f"{shape}, power {odd}: {error.max():.2f} standard errors"


def test_moments_of_traces(dump_values):
    """E tr^2 = 1, E tr^4 = 3, E tr Q^2 = 1, E (tr Q^2)^2 = 3, E tr Q^3 = 0 (Diaconis and Shahshahani 1994)."""
    count = 40000
    q = ours(dump_values, count, SIZE, SIZE, seed=18)
    trace, trace2, trace3 = (STATISTICS[name](q) for name in ("trace", "trace of the square", "trace of the cube"))
    for name, got, exact in (("tr", trace, 0), ("tr^2", trace**2, 1), ("tr^3", trace**3, 0), ("tr^4", trace**4, 3), ("tr Q^2", trace2, 1),
                             ("(tr Q^2)^2", trace2**2, 3), ("tr Q^3", trace3, 0), ("(tr Q^3)^2", trace3**2, 3),
                             ("tr tr Q^3", trace * trace3, 0)):
        assert abs(got.mean() - exact) < SIGMAS * got.std() / math.sqrt(count), f"{name}: {got.mean():.4f}, expected {exact}"


def largest_error(q):
    q = q.astype(numpy.float64)
    gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    gram[numpy.diag_indices_from(gram)] -= 1
    return numpy.abs(gram).max()


@pytest.mark.parametrize("shape", [(1, 1), (37, 1), (300, 70), (70, 300), (257, 256), (1000, 1000)])
def test_columns_are_orthonormal(dump_values, shape):
    assert largest_error(ours(dump_values, 1, *shape, "float32")[0]) < 2e-6
    assert largest_error(ours(dump_values, 1, *shape, "float64")[0]) < 1e-14


@pytest.mark.slow
def test_columns_are_orthonormal_at_4096(dump_values):
    """The promise is 1e-5."""
    error = largest_error(ours(dump_values, 1, 4096, 4096, "float32")[0])
    print(f"max |Q'Q - I| = {error:.1e}")
    assert error < 1e-6
