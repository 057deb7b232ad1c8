"""What creators write about: the categories of the stand-in's truth (the names that platforms use), their topics, and whom they draw."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, ...]] = {
    "Art/Artists": ("painting", "illustration", "design", "crafts", "exhibitions", "sculpture"),
    "Beauty": ("skincare", "makeup", "haircare", "product reviews", "tutorials", "nail art"),
    "Business & Careers": ("startups", "marketing", "careers", "productivity", "leadership", "freelancing"),
    "Cinema & Actors/actresses": (
        "films",
        "celebrities",
        "red carpet",
        "behind the scenes",
        "trailers",
        "acting",
    ),
    "Clothing & Outfits": ("outfits", "street style", "sarees", "thrifting", "denim", "ethnic wear"),
    "Computers & Gadgets": (
        "smartphones",
        "gadgets",
        "software",
        "artificial intelligence",
        "unboxing",
        "coding",
    ),
    "Education": ("study tips", "languages", "exams", "history", "online courses", "mathematics"),
    "Family": ("family life", "babies", "toddlers", "school", "motherhood", "activities for children"),
    "Fashion": ("styling tips", "runway", "trends", "accessories", "sustainable fashion", "designers"),
    "Finance & Economics": (
        "investing",
        "personal finance",
        "stock market",
        "mutual funds",
        "taxes",
        "saving",
    ),
    "Fitness & Gym": ("workouts", "yoga", "running", "nutrition", "strength training", "weight loss"),
    "Food & Cooking": ("recipes", "street food", "baking", "restaurant reviews", "healthy eating", "spices"),
    "Gaming": ("esports", "mobile games", "streaming", "walkthroughs", "consoles", "game reviews"),
    "Humor & Fun & Happiness": ("sketches", "memes", "stand-up", "pranks", "parody", "relatable humour"),
    "Lifestyle": ("daily life", "home decor", "wellness", "mindfulness", "routines", "weekend"),
    "Literature & Journalism": ("books", "poetry", "interviews", "reporting", "essays", "writing"),
    "Luxury": ("watches", "hotels", "jewellery", "supercars", "fine dining", "yachts"),
    "Modeling": ("photo shoots", "castings", "catwalk", "portfolio", "swimwear", "campaigns"),
    "Music": ("songs", "concerts", "covers", "dance", "music videos", "songwriting"),
    "Nature & landscapes": ("wildlife", "mountains", "forests", "oceans", "hiking", "conservation"),
    "News & Politics": ("politics", "current affairs", "economy", "opinion", "elections", "world news"),
    "Photography": ("portraits", "street photography", "cameras", "editing", "light", "black and white"),
    "Racing Sports": ("formula one", "motorbikes", "rallies", "karting", "track days", "engines"),
    "Science": ("space", "physics", "biology", "experiments", "climate", "medicine"),
    "Shows": ("television", "reality shows", "web series", "talk shows", "hosting", "episodes"),
    "Sports with a ball": ("football", "cricket", "training", "match days", "basketball", "tennis"),
    "Travel": ("road trips", "beaches", "budget travel", "backpacking", "solo travel", "city guides"),
}
CATEGORIES = tuple(TOPICS)

WORLD_CATEGORIES = {
    **{name: name for name in CATEGORIES},
    "Music & Dance": "Music", "Animation": "Cinema & Actors/actresses", "Video games": "Gaming",
    "Movies": "Cinema & Actors/actresses", "Humor": "Humor & Fun & Happiness", "Food & Drinks": "Food & Cooking",
    "Sports": "Sports with a ball", "Daily vlogs": "Lifestyle", "Toys": "Family",
    "Science & Technology": "Computers & Gadgets", "DIY & Life Hacks": "Lifestyle",
}  # fmt: skip
"""The category of the truth for a category of the shipped tables."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "Art/Artists": ("art", "arts", "artist", "painter"),
    "Beauty": ("makeup", "cosmetics", "skincare"),
    "Business & Careers": ("business", "founder", "entrepreneur"),
    "Cinema & Actors/actresses": ("entertainment", "cinema", "movies", "film", "actor", "actress"),
    "Clothing & Outfits": ("outfits", "clothing", "fashion"),
    "Computers & Gadgets": ("technology", "tech", "gadgets", "coder"),
    "Education": ("education", "teacher", "tutor"),
    "Family": ("family", "parenting", "toddlers"),
    "Fashion": ("fashion", "stylist"),
    "Finance & Economics": ("finance", "investing", "business"),
    "Fitness & Gym": ("fitness", "gym", "yoga", "workouts"),
    "Food & Cooking": ("food", "cooking", "recipes", "chef"),
    "Gaming": ("gaming", "gamer", "games", "esports"),
    "Humor & Fun & Happiness": ("comedy", "humor", "humour", "comedian", "memes"),
    "Lifestyle": ("lifestyle", "vlogger"),
    "Literature & Journalism": ("literature", "poetry", "journalist", "author", "books"),
    "Luxury": ("luxury",),
    "Modeling": ("modeling", "modelling", "fashion"),
    "Music": ("music", "singer", "songs", "songwriter"),
    "Nature & landscapes": ("nature", "wildlife", "travel"),
    "News & Politics": ("news", "politics"),
    "Photography": ("photography", "photographer", "art"),
    "Racing Sports": ("racing", "sports"),
    "Science": ("science", "scientist", "education"),
    "Shows": ("shows", "television", "entertainment"),
    "Sports with a ball": ("sports", "football", "cricket", "cricketer", "footballer"),
    "Travel": ("travel", "traveller", "backpacking"),
}
"""Words by which a category is recognised, in a text and in another list of categories."""

AGES = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_YOUNG, _MIDDLE, _OLDER = (16, 42, 26, 9, 4, 2, 1), (6, 28, 38, 16, 7, 3, 2), (2, 14, 34, 26, 14, 7, 3)
_OF_THE_YOUNG = frozenset({"Gaming", "Music", "Humor & Fun & Happiness", "Modeling", "Shows"})
_OF_THE_OLDER = frozenset(
    {"News & Politics", "Business & Careers", "Finance & Economics", "Family", "Education", "Science"}
)


def age_weights(category: str) -> tuple[int, ...]:
    """How the audience of a category spreads over `AGES`."""
    return _YOUNG if category in _OF_THE_YOUNG else _OLDER if category in _OF_THE_OLDER else _MIDDLE


FEMALE_AUDIENCE = {
    "Beauty": 0.78, "Fashion": 0.66, "Clothing & Outfits": 0.7, "Family": 0.74, "Modeling": 0.4, "Food & Cooking": 0.58,
    "Computers & Gadgets": 0.24, "Gaming": 0.2, "Sports with a ball": 0.26, "Racing Sports": 0.2, "Finance & Economics": 0.34,
    "Business & Careers": 0.38, "News & Politics": 0.4, "Science": 0.42, "Humor & Fun & Happiness": 0.42, "Lifestyle": 0.58,
}  # fmt: skip
"""Share of women in an audience by category; a half elsewhere."""
