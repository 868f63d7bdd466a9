"""Named streams: the compiled doubles are NumPy's, names and months do not mix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.numerics import normal_quantile
from sim.streams import draw_key, normal, philox4x32, philox4x64, stream, stream_key, uniform

# Random123 1.14, tests/kat_vectors: counter words, key words, result words
KNOWN_4X32 = [
    ("00000000 " * 4, "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff " * 4, "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
KNOWN_4X64 = [
    ("0 0 0 0", "0 0", "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
    (
        "ffffffffffffffff " * 4,
        "ffffffffffffffff " * 2,
        "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
    ),
    (
        "243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89",
        "452821e638d01377 be5466cf34e90c6c",
        "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
    ),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_4X32)
def test_philox4x32_gives_the_known_answers(counter: str, key: str, expected: str) -> None:
    low, high = words(key)
    block = philox4x32(np.uint64(low | high << 32), *(np.uint64(word) for word in words(counter)))
    assert [int(word) for word in block] == words(expected)


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_4X64)
def test_philox4x64_gives_the_known_answers(counter: str, key: str, expected: str) -> None:
    block = philox4x64(*(np.uint64(word) for word in words(key)), *(np.uint64(word) for word in words(counter)))
    assert [int(word) for word in block] == words(expected)


@given(seed=st.integers(0, 2**64 - 1), month=st.integers(0, 2000), name=st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_compiled_uniforms_are_numpys(seed: int, month: int, name: str) -> None:
    key = stream_key(name, "draws")
    expected = stream(seed, name, "draws", month).random(23)
    found = [uniform(np.uint64(seed), key, month, k) for k in range(23)]
    assert found == expected.tolist()


def test_far_uniforms_are_numpys() -> None:
    expected = stream(5, "lab", "noise", 95).random(5000)
    key = stream_key("lab", "noise")
    assert [uniform(5, key, 95, k) for k in (0, 3, 4, 1023, 4999)] == expected[[0, 3, 4, 1023, 4999]].tolist()


def test_normal_is_the_quantile_of_the_uniform_and_has_its_moments() -> None:
    key = stream_key("lab", "noise")
    draws = np.array([normal(1, key, 7, k) for k in range(20_000)])
    assert draws[17] == normal_quantile(uniform(1, key, 7, 17))
    assert abs(draws.mean()) < 4 / np.sqrt(20_000)
    assert abs(draws.std() - 1) < 4 / np.sqrt(40_000)


def test_names_seeds_and_months_do_not_mix() -> None:
    keys = {int(stream_key(a, p)) for a, p in [("a", "b"), ("ab", ""), ("", "ab"), ("b", "a"), ("a", "b ")]}
    keys |= {int(draw_key(s, "us/startup", p)) for s in (1, 2, 11) for p in ("choice", "tastes")}
    assert len(keys) == 11
    first = [stream(seed, "a", "b", month).random() for seed in (1, 2) for month in range(50)]
    assert len(set(first)) == 100


def test_neighbouring_months_do_not_overlap() -> None:
    draws = [set(stream(3, "a", "b", month).random(2000).tolist()) for month in (4, 5)]
    assert not draws[0] & draws[1]


def test_the_key_of_a_name_is_fixed_for_ever() -> None:
    assert stream_key("lab/deepseek", "releases") == np.uint64(0xAC18A8C6AEE4228B)
