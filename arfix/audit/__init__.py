"""Rules, the findings they yield, and the search for repairs."""
