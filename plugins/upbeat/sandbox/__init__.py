"""Stand-ins for the upstream APIs: real public figures in each API's own wire format, with its limits and faults.

`python -m upbeat.sandbox` serves them on loopback. One module per API (`instagram_graphapi`, …) is all that a
new stand-in takes; `registry` finds it. `world` is what they all tell of, `control` is how tests and the demo
change it. Crawlers do not know that it exists: they are given another base URL.
"""
