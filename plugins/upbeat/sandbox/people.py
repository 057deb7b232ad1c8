"""The made-up accounts that follow, like and comment. None of them exists: names are drawn from short lists of ours.

There is one population of `POPULATION` people, numbered; person `number` is the same for every creator and every
process, and is made only when somebody looks. Most names are Indian, in several scripts; some are decorated with letters from
Unicode's mathematical and enclosed alphabets, some handles are mostly digits, some people have no picture: lists of followers
look like that.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from upbeat.sandbox.creators import digest

POPULATION = 1_000_003
"""A prime: walking it in steps of any size meets everybody once."""
_FIRST_PK, _PK_STEP = 4_000_000_000, 977
"""User ids of ten digits, below those of the creators."""

_LATIN_FIRST = (
    "Aarav", "Aditi", "Akash", "Ananya", "Arjun", "Bhavna", "Chetan", "Deepika", "Divya", "Farhan", "Gauri", "Harish",
    "Ishita", "Jatin", "Kavya", "Lakshmi", "Manoj", "Meera", "Mohit", "Nandini", "Neha", "Nikhil", "Pooja", "Pranav",
    "Rahul", "Riya", "Rohan", "Sakshi", "Sandeep", "Shreya", "Siddharth", "Sneha", "Tanvi", "Varun", "Vidya", "Yash",
    "Ana", "Bruno", "Camila", "Dewi", "Elif", "Emma", "Giulia", "Hana", "Ivan", "Julia", "Lucas", "Mateo", "Noah",
    "Olga", "Putri", "Sofia", "Thiago", "Yusuf",
)  # fmt: skip
_LATIN_LAST = (
    "Agarwal", "Banerjee", "Bhatt", "Chauhan", "Das", "Desai", "Deshmukh", "Ghosh", "Gupta", "Iyer", "Jain", "Joshi",
    "Kapoor", "Khan", "Kulkarni", "Kumar", "Malhotra", "Mehta", "Menon", "Mishra", "Nair", "Pandey", "Patel", "Pillai",
    "Rao", "Reddy", "Shah", "Sharma", "Singh", "Sinha", "Trivedi", "Verma", "Yadav",
    "Costa", "Demir", "Fischer", "Garcia", "Ivanova", "Kim", "Lopez", "Martin", "Pratama", "Rossi", "Santos", "Wilson",
)  # fmt: skip
_OTHER_SCRIPTS = (
    ("आरव शर्मा", "aarav.sharma"), ("नेहा गुप्ता", "neha.gupta"), ("रोहन पाटील", "rohan.patil"), ("পূজা দাস", "puja.das"),
    ("অর্ণব ঘোষ", "arnab.ghosh"), ("தமிழ் செல்வன்", "tamil.selvan"), ("காவ்யா ராஜ்", "kavya.raj"),
    ("లక్ష్మి రెడ్డి", "lakshmi.reddy"), ("વિશાલ પટેલ", "vishal.patel"), ("ಅಶ್ವಿನಿ ರಾವ್", "ashwini.rao"),
    ("ഗോപിക നായർ", "gopika.nair"), ("ਹਰਪ੍ਰੀਤ ਸਿੰਘ", "harpreet.singh"), ("محمد علی", "mohd.ali"),
    ("Анна Волкова", "anna.volkova"), ("김하나", "hana.kim"), ("さくら", "sakura"),
)  # fmt: skip
_DECORATIONS = (0x1D4D0, 0x1D400, 0x1D608, 0x1D5D4)
"""Where an alphabet of 26 capital and 26 small mathematical letters begins."""
_SYLLABLES = tuple(f"{consonant}{vowel}" for consonant in "bcdfghjklmnpqrstvwxyz" for vowel in "aeiou")
"""105: three of them number the whole population."""
_MARKS = ("✨", "❤️", "🔥", "👑", "🦋", "🇮🇳")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account in the short form in which lists name it. `number` is its place in the population."""

    number: int
    pk: int
    handle: str
    full_name: str
    is_private: bool
    is_verified: bool
    has_picture: bool

    @property
    def picture_url(self) -> str:
        """Where the profile picture would be; see `media_cdn`. Without one the platform's own is told."""
        return f"https://cdn.sandbox.invalid/profile/{self.pk if self.has_picture else 'anonymous'}.jpg"


def _decorate(name: str, start: int) -> str:
    """Letters of A–Z, a–z in another of Unicode's alphabets."""
    letters = []
    for letter in name:
        if "A" <= letter <= "Z":
            letters.append(chr(start + ord(letter) - ord("A")))
        elif "a" <= letter <= "z":
            letters.append(chr(start + 26 + ord(letter) - ord("a")))
        else:
            letters.append(letter)
    return "".join(letters)


def _names(seeded: random.Random, number: int) -> tuple[str, str]:
    """Handle and full name. A handle bears the number in one form or another: no two people have the same."""
    style, tail = seeded.random(), _tail(number, seeded.random())
    first, last = seeded.choice(_LATIN_FIRST), seeded.choice(_LATIN_LAST)
    plain = (
        f"{first}{seeded.choice(('', '.', '_'))}{last}".lower() if seeded.random() < 0.4 else first.lower()
    )
    if style < 0.10:
        full_name, written = seeded.choice(_OTHER_SCRIPTS)
        return f"{written}.{tail}", full_name
    if style < 0.18:
        return f"{plain}_{tail}", _decorate(f"{first} {last}", seeded.choice(_DECORATIONS))
    if style < 0.25:
        return f"{first.lower()}.{tail}", f"{seeded.choice(_MARKS)} {first} {seeded.choice(_MARKS)}"
    if style < 0.37:
        return f"{first.lower()[:4]}{number * 7919 + 10_000_019}", ""
    if style < 0.42:
        return f"user{number * 104_729 + 1_000_003}", f"user{number}"
    return f"{plain}{seeded.choice(('', '_', '.'))}{tail}", f"{first} {last}"


def _tail(number: int, drawn: float) -> str:
    """A nickname that no other number has: six letters, or four and up to three digits, as people write them."""
    if drawn < 0.85:
        return _syllables(number, 3)
    return f"{_syllables(number // 1000, 2)}{number % 1000}"


def _syllables(number: int, count: int) -> str:
    text = ""
    for _ in range(count):
        number, digit = divmod(number, len(_SYLLABLES))
        text += _SYLLABLES[digit]
    return text


@lru_cache(maxsize=20_000)
def person(number: int) -> Person:
    """The person of a number, 0 to `POPULATION` - 1."""
    seeded = random.Random(f"person:{number}")  # noqa: S311 - repeatable on purpose, guards nothing
    handle, full_name = _names(seeded, number)
    return Person(
        number=number,
        pk=_FIRST_PK + number * _PK_STEP,
        handle=handle[:30],
        full_name=full_name,
        is_private=seeded.random() < 0.35,
        is_verified=seeded.random() < 0.004,
        has_picture=seeded.random() < 0.85,
    )


def people(seed: str, start: int, end: int) -> Sequence[Person]:
    """Places `start` to `end` of an endless queue of different people; another seed is another queue.

    Costs as much as the places asked for, wherever they are.
    """
    first = digest(f"first:{seed}") % POPULATION
    step = 1 + digest(f"step:{seed}") % (POPULATION - 1)
    return [person((first + place * step) % POPULATION) for place in range(start, end)]
