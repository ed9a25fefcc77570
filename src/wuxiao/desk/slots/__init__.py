"""Hours with room for so many: kept by a unit, booked for a case; the database itself counts the places."""
