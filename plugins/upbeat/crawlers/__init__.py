"""Upstream APIs as interchangeable strategies: one file per source below `crawlers/<platform>/`.

`registry` finds the sources, `http` talks to them, `fallback` asks them in turn; parsing is pure (`Crawler.parse`).
"""
