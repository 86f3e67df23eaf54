"""Places: parks, their buildings, floors and spaces, and what each space is from which day."""
