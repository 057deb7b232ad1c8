"""Regional indicators: two of them are a flag, otherwise they are letters in boxes."""

from __future__ import annotations

import re
from functools import lru_cache

_FIRST = 0x1F1E6
REGIONAL_INDICATORS = "\U0001f1e6-\U0001f1ff"
"""For a regex class."""

# ISO 3166-1 alpha-2, and the further codes that Unicode shows a flag for (AC, CP, CQ, DG, EA, EU, IC, TA, UN, XK).
_COUNTRY_CODES = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE "
    "VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
_RUN = re.compile(f"[{REGIONAL_INDICATORS}]+")
_BLANK = "[ \u00a0\u2000-\u200a\u202f]"
# A blank between single ones is how writers keep two letters from turning into a flag; it ends no word.
_SPELT = re.compile(
    f"(?<![{REGIONAL_INDICATORS}])[{REGIONAL_INDICATORS}](?:{_BLANK}[{REGIONAL_INDICATORS}](?![{REGIONAL_INDICATORS}]))+"
)


def letters_of_indicators(text: str) -> str:
    """Regional indicators as letters, flags of countries as they are: `🇷🇦🇭🇺🇱 🇮🇳` → `RAHUL 🇮🇳`."""
    if all(_are_flags(run) for run in _RUN.findall(text)):
        return text
    spelt = _SPELT.sub(lambda letters: _letters("".join(letters[0].split())), text)
    return _RUN.sub(lambda run: run[0] if _are_flags(run[0]) else _letters(run[0]), spelt)


@lru_cache(maxsize=1024)
def _are_flags(run: str) -> bool:
    letters = _letters(run)
    return all(letters[at : at + 2] in _COUNTRIES for at in range(0, len(letters), 2))


def _letters(indicators: str) -> str:
    return "".join(chr(ord(indicator) - _FIRST + ord("A")) for indicator in indicators)
