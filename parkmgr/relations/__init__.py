"""What an organisation is to the park, told from all slices: its whole story, related parties, the matrix of cooperation."""
