"""The script of a letter, by the name that Unicode gives it. No table is shipped: the interpreter's `unicodedata` knows the names."""

from __future__ import annotations

import unicodedata

from upbeat.authenticity.symbols.kinds import STYLED
from upbeat.authenticity.symbols.ornaments import ORNAMENTS

# Property values of Unicode's Scripts.txt whose letters' names begin with the script's name.
_NAMED = """
Adlam Ahom Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Buginese Buhid Carian
Caucasian_Albanian Chakma Cham Cherokee Chorasmian Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru
Dogra Duployan Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi
Gurung_Khema Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian
Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B
Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu
Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian
Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician
Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham Sinhala Sogdian Sora_Sompeng Soyombo Sundanese
Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan
Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square
"""
# Those whose letters are named otherwise.
_NAMED_OTHERWISE = {
    "ANATOLIAN": "Anatolian_Hieroglyphs",
    "CANADIAN": "Canadian_Aboriginal",
    "CJK": "Han",
    "EGYPTIAN": "Egyptian_Hieroglyphs",
    "HENTAIGANA": "Hiragana",
    "IDEOGRAPHIC ITERATION": "Han",
    "KHITAN": "Khitan_Small_Script",
    "MEROITIC HIEROGLYPHIC": "Meroitic_Hieroglyphs",
}
_BY_NAME = {name.upper().replace("_", " "): name for name in _NAMED.split()} | _NAMED_OTHERWISE
_MOST_WORDS = 3
# `unicodedata` has no names for the letters of Tangut.
_TANGUT = ("\U00017000", "\U00018dff")


def script_of_letter(character: str) -> str | None:
    """Unicode's long name of the script (`Devanagari`, `Ol_Chiki`); None for what is no letter, an ornament, or a letter of no script (`ー`).

    Styled letters (𝐚, 🅐, ａ) count as what they are a style of. Letters newer than the interpreter's Unicode are no letters to it.
    """
    if STYLED.get(ord(character), "").isalpha():
        return "Latin"
    if character in ORNAMENTS or not character.isalpha():
        return None
    # Its own name first: the decomposition of some begins with a blank or an apostrophe.
    return _by_name(character) or _by_name(unicodedata.normalize("NFKC", character)[0])


def _by_name(character: str) -> str | None:
    if _TANGUT[0] <= character <= _TANGUT[1]:
        return "Khitan_Small_Script" if unicodedata.name(character, "").startswith("KHITAN") else "Tangut"
    words = unicodedata.name(character, "").replace("-", " ").split()
    for count in range(_MOST_WORDS, 0, -1):
        if script := _BY_NAME.get(" ".join(words[:count])):
            return script
    return None
