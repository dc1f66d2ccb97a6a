kind = "generic"
