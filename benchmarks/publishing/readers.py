"""A process of readers: each has a session and reads a few rows again and again until `stop` stands on standard input."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time

import psycopg

QUERY = (
    "SELECT handle, followers FROM app.wide WHERE followers_rank BETWEEN %s AND %s ORDER BY followers_rank"
)


def main() -> None:
    """Print how many reads failed, and when each began and how long it took."""
    count, pause = int(sys.argv[1]), float(sys.argv[2])
    stop, reads, failed = threading.Event(), [], []

    def read() -> None:
        with psycopg.connect(os.environ["BENCH_POSTGRES"], autocommit=True) as connection:
            while not stop.is_set():
                first = random.randrange(1, 19_000)
                begun = time.clock_gettime(time.CLOCK_MONOTONIC)
                try:
                    rows = connection.execute(QUERY, [first, first + 19], prepare=True).fetchall()
                    if len(rows) != 20:
                        failed.append(len(rows))
                except psycopg.Error as error:
                    failed.append(str(error))
                reads.append((begun, time.clock_gettime(time.CLOCK_MONOTONIC) - begun))
                time.sleep(pause * random.uniform(0.5, 1.5))

    threads = [threading.Thread(target=read) for _ in range(count)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"failed": len(failed), "reads": reads}))


if __name__ == "__main__":
    main()
