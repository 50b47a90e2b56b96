"""The checks, one for each rule, by resource."""
