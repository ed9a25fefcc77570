"""Leaders receive people: dates, who is met, bookings, and matters a leader follows until they are closed."""
