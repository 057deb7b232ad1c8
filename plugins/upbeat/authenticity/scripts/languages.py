"""Which language is written, guessed from a script and the letters and words that only one of its languages has."""

from __future__ import annotations

import re

# Bengali also writes Assamese, Gurmukhi is Punjabi's in India: the language named is the one by which its script is read.
_BY_SCRIPT = {
    "Bengali": "bn",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Sinhala": "si",
    "Thaana": "dv",
    "Tibetan": "bo",
    "Armenian": "hy",
    "Georgian": "ka",
    "Greek": "el",
    "Hangul": "ko",
    "Han": "zh",
    "Hebrew": "he",
    "Hiragana": "ja",
    "Katakana": "ja",
    "Khmer": "km",
    "Lao": "lo",
    "Myanmar": "my",
    "Thai": "th",
}
_KANA = re.compile("[ぁ-ゟァ-ヺ]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")

_MARATHI_LETTERS = re.compile("[ळऱॲ]")
_MARATHI = "आहे आणि माझा माझी माझे मराठी आई पाटील शिंदे गायकवाड कुलकर्णी देशपांडे जाधव भोसले मोरे चव्हाण ठाकरे फडणवीस"
_MARATHI_WORDS = frozenset(_MARATHI.split())
# Surnames of a place: तेंडुलकर, मंगेशकर, सावरकर. Shorter words are Hindi's too (शंकर, चलकर).
_MARATHI_ENDINGS = ("लकर", "डकर", "शकर", "वकर", "रकर", "णकर")
_MIN_SURNAME = 5
# A word's end in visarga or म्, and the avagraha, are Sanskrit's; Hindi has borrowed a few such words.
_SANSKRIT_ENDINGS = ("ः", "म्")
_AVAGRAHA = "ऽ"
_BORROWED = frozenset(("अतः", "पुनः", "प्रातः", "छः", "स्वतः", "क्रमशः", "स्वयम्"))

_KASHMIRI = re.compile("[ٲٳٕؠۄ]")
_SINDHI = re.compile("[ٻڀٺٽڄڃڇڊڌڍڏڙڦڪڱڻ]")
_PASHTO = re.compile("[ټځڅډړږښګڼۍې]")
# Letters that Urdu has and Arabic has not. گ, چ and پ are Persian's too: in India they are rather Urdu's.
_URDU = re.compile("[ٹڈڑںےۓہۂۃھگچپ]")
_PERSIAN = re.compile("[ژکیۀ]")
_ARABIC = re.compile("[ةيكىأإؤ]")
_ARABIC_SCRIPT = (
    (_KASHMIRI, "ks"),
    (_SINDHI, "sd"),
    (_PASHTO, "ps"),
    (_URDU, "ur"),
    (_PERSIAN, "fa"),
    (_ARABIC, "ar"),
)


def guess_language(text: str, script: str) -> str | None:
    """ISO 639-1 code of the language that a text in this script is in; None where the characters leave it open.

    Devanagari is Hindi unless a letter or word is Marathi's or Sanskrit's alone. Perso-Arabic letters say Kashmiri, Sindhi, Pashto, Urdu,
    Persian or Arabic, tried in this order; common ones (`محمد`) leave it open. Latin always does.
    """
    if script == "Devanagari":
        return _devanagari(text)
    if script == "Arabic":
        return next((language for letters, language in _ARABIC_SCRIPT if letters.search(text)), None)
    if script == "Han" and _KANA.search(text):
        return "ja"
    if script == "Cyrillic":
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return _BY_SCRIPT.get(script)


def _devanagari(text: str) -> str:
    words = text.split()
    if _MARATHI_LETTERS.search(text) or not _MARATHI_WORDS.isdisjoint(words):
        return "mr"
    for word in words:
        if word.endswith(_MARATHI_ENDINGS) and len(word) >= _MIN_SURNAME:
            return "mr"
        if word.endswith(_SANSKRIT_ENDINGS) and word not in _BORROWED:
            return "sa"
    return "sa" if _AVAGRAHA in text else "hi"
