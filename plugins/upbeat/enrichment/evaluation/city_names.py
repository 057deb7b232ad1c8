"""One name for each city, however it is written. Pure."""

from __future__ import annotations

import re
import unicodedata

_ALIASES: dict[str, str] = {
    "bengaluru": "bangalore, blr, banglore, bengalore, bengaluru urban",
    "mumbai": "bombay, navi mumbai, greater mumbai, bandra, andheri",
    "kolkata": "calcutta, ccu",
    "chennai": "madras",
    "delhi": "new delhi, ncr, delhi ncr, dilli, national capital region",
    "pune": "poona, pnq",
    "hyderabad": "hyd, secunderabad",
    "gurugram": "gurgaon",
    "prayagraj": "allahabad",
    "varanasi": "banaras, benares, kashi",
    "thiruvananthapuram": "trivandrum",
    "kochi": "cochin, ernakulam",
    "kozhikode": "calicut",
    "thrissur": "trichur",
    "tiruchirappalli": "trichy, tiruchirapalli",
    "puducherry": "pondicherry",
    "mysuru": "mysore",
    "mangaluru": "mangalore",
    "vadodara": "baroda",
    "visakhapatnam": "vizag, vishakhapatnam",
    "guwahati": "gauhati",
    "shimla": "simla",
    "kanpur": "cawnpore",
    "panaji": "panjim",
    "new york": "new york city, nyc, brooklyn, manhattan, queens",
    "los angeles": "la, l a, hollywood",
    "san francisco": "sf",
    "washington": "washington dc, washington d c",
    "sao paulo": "sampa",
    "rio de janeiro": "rio",
    "mexico city": "cdmx, ciudad de mexico, mexico df",
    "kyiv": "kiev",
    "odesa": "odessa",
    "lviv": "lvov",
    "kharkiv": "kharkov",
    "saint petersburg": "st petersburg, petersburg",
    "moscow": "moskva",
    "ho chi minh city": "saigon, hcmc",
    "yangon": "rangoon",
    "dhaka": "dacca",
    "beijing": "peking",
    "guangzhou": "canton",
    "istanbul": "constantinople",
    "izmir": "smyrna",
    "munich": "munchen, muenchen",
    "cologne": "koln, koeln",
    "vienna": "wien",
    "zurich": "zuerich",
    "geneva": "geneve, genf",
    "milan": "milano",
    "rome": "roma",
    "naples": "napoli",
    "turin": "torino",
    "florence": "firenze",
    "venice": "venezia",
    "lisbon": "lisboa",
    "seville": "sevilla",
    "prague": "praha",
    "warsaw": "warszawa",
    "krakow": "cracow",
    "gdansk": "danzig",
    "copenhagen": "kobenhavn",
    "brussels": "bruxelles, brussel",
    "athens": "athina",
    "cairo": "al qahirah",
    "tehran": "teheran",
    "isfahan": "esfahan",
    "cebu": "cebu city",
    "dubai": "dxb",
    "marrakesh": "marrakech",
}
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split(", ")}
_SIGNS = re.compile(r"[^\w\s]|_")


def city_key(name: str) -> str:
    """What two spellings of one city have in common: `Bangalore` and `BENGALURU ` → `bengaluru`.

    A part of a city that prompts are told to file under it (Bandra) is one of its names. What is not in the table stays as it is,
    without case, accents and signs.
    """
    # Letters that are drawn otherwise (𝐌𝐮𝐦𝐛𝐚𝐢) have no case until they are taken apart, and some have accents again without it.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    key = " ".join(_SIGNS.sub(" ", letters.replace("ł", "l")).split())
    return _CANONICAL.get(key, key)
