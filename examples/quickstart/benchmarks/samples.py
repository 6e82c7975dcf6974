"""Made-up logs, the same ones every time."""

from __future__ import annotations

import random
import time

START = 1696939200  # 10 October 2023, 12:00 UTC

PAGES = [
    "/",
    "/search",
    "/account/orders",
    "/help/contact-and-imprint",
    "/static/css/main.3f2a1c.css",
    "/static/img/products/spring.webp",
    "/api/v1/items",
]

AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 13; SM-S908B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.4.0",
]

MESSAGES = [
    "payment refused user={n} took={ms}",
    "cache miss key=item:{n}",
    'retrying "{word}" attempt={n} took={ms}',
    "worker {n} finished job 0x{n:x} took={ms}",
    "slow query table={word} rows={n} took={ms}",
]

WORDS = ["orders", "stock", "users", "prices", "mail"]


def access_lines(count: int, hosts: int = 170, seconds: float = 2.8) -> list[str]:
    """Lines of an access log, in order of time, one every ``seconds`` on average."""
    rng = random.Random(7)
    now = float(START)
    lines = []
    for _ in range(count):
        now += rng.expovariate(1 / seconds)
        clock = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
        host = f"203.0.113.{rng.randrange(hosts)}"
        page = rng.choice(PAGES)
        if page == "/api/v1/items":
            page += f"/{rng.randrange(20)}/reviews"
        method = rng.choice(["GET", "GET", "GET", "POST"])
        status = rng.choice([200] * 14 + [304, 404, 404, 500, 503])
        size = rng.randrange(200, 90_000)
        agent = rng.choice(AGENTS)
        lines.append(
            f'{host} - - [{clock}] "{method} {page} HTTP/1.1" {status} {size} "-" "{agent}" {rng.randrange(2, 900)}'
        )
    return lines


def application_lines(count: int, hosts: int = 8, seconds: float = 1.5) -> list[str]:
    """Lines of an application log, in order of time, one every ``seconds`` on average."""
    rng = random.Random(7)
    now = float(START)
    lines = []
    for _ in range(count):
        now += rng.expovariate(1 / seconds)
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        level = rng.choice(["INFO", "INFO", "INFO", "warn", "ERROR", "DEBUG"])
        message = rng.choice(MESSAGES).format(n=rng.randrange(1000), ms=rng.randrange(900), word=rng.choice(WORDS))
        lines.append(f"{clock}.{rng.randrange(1000):03}Z {level} web-{rng.randrange(hosts)} [shop] {message}")
    return lines
