"""Who defines and who needs a symbol: the one place that the floors above ask."""
