"""What runs inside a child pytest: the channel, the driven benchmark fixture, the bootstrap."""
