def approximately(found, expected):
    return abs(found - expected) < 1e-9
