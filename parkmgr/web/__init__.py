"""The web base: the door, forms, lists, pages and headers that every slice uses. It imports no slice."""
