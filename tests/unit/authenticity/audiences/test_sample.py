"""What the address of a picture tells."""

from __future__ import annotations

import pytest

from upbeat.authenticity.audiences.sample import NO_PICTURE, has_picture


@pytest.mark.parametrize("url", [None, ""])
def test_without_an_address_nothing_is_known_of_a_picture(url: str | None) -> None:
    assert has_picture(url) is None


@pytest.mark.parametrize("name", NO_PICTURE)
def test_the_grey_figure_is_no_picture_of_ones_own(name: str) -> None:
    assert has_picture(f"https://cdn.example.com/v/t51.2885-19/{name}.jpg?_nc_ht=x") is False


def test_any_other_address_is_a_picture() -> None:
    assert has_picture("https://cdn.example.com/v/t51.2885-19/1234_5678_n.jpg") is True
