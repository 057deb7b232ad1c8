"""Countries with their languages and large cities, as far as the stand-in of the language model knows the world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """`code` is ISO 3166-1 alpha-2; `languages` are ISO 639-1 with the weight at which creators write in them."""

    code: str
    name: str
    languages: tuple[tuple[str, float], ...]
    cities: tuple[str, ...]
    weight: float = 1.0
    """How many of the creators of whom nothing is known live there."""


_INDIA = (("hi", 0.4), ("en", 0.36), ("ta", 0.07), ("te", 0.06), ("bn", 0.05), ("mr", 0.03), ("pa", 0.03))
COUNTRIES: tuple[Country, ...] = (
    Country(
        "IN",
        "India",
        _INDIA,
        ("Mumbai", "Delhi", "Bengaluru", "Hyderabad", "Chennai", "Kolkata", "Pune", "Jaipur", "Ahmedabad", "Lucknow"),
        12.0,
    ),
    Country("US", "United States", (("en", 0.9), ("es", 0.1)), ("New York", "Los Angeles", "Chicago", "Houston", "Miami", "Atlanta"), 5.0),
    Country("BR", "Brazil", (("pt", 1.0),), ("São Paulo", "Rio de Janeiro", "Belo Horizonte", "Salvador", "Fortaleza"), 3.0),
    Country("ID", "Indonesia", (("id", 1.0),), ("Jakarta", "Surabaya", "Bandung", "Medan", "Yogyakarta"), 3.0),
    Country("GB", "United Kingdom", (("en", 1.0),), ("London", "Manchester", "Birmingham", "Glasgow", "Leeds"), 2.0),
    Country("MX", "Mexico", (("es", 1.0),), ("Mexico City", "Guadalajara", "Monterrey", "Puebla", "Tijuana"), 2.0),
    Country("ES", "Spain", (("es", 0.9), ("en", 0.1)), ("Madrid", "Barcelona", "Valencia", "Seville", "Málaga")),
    Country("FR", "France", (("fr", 1.0),), ("Paris", "Lyon", "Marseille", "Toulouse", "Lille")),
    Country("IT", "Italy", (("it", 1.0),), ("Rome", "Milan", "Naples", "Turin", "Bologna")),
    Country("DE", "Germany", (("de", 0.9), ("en", 0.1)), ("Berlin", "Hamburg", "Munich", "Cologne", "Frankfurt")),
    Country("AR", "Argentina", (("es", 1.0),), ("Buenos Aires", "Córdoba", "Rosario", "Mendoza")),
    Country("CO", "Colombia", (("es", 1.0),), ("Bogotá", "Medellín", "Cali", "Barranquilla")),
    Country("CL", "Chile", (("es", 1.0),), ("Santiago", "Valparaíso", "Concepción")),
    Country("TR", "Turkey", (("tr", 1.0),), ("Istanbul", "Ankara", "Izmir", "Bursa")),
    Country("RU", "Russia", (("ru", 1.0),), ("Moscow", "Saint Petersburg", "Kazan", "Novosibirsk")),
    Country("UA", "Ukraine", (("uk", 1.0),), ("Kyiv", "Lviv", "Odesa", "Kharkiv")),
    Country("PL", "Poland", (("pl", 1.0),), ("Warsaw", "Kraków", "Gdańsk", "Wrocław")),
    Country("JP", "Japan", (("ja", 1.0),), ("Tokyo", "Osaka", "Kyoto", "Fukuoka")),
    Country("KR", "South Korea", (("ko", 1.0),), ("Seoul", "Busan", "Incheon", "Daegu")),
    Country("CN", "China", (("zh", 1.0),), ("Shanghai", "Beijing", "Guangzhou", "Shenzhen")),
    Country("TH", "Thailand", (("th", 1.0),), ("Bangkok", "Chiang Mai", "Phuket")),
    Country("PH", "Philippines", (("en", 0.6), ("tl", 0.4)), ("Manila", "Quezon City", "Cebu", "Davao")),
    Country("VN", "Vietnam", (("vi", 1.0),), ("Hanoi", "Ho Chi Minh City", "Da Nang")),
    Country("PK", "Pakistan", (("ur", 0.7), ("en", 0.3)), ("Karachi", "Lahore", "Islamabad", "Faisalabad")),
    Country("IR", "Iran", (("fa", 1.0),), ("Tehran", "Mashhad", "Isfahan", "Shiraz")),
    Country("IQ", "Iraq", (("ar", 1.0),), ("Baghdad", "Basra", "Mosul", "Erbil")),
    Country("EG", "Egypt", (("ar", 1.0),), ("Cairo", "Alexandria", "Giza")),
    Country("MA", "Morocco", (("ar", 0.7), ("fr", 0.3)), ("Casablanca", "Rabat", "Marrakesh")),
    Country("DZ", "Algeria", (("ar", 0.7), ("fr", 0.3)), ("Algiers", "Oran", "Constantine")),
    Country("NG", "Nigeria", (("en", 1.0),), ("Lagos", "Abuja", "Ibadan")),
    Country("ET", "Ethiopia", (("am", 1.0),), ("Addis Ababa", "Adama")),
    Country("AU", "Australia", (("en", 1.0),), ("Sydney", "Melbourne", "Brisbane", "Perth")),
    Country("CA", "Canada", (("en", 0.8), ("fr", 0.2)), ("Toronto", "Montreal", "Vancouver")),
)  # fmt: skip
BY_CODE = {country.code: country for country in COUNTRIES}
BY_NAME = {country.name: country for country in COUNTRIES}
CITY_COUNTRY = {city: country.code for country in COUNTRIES for city in country.cities}
WEIGHTED: tuple[tuple[Country, float], ...] = tuple((country, country.weight) for country in COUNTRIES)
