from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.authenticity.transliteration import LANGUAGES, Transliterator, language_of
from upbeat.authenticity.transliteration.model_file import read_parameters, write_parameters
from upbeat.authenticity.transliteration.rules import to_latin_by_rule
from upbeat.authenticity.transliteration.transliterator import MODELS
from upbeat.authenticity.transliteration.units import FIRST, LAST
from upbeat.errors import InputError

WELL_KNOWN = {
    "hi": "राम ram मोहन mohan शर्मा sharma आदित्य aditya लक्ष्मी lakshmi अमिताभ amitabh कमल kamal रमेश ramesh प्रियंका priyanka सुनील sunil",
    "mr": "सचिन sachin पुणे pune गणेश ganesh मुंबई mumbai विलास vilas शरद sharad पवार pawar अजित ajit सुनील sunil नागपूर nagpur",
    "bn": "রবীন্দ্র rabindra কলকাতা kolkata সুভাষ subhash মমতা mamata ঢাকা dhaka বিশ্বাস biswas অমিত amit সরকার sarkar বাংলা bangla",
    "gu": "ગુજરાત gujarat પટેલ patel અમદાવાદ ahmedabad નરેન્દ્ર narendra રમેશ ramesh સુરત surat ભાવેશ bhavesh મહેશ mahesh",
    "pa": "ਸਿੰਘ singh ਪੰਜਾਬ punjab ਗੁਰਪ੍ਰੀਤ gurpreet ਹਰਜੀਤ harjeet ਕੌਰ kaur ਅੰਮ੍ਰਿਤਸਰ amritsar ਮਨਜੀਤ manjeet ਸੁਖਵਿੰਦਰ sukhwinder",
    "or": "ଓଡ଼ିଶା odisha ନବୀନ nabin ଜଗନ୍ନାଥ jagannath ମହାପାତ୍ର mahapatra କଟକ kataka ପୁରୀ puri ସୁଶାନ୍ତ sushanta ରମେଶ ramesh",
    "ta": "சரவணன் saravanan முருகன் murugan கார்த்திக் karthik செல்வி selvi பாலாஜி balaji மதுரை madurai கண்ணன் kannan சிவா siva",
    "te": "రాజు raju వెంకట venkata రమేష్ ramesh లక్ష్మి lakshmi చిరంజీవి chiranjeevi నాగార్జున nagarjuna శ్రీనివాస్ srinivas సుబ్బారావు subbarao శేఖర్ shekhar",
    "kn": "ಮಂಜುನಾಥ್ manjunath ಕನ್ನಡ kannada ಬೆಂಗಳೂರು bengaluru ಸುರೇಶ್ suresh ಮೈಸೂರು mysuru ಗೌಡ gowda ರಮೇಶ್ ramesh ಅನಿತಾ anita",
    "ml": "ശ്രീകുമാർ sreekumar മോഹൻ mohan കേരളം keralam രാജേഷ് rajesh കൊച്ചി kochi ലക്ഷ്മി lakshmi സുരേഷ് suresh തൃശ്ശൂർ thrissur",
    "ur": "محمد muhammad پاکستان pakistan لاہور lahore علی ali احمد ahmad خان khan کراچی karachi حسن hasan",
}  # fmt: skip
ANY_TEXT = (
    st.text(st.characters(min_codepoint=FIRST, max_codepoint=LAST), max_size=30)
    | st.text(st.characters(exclude_categories=()), max_size=30)  # half surrogate pairs, too
    | st.text(max_size=30)
)


@pytest.fixture(scope="module")
def transliterator() -> Transliterator:
    return Transliterator.load()


@pytest.mark.parametrize("language", WELL_KNOWN)
def test_well_known_names_are_spelled_as_people_spell_them_more_often_than_letter_by_letter(
    transliterator: Transliterator, language: str
) -> None:
    entries = WELL_KNOWN[language].split()
    words, usual = entries[::2], entries[1::2]
    by_model = [a == b for a, b in zip(transliterator.names_to_latin(words, language), usual, strict=True)]
    by_rule = [a == b for a, b in zip(to_latin_by_rule(words, language), usual, strict=True)]
    assert sum(by_model) > sum(by_rule)
    assert sum(by_model) >= len(words) / 2


@pytest.mark.parametrize("language", LANGUAGES)
@given(words=st.lists(ANY_TEXT, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_text_gives_lower_case_ascii_one_for_one(
    transliterator: Transliterator, language: str, words: list[str]
) -> None:
    found = transliterator.to_latin(words, language)
    assert len(found) == len(words)
    assert all(latin.isascii() and latin == latin.lower() for latin in found)


@pytest.mark.parametrize("language", LANGUAGES)
@given(words=st.lists(ANY_TEXT, min_size=2, max_size=8))
@settings(max_examples=10, deadline=None)
def test_a_word_is_spelled_alike_alone_and_among_others(
    transliterator: Transliterator, language: str, words: list[str]
) -> None:
    together = transliterator.to_latin(words, language)
    assert together == [transliterator.to_latin([word], language)[0] for word in words]


@pytest.mark.parametrize("word", ["लड़का", "शान्ति", "कँवल", "क्षमा", "प्रेम"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_encodings_and_joiners_change_nothing(transliterator: Transliterator, word: str, form: str) -> None:
    plain = transliterator.to_latin([word], "hi")
    written = unicodedata.normalize(form, word).replace("्", "्\u200d") + "\u200c"
    assert transliterator.to_latin([written], "hi") == plain


def test_what_is_no_indic_letter_stays_as_ascii_or_is_left_out(transliterator: Transliterator) -> None:
    words = ["", "Ram", "१२३", "৪", "Café", "中", "😀", "a b", "़", "््", "\n", "ॐ", "R₹5"]
    spelled = ["", "ram", "123", "4", "cafe", "", "", "a b", "", "", "\n", "om", "r5"]
    assert transliterator.to_latin(words, "hi") == spelled


def test_a_word_of_another_script_goes_to_the_model_of_that_script(transliterator: Transliterator) -> None:
    (expected,) = transliterator.to_latin(["சரவணன்"], "ta")
    assert transliterator.to_latin(["சரவணன்"], "hi") == [expected]


def test_a_word_of_a_script_without_a_loaded_model_goes_letter_by_letter() -> None:
    hindi = Transliterator.load(["hi"])
    assert hindi.languages == ("hi",)
    assert hindi.to_latin(["குமார்"], "hi") == to_latin_by_rule(["குமார்"], "ta")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("राजகுமார்", {"hi": "राज", "ta": "குமார்"}),
        ("ৰামराम", {"bn": "ৰাম", "hi": "राम"}),
        ("خانसिंह", {"ur": "خان", "hi": "सिंह"}),
    ],
)
def test_each_run_of_a_word_of_two_scripts_goes_to_the_model_of_its_own(
    transliterator: Transliterator, word: str, parts: dict[str, str]
) -> None:
    expected = "".join(transliterator.to_latin([part], language)[0] for language, part in parts.items())
    assert transliterator.to_latin([word], "hi") == [expected]
    assert len(expected) >= 6


@pytest.mark.parametrize(
    ("language", "digits"),
    [
        ("hi", "०१२३४५६७८९"),
        ("bn", "০১২৩৪৫৬৭৮৯"),
        ("pa", "੦੧੨੩੪੫੬੭੮੯"),
        ("gu", "૦૧૨૩૪૫૬૭૮૯"),
        ("or", "୦୧୨୩୪୫୬୭୮୯"),
        ("ta", "௦௧௨௩௪௫௬௭௮௯"),
        ("te", "౦౧౨౩౪౫౬౭౮౯"),
        ("kn", "೦೧೨೩೪೫೬೭೮೯"),
        ("ml", "൦൧൨൩൪൫൬൭൮൯"),
        ("ur", "۰۱۲۳۴۵۶۷۸۹"),
        ("ur", "٠١٢٣٤٥٦٧٨٩"),
    ],
)
def test_digits_of_every_script_become_ascii(
    transliterator: Transliterator, language: str, digits: str
) -> None:
    assert transliterator.to_latin([digits, f"राम{digits}"], language) == ["0123456789", "ram0123456789"]
    assert transliterator.names_to_latin([digits], language) == ["0123456789"]


def test_half_of_a_surrogate_pair_stops_nothing(transliterator: Transliterator) -> None:
    assert transliterator.to_latin(["राम\ud83d", "\udc00"], "hi") == ["ram", ""]
    assert transliterator.names_to_latin(["राम\ud83d", "\udc00"], "hi") == ["ram\ud83d", "\udc00"]


@pytest.mark.parametrize(
    ("language", "old", "new"), [("ml", "അവന\u0d4d\u200d", "അവൻ"), ("bn", "হঠাত\u09cd\u200d", "হঠাৎ")]
)
def test_letters_of_old_encodings_are_spelled_as_those_of_today(
    transliterator: Transliterator, language: str, old: str, new: str
) -> None:
    assert transliterator.to_latin([old], language) == transliterator.to_latin([new], language)


def test_a_stretched_word_is_the_word(transliterator: Transliterator) -> None:
    assert transliterator.names_to_latin(["مح\u0640\u0640مد"], "ur") == transliterator.names_to_latin(
        ["محمد"], "ur"
    )


def test_joiners_that_hold_an_emoji_together_stay(transliterator: Transliterator) -> None:
    family = "👨\u200d👩\u200d👧"
    assert transliterator.name_to_latin(f"राम {family}", "hi") == f"ram {family}"


def test_a_long_run_is_cut_between_syllables(transliterator: Transliterator) -> None:
    # 63 letters and a syllable of two signs: a cut after 64 would leave a vowel sign alone, and a vowel where there is none.
    (latin,) = transliterator.to_latin(["म" * 63 + "कि" + "म" * 10], "hi")
    assert "ki" in latin
    (joined,) = transliterator.to_latin(["म" * 62 + "क्" + "र" + "ा" * 80], "hi")
    assert re.search("[ck]ra", joined)


def test_ten_thousand_letters_are_spelled(transliterator: Transliterator) -> None:
    (latin,) = transliterator.to_latin(["क" * 10_000], "hi")
    assert 10_000 <= len(latin) <= 30_000
    assert re.fullmatch("[a-z]+", latin)


def test_a_name_keeps_what_is_not_indic(transliterator: Transliterator) -> None:
    name = transliterator.name_to_latin("🔥 राम-Kumar शर्मा ७ ♥", "hi")
    assert name == "🔥 ram-Kumar sharma 7 ♥"
    assert transliterator.name_to_latin("", "hi") == ""
    assert transliterator.names_to_latin(["राम", "Ram"], "hi") == ["ram", "Ram"]


def test_names_have_a_long_a_at_their_start_only() -> None:
    telugu = Transliterator.load(["te"])
    assert telugu.to_latin(["రాజు"], "te") == ["raaju"]
    assert telugu.name_to_latin("రాజు ఆరవ్", "te").startswith("raju a")


def test_an_unknown_language_is_named_with_those_that_are_there(transliterator: Transliterator) -> None:
    with pytest.raises(InputError, match=r"language xx.*hi"):
        transliterator.to_latin(["राम"], "xx")
    with pytest.raises(InputError, match="language xx"):
        Transliterator.load(["xx"])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("राम", "hi"),
        ("a ராம்", "ta"),
        ("ਸਿੰਘ", "pa"),
        ("علی", "ur"),
        ("ന", "ml"),
        ("।বাংলা", "bn"),
        ("Ram", None),
        ("१ ܐ", None),
        ("", None),
    ],
)
def test_the_script_suggests_a_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_version_is_that_of_what_is_loaded_whatever_its_order() -> None:
    one, two, other = (Transliterator.load(chosen).version for chosen in (["hi", "te"], ["te", "hi"], ["hi"]))
    assert one == two != other
    assert re.fullmatch("[0-9a-f]{12}", one)


def test_a_model_of_one_other_weight_is_another_version(tmp_path: Path) -> None:
    parameters = read_parameters(MODELS / "hi.model")
    weights = parameters.weights.copy()
    weights[0, 0] += 1
    write_parameters(tmp_path / "hi.model", replace(parameters, weights=weights))
    assert Transliterator.load(["hi"], folder=tmp_path).version != Transliterator.load(["hi"]).version


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digest_of_a_model_is_that_of_its_file(language: str) -> None:
    path = MODELS / f"{language}.model"
    assert read_parameters(path).digest() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_models_of_all_languages_take_ten_megabytes_at_most() -> None:
    sizes = [(MODELS / f"{language}.model").stat().st_size for language in LANGUAGES]
    assert min(sizes) > 10_000
    assert sum(sizes) <= 10 * 1024 * 1024
