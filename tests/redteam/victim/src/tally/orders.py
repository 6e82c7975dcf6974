"""Orders and what they cost."""

from dataclasses import dataclass


@dataclass
class Bill:
    """What an order costs: the lines as cents, and the names that got a discount."""

    total: int
    lines: list
    reduced: list


def check(order):
    """Raise ValueError for an order that cannot be right.

    >>> check({"name": "tea", "count": 0, "price": 5})
    Traceback (most recent call last):
    ValueError: tea: the count must be a positive number
    """
    if not isinstance(order["count"], int) or order["count"] < 1:
        raise ValueError(f"{order['name']}: the count must be a positive number")
    if order["price"] < 0:
        raise ValueError(f"{order['name']}: the price must not be negative")


def bill(orders, discounts):
    """Return the bill of some orders; discounts are pairs of name and percent."""
    total = 0
    lines = []
    reduced = []
    for order in orders:
        check(order)
        cents = order["count"] * order["price"]
        for name, percent in discounts:
            if name == order["name"]:
                cents = cents - cents * percent // 100
                if name not in reduced:
                    reduced.append(name)
        lines.append((order["name"], cents))
        total += cents
    return Bill(total, lines, reduced)
