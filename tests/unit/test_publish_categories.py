"""Apple's categories, and what was meant by one that is not among them."""

from __future__ import annotations

import pytest

from audioguide.publish.categories import CATEGORIES, read_category


def test_list_is_apples() -> None:
    """19 categories and 91 subcategories, as Apple lists them since 2019."""
    assert (len(CATEGORIES), sum(map(len, CATEGORIES.values()))) == (19, 91)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_read_with_and_without_its_subcategories(category: str) -> None:
    assert read_category(category) == (category,)
    for subcategory in CATEGORIES[category]:
        assert read_category(f"{category} > {subcategory}") == (category, subcategory)


def test_case_and_blanks_do_not_matter() -> None:
    assert read_category(" health  &  fitness>FITNESS ") == ("Health & Fitness", "Fitness")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Sport", 'did you mean "Sports"?'),
        ("Fitness", 'write "Health & Fitness > Fitness"'),
        ("Education > Running", 'write "Sports > Running"'),
        ("Sports > Runing", 'did you mean "Sports > Running"?'),
        ("Technology > Gadgets", "Technology has: no subcategories"),
        ("Health and Fitness", 'did you mean "Health & Fitness"?'),
        ("qqqqqq", "Apple's categories: Arts, Business"),
        ("", "Apple's categories: Arts, Business"),
    ],
)
def test_wrong_category_says_what_was_meant(written: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is not one of Apple's categories") as error:
        read_category(written)
    assert hint in str(error.value)
