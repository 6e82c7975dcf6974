"""Ways through a graph."""


def distances(edges, start):
    """Return the number of steps from a node to each that can be reached; edges maps a node to its neighbours."""
    seen = [start]
    queue = [(start, 0)]
    steps = {}
    while queue:
        node, far = queue.pop(0)
        steps[node] = far
        for other in edges.get(node, []):
            if other not in seen:
                seen.append(other)
                queue.append((other, far + 1))
    return steps
