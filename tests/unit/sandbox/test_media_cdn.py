"""The sandbox's CDN: valid pictures, addresses that expire."""

from __future__ import annotations

import zlib

from tests.unit.sandbox.conftest import Caller

from upbeat.sandbox.media_bytes import PIXELS, jpeg, png
from upbeat.sandbox.media_cdn import CASES
from upbeat.sandbox.world import SETTINGS, World


def test_pictures_are_the_same_for_a_name_and_others_for_another() -> None:
    assert jpeg("a") == jpeg("a") != jpeg("b")
    assert png("a") != png("b")
    body = png("a")
    size = int.from_bytes(body[33:37], "big")
    rows = zlib.decompress(body[41 : 41 + size])
    assert len(rows) == 14 * (1 + 14 * 3)
    assert body[41 + size : 45 + size] == zlib.crc32(b"IDAT" + body[41 : 41 + size]).to_bytes(4, "big")


def test_a_jpeg_decodes_to_the_same_squares_as_the_png() -> None:
    """A decoder of baseline JPEG whose blocks have one colour each, by T.81 F.2.2."""
    codes = {"00": 0, "010": 1, "011": 2, "100": 3, "101": 4, "110": 5, "1110": 6, "11110": 7, "111110": 8}
    body = jpeg("natgeo")
    at = body.index(b"\xff\xda") + 2
    scan = body[at + int.from_bytes(body[at : at + 2], "big") : -2].replace(b"\xff\0", b"\xff")
    bits, place, before = "".join(f"{byte:08b}" for byte in scan), 0, [0, 0, 0]
    seen = []
    for _ in range((PIXELS // 8) ** 2):
        for component in range(3):
            length = next(n for n in range(2, 7) if bits[place : place + n] in codes)
            category = codes[bits[place : place + length]]
            place += length
            raw = int(bits[place : place + category] or "0", 2)
            difference = raw if not category or raw >> (category - 1) else raw - (1 << category) + 1
            before[component] += difference
            place += category
            assert bits[place] == "0", "the end of the block"
            place += 1
        luma, blue, red = before[0] + 128, before[1], before[2]
        seen.append((round(luma + red / 0.713), round(luma + blue / 0.564)))
    assert len(bits) - place < 8
    rows = zlib.decompress(png("natgeo")[41:-16])
    wanted = [(rows[y * 43 + 1 + x * 3], rows[y * 43 + 3 + x * 3]) for y in range(14) for x in range(14)]
    assert all(
        abs(a - b) <= 2
        for one, other in zip(seen, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


async def test_an_address_of_another_epoch_has_expired_and_the_apis_tell_the_one_in_force(
    caller: Caller, world: World
) -> None:
    async def told() -> str:
        return str((await caller.lama("/user/by/username", username="natgeo")).json()["profile_pic_url"])

    async def status(url: str) -> int:
        return (await caller.client.get(url.replace("https://", "/"))).status_code

    plain = await told()
    assert (await status(plain), "?" in plain) == (200, False)
    world.set_setting("media_epoch", "1")
    first = await told()
    assert first.startswith(f"{plain}?oe=70000001&oh=")
    assert [await status(plain), await status(first)] == [403, 200]
    world.set_setting("media_epoch", "2")
    assert [await status(first), await status(await told())] == [403, 200]


async def test_a_setting_makes_every_picture_go_wrong_until_it_is_set_back(
    caller: Caller, world: World
) -> None:
    assert set(SETTINGS["media_case"]) == set(CASES)
    url = "/cdn.sandbox.invalid/vi/x/hqdefault.jpg"
    world.set_setting("media_case", "page")
    answer = await caller.client.get(url)
    assert (answer.headers["content-type"], answer.content[:9]) == ("image/jpeg", b"<!doctype")
    world.set_setting("media_case", "picture")
    assert (await caller.client.get(url)).content == jpeg("/vi/x/hqdefault.jpg")
    assert (await caller.client.get("/cdn.sandbox.invalid/elsewhere/x.jpg")).status_code == 404
