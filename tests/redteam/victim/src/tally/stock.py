"""What is in stock."""

VOWELS = ["a", "e", "i", "o", "u"]


class Stock:
    """Rows of name, count and price."""

    def __init__(self, rows):
        self.rows = rows

    def worth(self):
        """Return what all of it is worth, in cents."""
        total = 0
        for row in self.rows:
            total = total + row[1] * row[2]
        return total


def label(name):
    """Return the short label of a name, without vowels."""
    text = ""
    for letter in name.lower():
        if letter not in VOWELS:
            text = text + letter
    return text[:6]
