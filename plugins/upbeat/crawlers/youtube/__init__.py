"""Sources of YouTube data: one module per source; modules without a `Crawler` hold what several of them share."""
