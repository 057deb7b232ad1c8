"""What a creator can be about. The names are those under which platforms and the marts file creators, so that an answer joins them."""

from __future__ import annotations

OTHER = "Other"
CATEGORIES: tuple[str, ...] = (
    "Animals & Pets",
    "Art/Artists",
    "Beauty",
    "Business & Careers",
    "Cars & Motorbikes",
    "Cinema & Actors/actresses",
    "Clothing & Outfits",
    "Computers & Gadgets",
    "Dance",
    "Education",
    "Family",
    "Fashion",
    "Finance & Economics",
    "Fitness & Gym",
    "Food & Cooking",
    "Gaming",
    "Health & Wellness",
    "Home & DIY",
    "Humor & Fun & Happiness",
    "Lifestyle",
    "Literature & Journalism",
    "Luxury",
    "Modeling",
    "Music",
    "Nature & landscapes",
    "News & Politics",
    "Photography",
    "Racing Sports",
    "Religion & Spirituality",
    "Science",
    "Shows",
    "Sports with a ball",
    "Travel",
    OTHER,
)
"""The closed list that a prompt's schema states; a test holds the shipped prompts to it."""
