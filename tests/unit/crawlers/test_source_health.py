from dataclasses import dataclass

from upbeat.crawlers.source_health import SourceHealth


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_or_two_failures_are_accidents() -> None:
    health = SourceHealth()
    assert [health.failed("a", None) for _ in range(2)] == [0.0, 0.0]


def test_further_failures_in_a_row_cost_twice_as_long_each_up_to_a_minute() -> None:
    clock = Clock()
    health, seconds = SourceHealth(clock), []
    for _ in range(10):
        seconds.append(health.failed("a", None))
        clock.now += seconds[-1]
    assert seconds == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_failures_while_the_source_is_left_alone_were_under_way_before_and_do_not_count() -> None:
    clock = Clock()
    health = SourceHealth(clock)
    assert [health.failed("a", None) for _ in range(64)] == [0, 0, 1] + [0] * 61
    clock.now += 1
    assert health.failed("a", None) == 2
    assert health.failed("a", 90) == 90, "what the source asks for holds all the same"


def test_a_success_begins_anew_and_sources_are_apart() -> None:
    health = SourceHealth()
    for _ in range(4):
        health.failed("a", None)
    assert health.failed("b", None) == 0.0
    health.succeeded("a")
    assert health.failed("a", None) == 0.0


def test_what_the_source_asks_for_holds_at_once() -> None:
    assert SourceHealth().failed("a", 17.0) == 17.0
