"""What is told to people or colleagues: proposed by one named person, released by a second, withdrawn with a reason."""
