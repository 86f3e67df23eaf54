"""How much of the time that rooms can be booked they are booked: by room, building, organisation and hour of the week."""
