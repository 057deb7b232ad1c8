"""Fake followers: from handle, display name and public counts to a score that can be explained.

`symbols` and `scripts` make a name readable, `transliteration` brings Indic scripts to Latin, `names` knows Indian names,
`match` holds handle and name together, `rules` decides by the specification's five features, `model` says a calibrated
probability beside it, `score` runs all of it over many followers, `audience` says what a sample tells of a whole audience.
"""
