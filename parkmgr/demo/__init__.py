"""The demo park: two parks with fifteen years of history, the same for the same seed, told through the deeds that people do."""
