"""Reference values for the unit tests of core/linalg and core/compress.

usage: python linalg.py        writes linalg.json beside itself

Inputs are multiples of 1/1024, exact in single precision, except the unit-norm dictionaries. Every
choice of an atom is clear by MARGIN, so that rounding cannot make another choice. Matrices are
row-major lists with their shape; results have 12 significant digits.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import spams
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from sklearn.decomposition import DictionaryLearning
from sklearn.linear_model import orthogonal_mp, orthogonal_mp_gram

Matrix = NDArray[np.float64]

PACKAGES = ["numpy", "scikit-learn", "scipy", "spams-bin"]
# Least lead of the chosen atom's correlation over the next one's, relative to the signal's norm.
MARGIN = 1e-3


def random_matrix(seed: int, *shape: int) -> Matrix:
    return np.round(np.random.default_rng(seed).standard_normal(shape) * 1024) / 1024


def unit_columns(matrix: Matrix) -> Matrix:
    return significant(matrix / np.linalg.norm(matrix, axis=0))


def significant(values: Matrix) -> Matrix:
    """Rounded to 12 significant digits; what is below 1e-12 is rounding and becomes 0."""
    digits = [float(f"{value:.12g}") if abs(value) > 1e-12 else 0.0 for value in np.ravel(values)]
    return np.array(digits).reshape(np.shape(values))


def stored(matrix: Matrix) -> dict[str, Any]:
    return {"shape": list(matrix.shape), "values": listed(matrix)}


def listed(values: Any) -> list[float]:
    return significant(np.asarray(values)).ravel().tolist()


# ---------- singular values


def truncation_errors(matrix: Matrix) -> list[float]:
    """||M - M_k|| in the Frobenius norm for k = 0, 1, ... full rank, by forming M_k."""
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    return [float(np.linalg.norm(matrix - (u[:, :k] * s[:k]) @ vt[:k])) for k in range(len(s) + 1)]


def svd_case(name: str, matrix: Matrix) -> dict[str, Any]:
    return {
        "name": name,
        "matrix": stored(matrix),
        "singular_values": listed(np.linalg.svd(matrix, compute_uv=False)),
        "errors": listed(truncation_errors(matrix)),
    }


def svd_cases() -> list[dict[str, Any]]:
    integers = np.random.default_rng(3).integers(-8, 9, (2, 30)).astype(float)
    rank_3 = integers[0].reshape(10, 3) @ integers[1, :18].reshape(3, 6) / 8
    return [
        svd_case("tall", random_matrix(1, 9, 6)),
        svd_case("rank_deficient", rank_3),
        svd_case("wide", random_matrix(2, 5, 12)),
    ]


# ---------- orthogonal matching pursuit


def omp(
    dictionary: Matrix, signal: Matrix, nonzeros: int, recursive: bool = False
) -> tuple[Matrix, float]:
    """Code of one signal, atoms chosen one by one, and the narrowest lead of a choice.

    The next atom has the largest correlation with the residual. `recursive` (order-recursive
    matching pursuit, as in SPAMS) divides it by the norm of what the chosen atoms leave of the
    atom, which takes the atom that lowers the error most.
    """
    support: list[int] = []
    residual, lead = signal, np.inf
    code = np.zeros(dictionary.shape[1])
    for _ in range(nonzeros):
        correlations = np.abs(dictionary.T @ residual)
        correlations[support] = 0
        if recursive and support:
            chosen = dictionary[:, support]
            left = np.linalg.norm(dictionary - chosen @ np.linalg.pinv(chosen) @ dictionary, axis=0)
            correlations /= np.where(correlations == 0, 1, left)
        second, first = np.sort(correlations)[-2:]
        lead = min(lead, (first - second) / np.linalg.norm(signal))
        support.append(int(correlations.argmax()))
        coefficients = np.linalg.lstsq(dictionary[:, support], signal)[0]
        residual = signal - dictionary[:, support] @ coefficients
    code[support] = coefficients
    return code, float(lead)


def omp_all(
    dictionary: Matrix, signals: Matrix, nonzeros: int, recursive: bool = False
) -> tuple[Matrix, float]:
    coded = [omp(dictionary, signal, nonzeros, recursive) for signal in signals.T]
    return np.stack([code for code, _ in coded], axis=1), min(lead for _, lead in coded)


def sparse_columns(codes: Matrix) -> list[dict[str, Any]]:
    """Per signal the atoms used, rising, and their coefficients."""
    return [
        {"support": np.flatnonzero(code).tolist(), "coefficients": listed(code[code != 0])}
        for code in codes.T
    ]


def omp_case() -> dict[str, Any]:
    dictionary = unit_columns(random_matrix(11, 12, 20))
    signals = random_matrix(141, 12, 8)
    levels, leads = [], []
    for nonzeros in range(1, 6):
        codes, lead = omp_all(dictionary, signals, nonzeros)
        recursive, recursive_lead = omp_all(dictionary, signals, nonzeros, recursive=True)
        leads += [lead, recursive_lead]
        gram, products = dictionary.T @ dictionary, dictionary.T @ signals
        from_sklearn = orthogonal_mp_gram(gram, products, n_nonzero_coefs=nonzeros)
        from_spams = spams_omp(dictionary, signals, nonzeros)
        same(orthogonal_mp(dictionary, signals, n_nonzero_coefs=nonzeros), codes)
        same(from_sklearn, codes)
        same(from_spams, recursive)
        levels.append(
            {
                "nonzeros": nonzeros,
                "codes": sparse_columns(from_sklearn),
                "error": listed([np.linalg.norm(signals - dictionary @ from_sklearn)])[0],
                "spams_codes": sparse_columns(from_spams),
                "spams_error": listed([np.linalg.norm(signals - dictionary @ from_spams)])[0],
            }
        )
    assert min(leads) > MARGIN, f"a choice of OMP is close: {min(leads)}"
    return {
        "note": "codes: plain OMP (scikit-learn, numpy lstsq); spams_codes: order-recursive choice",
        "dictionary": stored(dictionary),
        "signals": stored(signals),
        "levels": levels,
    }


def same(theirs: Matrix, ours: Matrix) -> None:
    assert np.array_equal(theirs != 0, ours != 0), "other supports"
    assert np.allclose(theirs, ours, rtol=1e-8, atol=1e-10), "other coefficients"


def spams_omp(dictionary: Matrix, signals: Matrix, nonzeros: int) -> Matrix:
    fortran = np.asfortranarray
    codes: csc_matrix = spams.omp(fortran(signals), fortran(dictionary), L=nonzeros, numThreads=1)
    return codes.toarray()


# ---------- K-SVD


def ksvd(w: Matrix, d0: Matrix, nonzeros: int, iterations: int, exact: bool) -> dict[str, Any]:
    """K-SVD: Aharon, Elad, Bruckstein, IEEE Trans. Signal Processing 54(11), 2006, algorithm 1.

    An iteration codes all columns by OMP, then updates the atoms in the order of their index, each
    with the coefficients of the columns that use it. `exact` takes the first singular pair;
    otherwise one alternation approximates it: Rubinstein, Zibulevsky, Elad, Technion CS-2008-08,
    algorithm 5. An atom that no column uses stays as it is.
    """
    d = d0.copy()
    lead, after_coding, after_update = np.inf, [], []
    for _ in range(iterations):
        a, narrowest = omp_all(d, w, nonzeros)
        lead = min(lead, narrowest)
        after_coding.append(float(np.linalg.norm(w - d @ a)))
        for atom in range(d.shape[1]):
            users = np.flatnonzero(a[atom])
            if len(users) == 0:
                continue
            d[:, atom] = 0
            e = w[:, users] - d @ a[:, users]
            if exact:
                u, s, vt = np.linalg.svd(e, full_matrices=False)
                d[:, atom], a[atom, users] = u[:, 0], s[0] * vt[0]
            else:
                direction = e @ a[atom, users]
                d[:, atom] = direction / np.linalg.norm(direction)
                a[atom, users] = e.T @ d[:, atom]
        after_update.append(float(np.linalg.norm(w - d @ a)))
    return {"d": d, "a": a, "lead": lead, "coded": after_coding, "updated": after_update}


def ksvd_case() -> dict[str, Any]:
    # Planted: W has sparse codes in an unknown dictionary, and some noise.
    atoms, nonzeros, iterations = 16, 3, 5
    hidden = unit_columns(random_matrix(KSVD_SEED, 12, atoms))
    rng = np.random.default_rng(KSVD_SEED + 1)
    codes = np.zeros((atoms, 40))
    for column in codes.T:
        column[rng.choice(atoms, nonzeros, replace=False)] = rng.standard_normal(nonzeros)
    noise = 0.05 * rng.standard_normal((12, 40))
    w = np.round((hidden @ codes + noise) * 1024) / 1024
    d0 = unit_columns(random_matrix(KSVD_SEED + 2, 12, atoms))

    result = ksvd(w, d0, nonzeros, iterations, exact=False)
    assert result["lead"] > MARGIN, f"a choice of K-SVD is close: {result['lead']}"
    exact = ksvd(w, d0, nonzeros, iterations, exact=True)
    other = DictionaryLearning(
        atoms,
        alpha=0.1,
        max_iter=100,
        dict_init=d0.T,
        transform_algorithm="omp",
        transform_n_nonzero_coefs=nonzeros,
        random_state=0,
    ).fit(w.T)
    other_error = np.linalg.norm(w.T - other.transform(w.T) @ other.components_)
    return {
        "w": stored(w),
        "d0": stored(d0),
        "nonzeros": nonzeros,
        "norm": listed([np.linalg.norm(w)])[0],
        "errors_after_coding": listed(result["coded"]),
        "errors_after_update": listed(result["updated"]),
        "d": stored(result["d"]),
        "a": {"shape": [atoms, 40], "columns": sparse_columns(result["a"])},
        # For comparison only: exact first singular pairs, and scikit-learn's own learning
        # (100 iterations of lasso coding, final coding by OMP with the same non-zeros).
        "exact_update_errors": listed(exact["updated"]),
        "scikit_learn_error": listed([other_error])[0],
    }


KSVD_SEED = 252


# ---------- kernel separation


def separation_case() -> dict[str, Any]:
    """A d x d kernel as K vertical filters [K,C,d,1] and K horizontal ones [N,K,1,d].

    Closed form: Tai, Xiao, Zhang, Wang, E, Convolutional neural networks with low-rank
    regularization, ICLR 2016: truncated SVD of M[(c,i),(n,j)] = kernel[n,c,i,j].
    """
    kernel = random_matrix(31, 6, 3, 5, 5)
    n, c, d, _ = kernel.shape
    m = np.zeros((c * d, n * d))
    for index in np.ndindex(n, c, d, d):
        filter_, channel, i, j = index
        m[channel * d + i, filter_ * d + j] = kernel[index]
    u, s, vt = np.linalg.svd(m, full_matrices=False)

    errors = []
    for k in range(1, len(s) + 1):
        vertical = (u[:, :k] * np.sqrt(s[:k])).T.reshape(k, c, d)
        horizontal = (np.sqrt(s[:k])[:, None] * vt[:k]).reshape(k, n, d)
        rebuilt = np.einsum("kci,knj->ncij", vertical, horizontal)
        errors.append(float(np.linalg.norm(kernel - rebuilt)))
    return {
        "kernel": stored(kernel),
        "matrix_shape": list(m.shape),
        "singular_values": listed(s),
        "ranks": list(range(1, len(s) + 1)),
        "errors": listed(errors),
    }


def main() -> None:
    values = {
        "script": "tests/golden/linalg.py",
        "versions": {package: version(package) for package in PACKAGES},
        "svd": svd_cases(),
        "omp": omp_case(),
        "ksvd": ksvd_case(),
        "separation": separation_case(),
    }
    # One line per list of numbers.
    text = re.sub(
        r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), json.dumps(values, indent=1)
    )
    path = Path(__file__).with_suffix(".json")
    path.write_text(text + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
