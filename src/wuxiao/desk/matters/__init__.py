"""The five small matters: receiving, the effects of each verb, call-backs, imports, what is published."""
