"""Scores whole files of followers: CSV, JSON lines and Parquet in and out, streamed, a broken row beside good ones set aside.

`columns` finds out which column is what, `values` reads cells, `read_csv`, `read_jsonl` and `read_parquet` give lines, `source`
opens files, `output` and `write` make the scored rows, `run` holds all of it together.
"""
