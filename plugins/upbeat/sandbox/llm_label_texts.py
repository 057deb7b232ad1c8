"""Pieces of biographies and captions for made-up people, in the languages in which the stand-in's creators write. All are ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `{city}`, `{country}`, `{what}` (a category) and `{topic}` are filled in."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    mixed: tuple[str, ...]
    place: tuple[str, ...]
    work: tuple[str, ...]
    captions: tuple[str, ...]


PHRASES: dict[str, Phrases] = {
    "en": Phrases(
        ("she/her", "mum of two", "proud sister and daughter", "girl next door"),
        ("he/him", "dad of two", "proud brother and son", "husband first"),
        ("a couple and a camera", "we are a family of four", "official page of our studio", "two friends, one channel"),
        ("📍 {city}", "based in {city}, {country}", "{city} born and raised", "living in {country}"),
        ("all about {what}", "{what} every day", "{topic} and more", "sharing {topic}"),
        ("Another day of {topic}", "What do you think of this one? #{tag}", "Small steps, every day #{tag}"),
    ),
    "hi": Phrases(
        ("माँ और बेटी", "मैं लिखती हूँ", "गर्वित बहन"), ("पापा और बेटा", "मैं लिखता हूँ", "गर्वित भाई"),
        ("हम दोनों का चैनल", "हमारा परिवार, हमारी कहानी"), ("📍 {city}", "{city} से", "{city}, {country}"),
        ("{what} के बारे में सब कुछ", "रोज़ {topic}"), ("आज का दिन बहुत ख़ास रहा #{tag}", "{topic} का नया वीडियो"),
    ),
    "bn": Phrases(
        ("মা ও মেয়ে", "গর্বিত বোন"), ("বাবা ও ছেলে", "গর্বিত ভাই"), ("আমাদের পরিবার", "আমরা দুই বন্ধু"),
        ("📍 {city}", "{city} থেকে"), ("{what} নিয়ে সব", "রোজ {topic}"), ("নতুন শুরু #{tag}", "আজকের {topic}"),
    ),
    "ta": Phrases(
        ("அம்மா, மகள்", "தமிழ் பெண்"), ("அப்பா, மகன்", "தமிழ் பையன்"), ("எங்கள் குடும்பம்", "நாங்கள் இருவர்"),
        ("📍 {city}", "{city} இல் இருந்து"), ("{what} பற்றி எல்லாம்", "தினமும் {topic}"), ("இனிய காலை வணக்கம் #{tag}", "இன்றைய {topic}"),
    ),
    "te": Phrases(
        ("అమ్మ, కూతురు", "తెలుగు అమ్మాయి"), ("నాన్న, కొడుకు", "తెలుగు అబ్బాయి"), ("మా కుటుంబం", "మేమిద్దరం"),
        ("📍 {city}", "{city} నుండి"), ("{what} గురించి అన్నీ", "రోజూ {topic}"), ("శుభోదయం #{tag}", "ఈ రోజు {topic}"),
    ),
    "mr": Phrases(
        ("आई आणि मुलगी", "मी लिहिते"), ("बाबा आणि मुलगा", "मी लिहितो"), ("आमचं कुटुंब", "आम्ही दोघे"),
        ("📍 {city}", "{city} मधून"), ("{what} बद्दल सर्व काही", "रोज {topic}"), ("आजचा दिवस खास #{tag}", "नवीन {topic}"),
    ),
    "pa": Phrases(
        ("ਮਾਂ ਤੇ ਧੀ", "ਪੰਜਾਬੀ ਕੁੜੀ"), ("ਪਿਤਾ ਤੇ ਪੁੱਤਰ", "ਪੰਜਾਬੀ ਮੁੰਡਾ"), ("ਸਾਡਾ ਪਰਿਵਾਰ", "ਅਸੀਂ ਦੋਵੇਂ"),
        ("📍 {city}", "{city} ਤੋਂ"), ("{what} ਬਾਰੇ ਸਭ ਕੁਝ", "ਹਰ ਰੋਜ਼ {topic}"), ("ਸਤ ਸ੍ਰੀ ਅਕਾਲ #{tag}", "ਅੱਜ ਦਾ {topic}"),
    ),
    "es": Phrases(
        ("mamá de dos", "amiga, hija y soñadora", "ella"), ("papá de dos", "amigo, hijo y soñador", "él"),
        ("somos una pareja viajera", "página oficial del equipo"), ("📍 {city}", "vivo en {city}, {country}", "desde {city}"),
        ("todo sobre {what}", "{topic} cada día"), ("Un día para recordar #{tag}", "Hoy toca {topic}"),
    ),
    "pt": Phrases(
        ("mãe de dois", "apaixonada pela vida", "ela"), ("pai de dois", "apaixonado pela vida", "ele"),
        ("casal na estrada", "página oficial da banda"), ("📍 {city}", "de {city}, {country}", "moro em {city}"),
        ("tudo sobre {what}", "{topic} todo dia"), ("Mais um dia de {topic}", "Obrigado por tanto ❤️ #{tag}"),
    ),
    "id": Phrases(
        ("ibu dua anak", "istri dan ibu"), ("ayah dua anak", "suami dan ayah"), ("kami berdua", "akun resmi keluarga kami"),
        ("📍 {city}", "tinggal di {city}", "dari {city}, {country}"), ("semua tentang {what}", "{topic} setiap hari"),
        ("Selamat pagi semuanya #{tag}", "Hari ini {topic}"),
    ),
    "fr": Phrases(
        ("maman de deux enfants", "passionnée et curieuse"), ("papa de deux enfants", "passionné et curieux"),
        ("nous sommes un couple", "page officielle du groupe"), ("📍 {city}", "je vis à {city}", "{city}, {country}"),
        ("tout sur {what}", "{topic} chaque jour"), ("Une belle journée #{tag}", "Aujourd'hui : {topic}"),
    ),
    "it": Phrases(
        ("mamma di due bimbi", "curiosa e innamorata"), ("papà di due bimbi", "curioso e innamorato"),
        ("siamo una coppia", "pagina ufficiale della band"), ("📍 {city}", "vivo a {city}", "{city}, {country}"),
        ("tutto su {what}", "{topic} ogni giorno"), ("Una bella giornata #{tag}", "Oggi {topic}"),
    ),
    "de": Phrases(
        ("Mama von zwei", "Autorin und Träumerin"), ("Papa von zwei", "Autor und Träumer"),
        ("wir sind ein Paar", "offizielle Seite der Band"), ("📍 {city}", "aus {city}", "{city}, {country}"),
        ("alles über {what}", "jeden Tag {topic}"), ("Ein schöner Tag #{tag}", "Heute: {topic}"),
    ),
    "tr": Phrases(
        ("iki çocuk annesi", "bir kız kardeş"), ("iki çocuk babası", "bir erkek kardeş"), ("biz bir çiftiz", "resmî aile hesabı"),
        ("📍 {city}", "{city}, {country}"), ("{what} hakkında her şey", "her gün {topic}"), ("Güzel bir gün #{tag}", "Bugün {topic}"),
    ),
    "ru": Phrases(
        ("мама двоих детей", "мечтательница"), ("папа двоих детей", "мечтатель"), ("мы пара", "официальная страница группы"),
        ("📍 {city}", "живу: {city}, {country}"), ("всё о {what}", "каждый день {topic}"), ("Доброе утро #{tag}", "Сегодня {topic}"),
    ),
    "ja": Phrases(
        ("二児のママ", "女子大生"), ("二児のパパ", "男子大学生"), ("夫婦で発信", "公式アカウント"),
        ("📍 {city}", "{city}在住"), ("{what}のこと", "毎日{topic}"), ("良い一日を #{tag}", "今日の{topic}"),
    ),
    "ko": Phrases(
        ("두 아이 엄마", "여대생"), ("두 아이 아빠", "남대생"), ("우리 부부", "공식 계정"),
        ("📍 {city}", "{city} 거주"), ("{what}의 모든 것", "매일 {topic}"), ("좋은 하루 #{tag}", "오늘의 {topic}"),
    ),
    "ar": Phrases(
        ("أم لطفلين", "كاتبة"), ("أب لطفلين", "كاتب"), ("نحن عائلة", "الصفحة الرسمية للفرقة"),
        ("📍 {city}", "من {city}"), ("كل شيء عن {what}", "{topic} كل يوم"), ("يوم جميل #{tag}", "اليوم {topic}"),
    ),
}  # fmt: skip
"""Languages that are not here write English."""

_INDIAN_FEMALE = (
    "aditi",
    "ananya",
    "bhavna",
    "divya",
    "ishita",
    "kavya",
    "meera",
    "nandini",
    "pooja",
    "riya",
    "shreya",
    "tanvi",
)
_INDIAN_MALE = (
    "aarav",
    "akash",
    "arjun",
    "chetan",
    "farhan",
    "harish",
    "jatin",
    "manoj",
    "nikhil",
    "pranav",
    "rohan",
    "varun",
)
_FEMALE = (
    "ana",
    "camila",
    "elif",
    "emma",
    "giulia",
    "hana",
    "julia",
    "olga",
    "putri",
    "sofia",
    "lena",
    "nora",
)
_MALE = (
    "bruno",
    "diego",
    "ivan",
    "lucas",
    "mateo",
    "noah",
    "thiago",
    "yusuf",
    "marco",
    "jonas",
    "omar",
    "pablo",
)
_TOGETHER = ("the.{a}.family", "{a}.and.{b}", "studio.{a}", "team.{a}", "{a}.x.{b}")
FAMILY_NAMES = (
    "rao",
    "mehta",
    "nair",
    "khan",
    "patel",
    "costa",
    "rossi",
    "kim",
    "martin",
    "garcia",
    "wilson",
    "demir",
    "sato",
    "ali",
)


def first_names(gender: str, *, is_indian: bool) -> tuple[str, ...]:
    """Names from short lists of ours; those of `mixed` are patterns for two names."""
    if gender == "mixed":
        return _TOGETHER
    if is_indian:
        return _INDIAN_FEMALE if gender == "female" else _INDIAN_MALE
    return _FEMALE if gender == "female" else _MALE
