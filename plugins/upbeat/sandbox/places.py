"""The places that posts are tagged with: real cities, made-up ids. Degrees north and east, to the hundredth."""

from __future__ import annotations

from dataclasses import dataclass

from upbeat.sandbox.creators import digest
from upbeat.sandbox.posts import SandboxPost


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `pk` is the id that all sources tell."""

    pk: int
    name: str
    city: str
    category: str
    latitude: float
    longitude: float


_PLACES = (
    ("Gateway of India Mumbai", "Mumbai, India", "Landmark", 18.92, 72.83),
    ("Marine Drive", "Mumbai, India", "Beach", 18.94, 72.82),
    ("India Gate", "New Delhi, India", "Landmark", 28.61, 77.23),
    ("Cubbon Park", "Bengaluru, India", "Park", 12.98, 77.59),
    ("Charminar", "Hyderabad, India", "Landmark", 17.36, 78.47),
    ("Marina Beach", "Chennai, India", "Beach", 13.05, 80.28),
    ("Victoria Memorial", "Kolkata, India", "Museum", 22.54, 88.34),
    ("Hawa Mahal", "Jaipur, India", "Landmark", 26.92, 75.83),
    ("Goa, India", "Goa, India", "City", 15.49, 73.83),
    ("Parque Ibirapuera", "São Paulo, Brazil", "Park", -23.59, -46.66),
    ("Copacabana", "Rio de Janeiro, Brazil", "Beach", -22.97, -43.18),
    ("Monas", "Jakarta, Indonesia", "Landmark", -6.18, 106.83),
    ("Times Square", "New York, New York", "Landmark", 40.76, -73.99),
    ("Hollywood Sign", "Los Angeles, California", "Landmark", 34.13, -118.32),
    ("London Eye", "London, United Kingdom", "Landmark", 51.50, -0.12),
    ("Galata Kulesi", "İstanbul, Türkiye", "Landmark", 41.03, 28.97),
)
PLACES: tuple[Place, ...] = tuple(
    Place(1_000_000_000 + digest(f"place:{name}") % 999_000_000, name, city, category, latitude, longitude)
    for name, city, category, latitude, longitude in _PLACES
)


def place_of(post: SandboxPost) -> Place | None:
    """Where a post was made; most posts tell none."""
    drawn = digest(f"place:{post.code}") % (3 * len(PLACES))
    return PLACES[drawn] if drawn < len(PLACES) else None


def place_by_pk(pk: str) -> Place | None:
    """A place by its id; None for an id that the sandbox did not make up."""
    return next((place for place in PLACES if str(place.pk) == pk), None)
