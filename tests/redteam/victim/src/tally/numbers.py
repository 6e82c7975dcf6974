"""Numbers."""

import math


def primes(n):
    """Return the primes below n."""
    if n < 0:
        raise ValueError("n must not be negative")
    found = []
    for number in range(2, n):
        prime = True
        for other in found:
            if other * other > number:
                break
            if number % other == 0:
                prime = False
                break
        if prime:
            found.append(number)
    return found


def spread(values, smooth):
    """Return mean, standard deviation and the smoothed last value of a series."""
    if not values:
        raise ValueError("no values")
    mean = sum(values) / len(values)
    total = 0.0
    last = values[0]
    for value in values:
        total += math.pow(value - mean, 2)
        last = smooth * value + (1.0 - smooth) * last
    return {"mean": mean, "deviation": math.sqrt(total / len(values)), "last": last}
