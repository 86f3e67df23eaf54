"""Companies of a fund: rounds, valuations, exits."""
