"""The producer of the events benchmarks: publishes events of 1 kB to the broker at a steady rate, in its own process.

`python -m benchmarks.event_flow.load RATE SECONDS PACK`; settings come from the environment. Prints one JSON line at the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.wire import to_messages
from upbeat.settings import Settings, get_settings
from upbeat.stores.rabbitmq import Outgoing, Publisher

KIND = "profile_log"
TICK_SECONDS = 0.1
# Biographies of random letters: ClickHouse and the network get nothing for free from repeated text.
_BIOGRAPHIES = [os.urandom(260).hex() for _ in range(512)]
_BODY = (
    '{"platform":"INSTAGRAM","profile_id":"%d","handle":"creator_%d","source":"graphapi","dimensions":{"handle":"creator_%d",'
    '"full_name":"Creator Number %d","biography":"%s","category":"Beauty","is_verified":false,'
    '"external_url":"https://example.com/%d"},"metrics":{"followers":%d,"following":512,"media_count":1024},'
    '"timestamp":"%s","raw_object":"raw/instagram/graphapi/2026/11/22/%s.json"}'
)


def events(first: int, count: int) -> list[StoredEvent]:
    """Events with ids from `first`, each of a profile of its own, observed and created now; bodies of about 1 kB."""
    now = time.time()
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds")
    found = []
    for number in range(first, first + count):
        biography = _BIOGRAPHIES[number % len(_BIOGRAPHIES)]
        body = _BODY % (
            number,
            number,
            number,
            number,
            biography,
            number,
            number % 10**7,
            moment,
            biography[:64],
        )
        found.append(StoredEvent(number, str(number), body.encode(), moment, now))
    return found


def messages(consumer: Consumer, first: int, count: int, pack: int) -> list[Outgoing]:
    """The same as messages."""
    return [
        Outgoing(consumer.exchange, consumer.routing_key, message.body, message)
        for message in to_messages(KIND, events(first, count), pack)
    ]


def publish(settings: Settings, *, rate: int, seconds: float, pack: int, first: int = 1) -> dict[str, float]:
    """Publish `rate` events a second for so long; what was published, and how long it took."""
    dsn = settings.rabbitmq_dsn()
    assert dsn is not None
    consumer = load_consumers()[KIND]
    publisher = Publisher(dsn, application="upbeat benchmark")
    started, sent = time.monotonic(), 0
    try:
        for due in _ticks(started, seconds):
            count = int(due * rate) - sent
            if refused := publisher.publish(messages(consumer, first + sent, count, pack), timeout=60):
                raise SystemExit(f"refused: {refused[0]}")
            sent += count
    finally:
        publisher.close()
    return {"events": sent, "seconds": time.monotonic() - started}


def _ticks(started: float, seconds: float) -> Iterator[float]:
    """The time that has passed, every `TICK_SECONDS` or as soon as the work allows; `seconds` comes last."""
    passed = 0.0
    while passed < seconds:
        time.sleep(TICK_SECONDS - (time.monotonic() - started) % TICK_SECONDS)
        passed = min(seconds, time.monotonic() - started)
        yield passed


def main() -> None:
    """See the module."""
    rate, seconds, pack = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(publish(get_settings(), rate=rate, seconds=seconds, pack=pack)))


if __name__ == "__main__":
    main()
