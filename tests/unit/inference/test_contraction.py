"""Contraction of factors, against NumPy's einsum over the whole grid."""

from __future__ import annotations

import numpy as np
import pytest

from falseflag.inference.exact.contraction import Factor, contract, largest_table

PATTERNS = 3
SIZES = {0: 4, 1: 5, 2: 2, 3: 3}
CHAIN = ((0, 1), (1, 2), (2, 3), (0,), (3,))


def made(axes_of_all: tuple[tuple[int, ...], ...], seed: int) -> tuple[list[Factor], dict[int, np.ndarray]]:
    rng = np.random.default_rng(seed)
    factors = [Factor(axes, rng.random((PATTERNS, *(SIZES[axis] for axis in axes)))) for axes in axes_of_all]
    return factors, {axis: rng.random((PATTERNS, size)) for axis, size in SIZES.items()}


def whole(factors: list[Factor], weights: dict[int, np.ndarray], keep: str) -> np.ndarray:
    letters = "abcd"
    parts = [f"p{''.join(letters[axis] for axis in factor.axes)}" for factor in factors]
    parts += [f"p{letters[axis]}" for axis in weights]
    return np.asarray(np.einsum(f"{','.join(parts)}->p{keep}", *(f.table for f in factors), *weights.values()))


@pytest.mark.parametrize("axes", [CHAIN, ((0, 1, 2, 3),), ((0,), (1,), (2,), (3,)), ((0, 1), (0, 2), (1, 3), (2, 3))])
def test_all_vertices_are_summed_out(axes: tuple[tuple[int, ...], ...]) -> None:
    factors, weights = made(axes, 1)
    table, log_scale = contract(factors, weights)
    assert table * np.exp(log_scale) == pytest.approx(whole(factors, weights, ""))


def test_some_vertices_are_kept_with_their_weights() -> None:
    factors, weights = made(CHAIN, 2)
    table, log_scale = contract(factors, weights, keep=(1, 3))
    assert table * np.exp(log_scale)[:, None, None] == pytest.approx(whole(factors, weights, "bd"))


def test_vertices_without_weights_stay() -> None:
    factors, weights = made(CHAIN, 3)
    some = {axis: weight for axis, weight in weights.items() if axis != 2}
    table, log_scale = contract(factors, some)
    assert table * np.exp(log_scale)[:, None] == pytest.approx(whole(factors, some, "c"))


def test_many_tables_are_contracted_at_once() -> None:
    factors, weights = made(CHAIN, 4)
    rng = np.random.default_rng(5)
    first = rng.random((7, PATTERNS, SIZES[0], SIZES[1]))
    table, log_scale = contract([Factor((0, 1), first), *factors[1:]], weights)
    each = [whole([Factor((0, 1), one), *factors[1:]], weights, "") for one in first]
    assert table * np.exp(log_scale) == pytest.approx(np.array(each))


def test_products_of_many_tiny_factors_do_not_underflow() -> None:
    factors = [Factor((0,), np.full((1, 2), 1e-40)) for _ in range(30)]
    table, log_scale = contract(factors, {0: np.full((1, 2), 0.5)})
    assert np.log(table) + log_scale == pytest.approx(30 * np.log(1e-40))


def test_a_record_is_a_way_back_to_the_joint_distribution() -> None:
    factors, weights = made(CHAIN, 6)
    record: list[tuple[int, Factor]] = []
    contract(factors, weights, record=record)
    joint = whole(factors, weights, "abcd")
    joint = joint / joint.sum(axis=(1, 2, 3, 4), keepdims=True)
    rebuilt = np.ones((PATTERNS, *SIZES.values()))
    for vertex, factor in reversed(record):
        share = factor.table / factor.table.sum(axis=1 + factor.axes.index(vertex), keepdims=True)
        index = [slice(None), *(slice(None) if axis in factor.axes else None for axis in SIZES)]
        rebuilt = rebuilt * share[tuple(index)]
    assert rebuilt == pytest.approx(joint)


def test_the_largest_table_is_foreseen() -> None:
    assert largest_table(CHAIN, SIZES)[0] == pytest.approx(20)
    pairs = [(a, b) for a in range(4) for b in range(a)]
    entries, members = largest_table(pairs, SIZES)
    assert entries == pytest.approx(120)
    assert members == {0, 1, 2, 3}
