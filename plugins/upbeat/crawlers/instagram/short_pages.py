"""A page that is shorter than the number it states itself: what is missing was lost on the way. Pure."""

from __future__ import annotations

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.instagram.envelopes import Page
from upbeat.records import Problem


def note_short_page(page: Page, problems: list[Problem]) -> None:
    """Note a problem that says both numbers.

    `num_results` counts the page. `page_size` does where another page follows; `child_comment_count` where none does.
    Other counts beside a list (`count`, `user_count`, `total_count`) are of the whole list.
    """
    read = FieldReader(page.beside, [])
    stated = {"num_results": read.count("", "num_results")}
    if page.cursor is not None:
        stated["page_size"] = read.count("", "page_size")
    elif page.beside.get("has_more_tail_child_comments") is False:
        stated["child_comment_count"] = read.count("", "child_comment_count")
    for name, number in stated.items():
        if number is not None and len(page.items) < number:
            problems.append(Problem(name, f"the page states {number} and holds {len(page.items)}"))
