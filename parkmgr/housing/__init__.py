"""Housing: who waits for a home, who lives in which flat or bed from when to when, and in what condition it was given and given back."""
