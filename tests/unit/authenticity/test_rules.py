"""The ensemble of five features: its order and its borders."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.rules import decide

JUST_BELOW_80 = math.nextafter(80, 0)


@pytest.mark.parametrize(
    ("handle", "lang_flag", "similarity", "score", "decided_by"),
    [
        # the first that holds decides
        ("a_12345", True, 10.0, 1.0, "lang_flag"),
        ("asha", True, 100.0, 1.0, "lang_flag"),
        ("a_12345", False, 10.0, 1.0, "digits"),
        ("asha12345", False, 100.0, 1.0, "digits"),
        ("a_1234", False, 10.0, 1.0, "special_char"),
        # four digits are none too many
        ("asha1234", False, 100.0, 0.0, "none"),
        ("1a2s3h4a", False, 100.0, 0.0, "none"),
        ("1a2s3h4a5", False, 100.0, 1.0, "digits"),
        # of any script: Devanagari, full-width, mathematical; circled ones and fractions are no decimal digits
        ("asha१२३४", False, 100.0, 0.0, "none"),
        ("asha१२३४५", False, 100.0, 1.0, "digits"),
        ("asha１２𝟛𝟜٥", False, 100.0, 1.0, "digits"),
        ("asha①②③④⑤½", False, 100.0, 0.0, "none"),
        # an underscore below the threshold of 80
        ("as_ha", False, 79.99, 1.0, "special_char"),
        ("as_ha", False, JUST_BELOW_80, 1.0, "special_char"),
        ("as_ha", False, 80.0, 0.0, "none"),
        ("as.ha", False, 79.99, 0.0, "none"),
        # without a name the similarity is 0, which is below the threshold
        ("as_ha", False, 0.0, 1.0, "special_char"),
        ("asha", False, 0.0, 0.0, "none"),
        # 0 < similarity <= 40
        ("asha", False, 0.01, 0.33, "similarity"),
        ("asha", False, 40.0, 0.33, "similarity"),
        ("asha", False, 40.01, 0.0, "none"),
        ("asha", False, 100.0, 0.0, "none"),
    ],
)
def test_each_border(handle: str, lang_flag: bool, similarity: float, score: float, decided_by: str) -> None:
    decision = decide(handle, lang_flag=lang_flag, similarity=similarity, threshold=80.0)
    assert (decision.score, decision.decided_by) == (score, decided_by)


def test_features_are_told_although_an_earlier_one_decides() -> None:
    decision = decide("a_1_2345", lang_flag=True, similarity=0.0, threshold=80.0)
    assert (decision.digits, decision.digits_flag, decision.special_char_flag) == (5, True, True)


@pytest.mark.parametrize(("threshold", "flag"), [(0.0, False), (50.0, False), (50.01, True), (100.0, True)])
def test_the_threshold_is_a_setting(threshold: float, flag: bool) -> None:
    assert decide("a_b", lang_flag=False, similarity=50.0, threshold=threshold).special_char_flag is flag


@given(st.text(), st.booleans(), st.floats(0, 100), st.floats(0, 100))
def test_the_score_follows_from_the_flags(
    handle: str, lang_flag: bool, similarity: float, threshold: float
) -> None:
    decision = decide(handle, lang_flag=lang_flag, similarity=similarity, threshold=threshold)
    assert decision.digits == sum(map(str.isdecimal, handle))
    if lang_flag or decision.digits_flag or decision.special_char_flag:
        assert decision.score == 1.0
    else:
        assert decision.score == (0.33 if 0 < similarity <= 40 else 0.0)
