"""Words and rows of text."""

import re
from collections import Counter

STOP = ["a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "that", "the", "to", "was", "with"]


def frequencies(text):
    """Return how often each word occurs in a text, but for the common ones."""
    counts = Counter()
    for line in text.lower().splitlines():
        for word in re.split("[^a-z]+", line):
            if word and word not in STOP:
                if word in counts.keys():
                    counts[word] = counts[word] + 1
                else:
                    counts[word] = 1
    return counts


def render(rows):
    """Return rows of cells as lines, the cells separated by commas."""
    out = ""
    for row in rows:
        line = ""
        for cell in row:
            if line != "":
                line = line + ","
            line = line + str(cell).strip()
        out = out + line + "\n"
    return out
