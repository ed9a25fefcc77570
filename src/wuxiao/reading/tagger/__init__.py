"""The tagger of personal data: its features, its sequences, the model that is shipped."""
