"""What YouTube's category ids are called: recorded from `videoCategories.list` of the region US. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

VIDEO_CATEGORIES = {
    "1": "Film & Animation",
    "2": "Autos & Vehicles",
    "10": "Music",
    "15": "Pets & Animals",
    "17": "Sports",
    "18": "Short Movies",
    "19": "Travel & Events",
    "20": "Gaming",
    "21": "Videoblogging",
    "22": "People & Blogs",
    "23": "Comedy",
    "24": "Entertainment",
    "25": "News & Politics",
    "26": "Howto & Style",
    "27": "Education",
    "28": "Science & Technology",
    "29": "Nonprofits & Activism",
    "30": "Movies",
    "31": "Anime/Animation",
    "32": "Action/Adventure",
    "33": "Classics",
    "34": "Comedy",
    "35": "Documentary",
    "36": "Drama",
    "37": "Family",
    "38": "Foreign",
    "39": "Horror",
    "40": "Sci-Fi/Fantasy",
    "41": "Thriller",
    "42": "Shorts",
    "43": "Shows",
    "44": "Trailers",
}


def topic_name(address: str) -> str | None:
    """A topic of a channel: `https://en.wikipedia.org/wiki/Lifestyle_(sociology)` is `Lifestyle`."""
    title = unquote(address.rstrip("/").rpartition("/")[2]).replace("_", " ")
    return re.sub(r"\s*\(.*\)$", "", title).strip() or None
