"""Lists of words the readers go by: data, a list a file."""
