"""Hospital and sports centre: what they offer when, who has which room or court, and who came. Nothing clinical is kept."""
