"""The premises register: the town's places of business, schools, key units, building sites and rooms let."""
