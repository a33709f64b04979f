"""One blueprint a noun; views call a service and return."""
