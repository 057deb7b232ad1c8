"""Captions for made-up posts. All text here is ours; none was written by the accounts that it stands under."""

from __future__ import annotations

import random
import re

_ENGLISH = (
    "A quiet morning before a long day",
    "Behind the scenes of this week",
    "Small steps, every day",
    "One more for the album",
    "Which one is your favourite? 1, 2 or 3?",
    "New work is out now 🎉",
    "Thank you for all the love ❤️",
    "Throwback to last summer ☀️",
    "Back where it all started",
    "Ready for the weekend",
)
_LOCAL = {
    "India": ("आज का दिन बहुत ख़ास रहा ✨", "आप सबका धन्यवाद 🙏", "নতুন শুরু", "இனிய காலை வணக்கம்"),
    "Brazil": ("Mais um dia de trabalho feito com carinho", "Obrigado por tanto ❤️"),
    "Indonesia": ("Terima kasih untuk dukungannya", "Selamat pagi semuanya"),
    "Spain": ("Un día para recordar", "Gracias por estar ahí"),
    "Mexico": ("Domingo en familia", "Gracias por tanto cariño"),
    "Argentina": ("Seguimos adelante", "Gracias a todos"),
    "Russia": ("Доброе утро", "Спасибо, что вы со мной"),
    "Iran": ("یک روز خوب", "سپاس از همه شما"),
    "South Korea": ("오늘도 고마워요", "좋은 하루"),
    "Turkey": ("Güzel bir gün", "Hepinize teşekkürler"),
    "Italy": ("Una bella giornata", "Grazie a tutti"),
    "France": ("Une belle journée", "Merci à tous"),
}
_TAGS = ("sandbox", "weekend", "grateful", "travel", "newpost", "team", "studio", "summer", "friends", "work")


def write_caption(seeded: random.Random, category: str, audience_country: str) -> str:
    """One caption, in the audience's language now and then; sometimes empty, mostly with hashtags."""
    if seeded.random() < 0.04:
        return ""
    local = _LOCAL.get(audience_country, ())
    text = seeded.choice(local if local and seeded.random() < 0.4 else _ENGLISH)
    tags = seeded.sample(_TAGS, seeded.randrange(4))
    if category:
        tags.insert(0, re.sub(r"[^a-z]", "", category.lower().split("/")[0].split("&")[0]))
    return f"{text}\n\n{' '.join(f'#{tag}' for tag in tags)}" if tags else text
