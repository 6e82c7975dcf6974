"""The victim's own tests are the victim's."""

collect_ignore = ["victim"]
