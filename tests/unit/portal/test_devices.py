"""What a browser calls itself, in words; and nothing breaks whatever it says."""

import pytest

from portal.devices import MOST, Device, device_of

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"{MOZILLA} (Windows NT 10.0; Win64; x64)"
MAC = f"{MOZILLA} (Macintosh; Intel Mac OS X 14_5)"
PHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE}"
PIXEL = f"{MOZILLA} (Linux; Android 14; Pixel 8) {WEBKIT}"


@pytest.mark.parametrize(
    ("said", "browser", "system"),
    [
        (f"{WINDOWS} {WEBKIT} Chrome/125.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (
            f"{WINDOWS} {WEBKIT} Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0",
            "Edge",
            "Windows",
        ),
        (
            f"{WINDOWS} {WEBKIT} Chrome/125.0.0.0 Safari/537.36 OPR/111.0",
            "Opera",
            "Windows",
        ),
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
            "Firefox",
            "Linux",
        ),
        (f"{MAC} {APPLE} Version/17.5 Safari/605.1.15", "Safari", "macOS"),
        (f"{PHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{PHONE} CriOS/125.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{PHONE} FxiOS/126.0 Mobile/15E148 Safari/605.1.15", "Firefox", "iPhone"),
        (f"{PHONE} EdgiOS/125.0 Version/17.0 Mobile/15E148 Safari/604.1", "Edge",
         "iPhone"),
        (f"{PIXEL} Chrome/125.0 Mobile Safari/537.36", "Chrome", "Android"),
        (
            f"{PIXEL} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
            "Samsung Internet",
            "Android",
        ),
        (
            f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/125.0 Safari/537.36",
            "Chrome",
            "ChromeOS",
        ),
        ("curl/8.7.1", "curl", ""),
    ],
)  # fmt: skip
def test_a_known_browser_is_named(said: str, browser: str, system: str) -> None:
    assert device_of(said) == Device(browser, system)


@pytest.mark.parametrize("said", ["", "   ", "\x00\x07", "\u200b\u202e"])
def test_who_says_nothing_is_unknown(said: str) -> None:
    assert device_of(said) == Device("", "")


def test_an_unknown_description_is_cut_and_cleaned() -> None:
    device = device_of("Strange\x00\u202eProgram\n" + "x" * 5_000)

    assert device.unknown.startswith("Strange Program xxx")
    assert device.unknown.endswith("…")
    assert len(device.unknown) == MOST


@pytest.mark.parametrize("said", ["(" * 50_000, "Version/" * 20_000, "\ud800" * 300])
def test_no_description_is_dear(said: str) -> None:
    assert len(device_of(said).unknown) <= MOST
